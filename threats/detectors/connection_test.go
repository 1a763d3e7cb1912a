package detectors

import (
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

const (
	here   = "10.0.0.1:40000"
	public = "8.8.4.4:443"
	inside = "10.0.0.2:443"
)

func TestDeletedConnection(t *testing.T) {
	Table(t, func() threats.Detector { return &deletedConnection{traffic: &traffic{}} }, []Case{
		{Name: "implant calls home", Hits: 1, Evidence: "(deleted)", About: "x", Build: func(w *World) {
			w.TCP(w.Run("/opt/x", Deleted(), Age(time.Minute)), here, public, 3)
		}},
		{Name: "several connections are one", Hits: 1, Build: func(w *World) {
			p := w.Run("/tmp/x", Deleted())
			w.TCP(p, here, public, 3)
			w.TCP(p, "10.0.0.1:40001", "8.8.8.8:443", 4)
		}},
		{Name: "an upgraded service", Hits: 1, Severity: threats.Low, Evidence: "upgrade", Build: func(w *World) {
			w.File("/usr/sbin/nginx", "new", 0o755)
			w.TCP(w.Run("/usr/sbin/nginx", Deleted()), "10.0.0.1:443", "8.8.4.4:50000", 3)
		}},
		{Name: "in the house", Build: func(w *World) { w.TCP(w.Run("/opt/x", Deleted()), here, inside, 3) }},
		{Name: "not deleted", Build: func(w *World) { w.TCP(w.Run("/opt/x"), here, public, 3) }},
		{Name: "deleted and silent", Build: func(w *World) { w.Run("/opt/x", Deleted()) }},
		{Name: "nothing is known of the file", Build: func(w *World) {
			w.TCP(w.Run("/opt/x", Deleted(), Without(metrics.HasExeFile)), here, public, 3)
		}},
		{Name: "a kernel thread", Build: func(w *World) { w.TCP(w.Run("", Named("nfsd"), Kthread()), here, public, -1) }},
	})
}

func TestShellConnection(t *testing.T) {
	Table(t, func() threats.Detector { return &shellConnection{traffic: &traffic{}} }, []Case{
		{Name: "dev/tcp to the Internet", Hits: 1, Severity: threats.High, Evidence: "8.8.4.4:443", Build: func(w *World) {
			w.TCP(w.Run("bash -c x"), here, public, 12)
		}},
		{Name: "in the house", Hits: 1, Severity: threats.Medium, Build: func(w *World) { w.TCP(w.Run("/usr/bin/zsh"), here, inside, 5) }},
		{Name: "within the machine", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			w.TCP(w.Run("bash"), "127.0.0.1:40000", "127.0.0.1:5432", 5)
		}},
		{Name: "UDP", Hits: 1, Severity: threats.High, Build: func(w *World) { w.UDP(w.Run("bash"), here, "8.8.4.4:53", 5) }},
		{Name: "standard input is told by another", Build: func(w *World) { w.TCP(w.Run("bash"), here, public, 0) }},
		{Name: "waits for an answer", Build: func(w *World) { w.TCP(w.Run("bash"), here, public, 5).State = metrics.SynSent }},
		{Name: "a program of the shell", Build: func(w *World) { w.TCP(w.Run("/usr/bin/curl", ChildOf(w.Run("bash"))), here, public, 5) }},
		{Name: "what calls itself so", Hits: 1, Severity: threats.High, Build: func(w *World) { w.TCP(w.Run("/tmp/pwsh"), here, public, 50) }},
		{Name: "PowerShell", Build: func(w *World) { w.TCP(w.Run("/opt/microsoft/powershell/7/pwsh"), here, public, 50) }},
		{Name: "busybox wget", Build: func(w *World) { w.TCP(w.Run("/usr/bin/busybox", Argv("wget", "http://x")), here, public, 3) }},
		{Name: "the journal", Build: func(w *World) {
			w.Socket(w.Run("bash"), metrics.Socket{Proto: metrics.Unix, State: metrics.Established, FD: 5})
		}},
	})
}

func TestShellConnectionThatBeganBeforeTheShell(t *testing.T) {
	f := newFilm(t, &shellConnection{traffic: &traffic{}})
	p := f.Run("/opt/server")
	f.TCP(p, here, public, 7)
	want(t, f.after(time.Second), 0, 0)
	id := *p.ID // an exec: the socket stays
	id.Exe, id.Comm, id.Invoked, id.Cmdline = "/usr/bin/bash", "bash", "/usr/bin/bash", "bash\x00"
	p.ID = &id
	want(t, f.after(time.Second), 1, threats.High)
}

func TestWritableConnection(t *testing.T) {
	Table(t, func() threats.Detector { return &writableConnection{traffic: &traffic{}} }, []Case{
		{Name: "from tmp to the Internet", Hits: 1, Severity: threats.High, Evidence: "/tmp/x", Build: func(w *World) { w.TCP(w.Run("/tmp/x"), here, public, 3) }},
		{Name: "hidden, in the house", Hits: 1, Severity: threats.Medium, Build: func(w *World) { w.TCP(w.Run("/var/lib/.x/y"), here, inside, 3) }},
		{Name: "waits for an answer", Hits: 1, Severity: threats.High, Build: func(w *World) { w.TCP(w.Run("/dev/shm/x"), here, public, 3).State = metrics.SynSent }},
		{Name: "go test", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.TCP(w.Run("/tmp/go-build1/x.test"), here, public, 3) }},
		{Name: "within the machine", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			w.TCP(w.Run("/tmp/x"), "127.0.0.1:40000", "127.0.0.1:80", 3)
		}},
		{Name: "the worst of several", Hits: 1, Severity: threats.High, Build: func(w *World) {
			p := w.Run("/tmp/x")
			w.TCP(p, "127.0.0.1:40000", "127.0.0.1:80", 3)
			w.TCP(p, here, public, 4)
			w.TCP(p, here, inside, 5)
		}},
		{Name: "AppImage", Build: func(w *World) { w.TCP(w.Run("/tmp/.mount_abc/usr/bin/x"), here, public, 3) }},
		{Name: "a tool below a home", Build: func(w *World) { w.TCP(w.Run("/home/u/.cargo/bin/cargo"), here, public, 3) }},
		{Name: "somebody comes to its service", Build: func(w *World) {
			p := w.Run("/tmp/x")
			w.Listen(p, "10.0.0.1:40000")
			w.TCP(p, here, "8.8.4.4:5000", 4)
		}},
		{Name: "installed", Build: func(w *World) { w.TCP(w.Run("/usr/bin/curl"), here, public, 3) }},
	})
}

func TestKthreadSocket(t *testing.T) {
	Table(t, func() threats.Detector { return &kthreadSocket{traffic: &traffic{}} }, []Case{
		{Name: "connected", Hits: 1, Evidence: "[kworker/0:1]", Build: func(w *World) { w.TCP(w.Run("/opt/x", Argv("[kworker/0:1]")), here, inside, 3) }},
		{Name: "listens", Hits: 1, Evidence: "listener", Build: func(w *World) { w.Listen(w.Run("/opt/x", Named("ksoftirqd/0")), "0.0.0.0:1") }},
		{Name: "packet socket", Hits: 1, Build: func(w *World) {
			w.Socket(w.Run("/opt/x", Argv("[kworker/0:1]")), metrics.Socket{Proto: metrics.Packet, Name: "ip", FD: 3})
		}},
		{Name: "a kernel thread", Build: func(w *World) { w.TCP(w.Run("", Named("kworker/0:1"), Kthread()), here, inside, -1) }},
		{Name: "an agent in brackets", Build: func(w *World) { w.TCP(w.Run("/opt/agent", Argv("[agent]")), here, inside, 3) }},
		{Name: "no socket", Build: func(w *World) { w.Run("/opt/x", Argv("[kworker/0:1]")) }},
		{Name: "the journal", Build: func(w *World) {
			w.Socket(w.Run("/opt/x", Argv("[kworker/0:1]")), metrics.Socket{Proto: metrics.Unix, State: metrics.Established, FD: 1})
		}},
	})
}

func TestPacketSocket(t *testing.T) {
	packet := func(etherType, cmdline string, changes ...Change) func(w *World) {
		return func(w *World) {
			w.Socket(w.Run(cmdline, changes...), metrics.Socket{Proto: metrics.Packet, State: metrics.Close, Name: etherType, FD: 3})
		}
	}
	Table(t, func() threats.Detector { return &packetSocket{traffic: &traffic{}} }, []Case{
		{Name: "unknown program", Hits: 1, Evidence: "for ip", Build: packet("ip", "/opt/x")},
		{Name: "Python", Hits: 1, Build: packet("all", "/usr/bin/python3 sniff.py")},
		{Name: "deleted, like BPFDoor", Hits: 1, Severity: threats.High, Build: packet("ip", "/usr/sbin/x", Deleted())},
		{Name: "from shared memory", Hits: 1, Severity: threats.High, Build: packet("ip", "/dev/shm/kdmtmpflush")},
		{Name: "a name is not enough", Hits: 1, Severity: threats.High, Build: packet("all", "/tmp/dhclient")},
		{Name: "not below a home either", Hits: 1, Build: packet("all", "/home/u/bin/dhclient")},
		{Name: "tcpdump", Hits: 1, Severity: threats.Low, Build: packet("all", "/usr/bin/tcpdump -i any")},
		{Name: "a service that was removed", Hits: 1, Severity: threats.High, Build: packet("ip", "/usr/sbin/dhclient", Deleted())},
		{Name: "control protocol", Hits: 1, Severity: threats.Low, Build: packet("lldp", "/opt/x")},
		{Name: "DHCP client", Build: packet("all", "/usr/sbin/dhclient -4")},
		{Name: "systemd-networkd", Build: packet("ip", "/usr/lib/systemd/systemd-networkd")},
		{Name: "upgraded", Build: func(w *World) {
			for _, exe := range []string{"/usr/sbin/dhclient", "/usr/lib/systemd/systemd-networkd", "/usr/sbin/NetworkManager"} {
				w.File(exe, "new", 0o755)
				packet("ip", exe, Deleted())(w)
			}
		}},
		{Name: "owner unknown", Build: func(w *World) { w.Socket(nil, metrics.Socket{Proto: metrics.Packet, Name: "ip", FD: -1}) }},
		{Name: "raw", Build: func(w *World) { w.Socket(w.Run("/opt/x"), metrics.Socket{Proto: metrics.Raw, LocalPort: 6, FD: 3}) }},
	})
}

func TestRawSocket(t *testing.T) {
	raw := func(protocol uint16, cmdline string, changes ...Change) func(w *World) {
		return func(w *World) {
			w.Socket(w.Run(cmdline, changes...), metrics.Socket{Proto: metrics.Raw, State: metrics.Close, LocalPort: protocol, FD: 3})
		}
	}
	Table(t, func() threats.Detector { return &rawSocket{traffic: &traffic{}} }, []Case{
		{Name: "unknown program, TCP", Hits: 1, Evidence: "for tcp", Build: raw(6, "/opt/x")},
		{Name: "scanner in Python", Hits: 1, Evidence: "icmp", Build: raw(1, "/usr/bin/python3 tunnel.py")},
		{Name: "odd protocol", Hits: 1, Evidence: "protocol 99", Build: raw(99, "/opt/x")},
		{Name: "from tmp", Hits: 1, Severity: threats.High, Build: raw(1, "/tmp/ping")},
		{Name: "ping in the hands of somebody", Hits: 1, Severity: threats.Low, Build: raw(1, "/usr/bin/ping 10.0.0.2")},
		{Name: "ICMP alone", Hits: 1, Severity: threats.Low, Build: raw(58, "/opt/monitor")},
		{Name: "keepalived", Build: raw(112, "/usr/sbin/keepalived")},
		{Name: "removed", Hits: 1, Severity: threats.High, Build: raw(112, "/usr/sbin/keepalived", Deleted())},
		{Name: "upgraded", Build: func(w *World) {
			w.File("/usr/sbin/keepalived", "new", 0o755)
			raw(112, "/usr/sbin/keepalived", Deleted())(w)
		}},
		{Name: "routing", Build: raw(89, "/usr/lib/frr/ospfd")},
		{Name: "packet", Build: func(w *World) { w.Socket(w.Run("/opt/x"), metrics.Socket{Proto: metrics.Packet, FD: 3}) }},
	})
}

func TestMiningPool(t *testing.T) {
	Table(t, func() threats.Detector { return &miningPool{traffic: &traffic{}} }, []Case{
		{Name: "stratum", Hits: 1, Evidence: "stratum+tcp://h:3333", Build: func(w *World) {
			w.TCP(w.Run("/opt/x -o stratum+tcp://h:3333"), here, "8.8.4.4:3333", 3)
		}},
		{Name: "over a proxy in the house", Hits: 1, Build: func(w *World) { w.TCP(w.Run("/opt/xmrig"), here, inside, 3) }},
		{Name: "not connected", Build: func(w *World) { w.Run("/opt/x -o stratum+tcp://h:3333") }},
		{Name: "grep", Build: func(w *World) { w.TCP(w.Run("/usr/bin/grep stratum+tcp://h:3333"), here, inside, 3) }},
		{Name: "a shell that mentions it", Build: func(w *World) { w.TCP(w.Run("bash -c stratum+tcp://h:3333"), here, inside, 3) }},
		{Name: "a port alone", Build: func(w *World) { w.TCP(w.Run("/opt/x"), here, "8.8.4.4:3333", 3) }},
	})
}

func TestMiningPoolByPortAndCPU(t *testing.T) {
	f := newFilm(t, &miningPool{traffic: &traffic{}})
	p := f.Run("/opt/x")
	f.TCP(p, here, "8.8.4.4:3333", 3)
	idle := f.Run("/opt/y")
	f.TCP(idle, "10.0.0.1:40001", "8.8.4.4:3333", 3)
	near := f.Run("/opt/z")
	f.TCP(near, "10.0.0.1:40002", "10.0.0.9:3333", 3)
	rates := func(cpu float32) *metrics.Rates {
		r := &metrics.Rates{Over: time.Second, Processes: make([]metrics.ProcessRate, 5)}
		r.Processes[2].CPU, r.Processes[3].CPU, r.Processes[4].CPU = cpu, 5, 100
		return r
	}
	f.rates = rates(95)
	for range 6 {
		want(t, f.after(10*time.Second), 0, 0)
	}
	want(t, f.after(10*time.Second), 1, threats.Medium)
	f.rates = rates(10)
	want(t, f.after(time.Second), 0, 0)
	f.rates = rates(95)
	want(t, f.after(time.Second), 0, 0)
}
