package detectors

import (
	"os"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// onTerminal gives a process the terminal pts/3.
func onTerminal() Change { return func(p *metrics.Process) { p.TTY = 136<<8 | 3 } }

func TestSystemTerminal(t *testing.T) {
	passwd := func(w *World) { w.File("/etc/passwd", passwdOfTests, 0o644) }
	Table(t, func() threats.Detector { return &systemTerminal{} }, []Case{
		{Name: "from a web server", Hits: 1, Evidence: "pts/3", Build: func(w *World) {
			passwd(w)
			apache := w.Run("/usr/sbin/apache2 -k start", User("www-data", 33))
			python := w.Run("python3 -c x", ChildOf(apache), User("www-data", 33))
			w.Run("/bin/bash", ChildOf(python), User("www-data", 33), onTerminal())
		}},
		{Name: "an administrator with sudo", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			passwd(w)
			sudo := w.Run("sudo -u www-data bash", onTerminal())
			w.Run("/bin/bash", ChildOf(sudo), User("www-data", 33), onTerminal())
		}},
		{Name: "package script", Build: func(w *World) {
			passwd(w)
			dpkg := w.Run("/usr/bin/dpkg --configure -a", onTerminal())
			su := w.Run("runuser -u daemon sh", ChildOf(dpkg), onTerminal())
			w.Run("/bin/sh -c x", ChildOf(su), User("daemon", 1), onTerminal())
		}},
		{Name: "postgres may log in", Build: func(w *World) { passwd(w); w.Run("/bin/bash", User("postgres", 105), onTerminal()) }},
		{Name: "no terminal", Build: func(w *World) { passwd(w); w.Run("/bin/sh -c x", User("www-data", 33)) }},
		{Name: "no shell", Build: func(w *World) { passwd(w); w.Run("/usr/bin/less", User("www-data", 33), onTerminal()) }},
		{Name: "a person", Build: func(w *World) { passwd(w); w.Run("/bin/bash", User("ann", 1000), onTerminal()) }},
		{Name: "in a container", Build: func(w *World) {
			passwd(w)
			w.Run("/bin/sh", User("33", 33), onTerminal(), InContainer("docker", "abc"))
		}},
		{Name: "unknown account", Build: func(w *World) { passwd(w); w.Run("/bin/sh", User("77", 77), onTerminal()) }},
	})
}

func TestTerminal(t *testing.T) {
	for tty, want := range map[int32]string{34816: "pts/0", 34819: "pts/3", 35072: "pts/256", 1025: "tty1", 1088: "4:64", 1280: "5:0"} {
		if got := terminal(tty); got != want {
			t.Errorf("terminal(%d) = %s, want %s", tty, got, want)
		}
	}
}

func TestSSHWithoutTerminal(t *testing.T) {
	session := func(title string, age time.Duration, args ...string) func(w *World) {
		return func(w *World) {
			sshd := w.Run("/usr/sbin/sshd", Argv(title))
			w.Run("/bin/bash", ChildOf(sshd), Argv(args...), Age(age), User("ann", 1000))
		}
	}
	Table(t, func() threats.Detector { return &sshWithoutTerminal{} }, []Case{
		{Name: "interactive", Hits: 1, Severity: threats.Medium, Build: session("sshd: ann@notty", time.Second, "bash", "-i")},
		{Name: "script on standard input", Hits: 1, Build: session("sshd: ann@notty", time.Second, "bash", "-s")},
		{Name: "login shell", Hits: 1, Build: session("sshd-session: ann@notty", time.Second, "-bash")},
		{Name: "long command", Hits: 1, Build: session("sshd: ann@notty", time.Hour, "bash", "-c", "sleep 9999; true")},
		{Name: "short command", Build: session("sshd: ann@notty", time.Second, "bash", "-c", "uptime; true")},
		{Name: "long rsync", Build: session("sshd: ann@notty", time.Hour, "bash", "-c", "cd /srv; rsync --server -logDtpre.iLsfxC . x")},
		{Name: "ansible", Build: session("sshd: ann@notty", time.Hour, "bash", "-c", "/bin/sh -c 'python3 ~/.ansible/tmp/x.py' && sleep 0")},
		{Name: "with a terminal", Build: session("sshd: ann@pts/0", time.Hour, "-bash")},
		{Name: "a shell below cron", Build: func(w *World) {
			cron := w.Run("/usr/sbin/cron -f")
			w.Run("/bin/sh -i", ChildOf(cron))
		}},
		{Name: "no shell", Build: func(w *World) {
			sshd := w.Run("/usr/sbin/sshd", Argv("sshd: ann@notty"))
			w.Run("/usr/lib/openssh/sftp-server", ChildOf(sshd))
		}},
	})
}

func TestSSHWithoutTerminalRemembersSessions(t *testing.T) {
	w := New(t)
	sshd := w.Run("/usr/sbin/sshd", Argv("sshd: ann@notty"))
	shell := w.Run("/bin/bash -s", ChildOf(sshd))
	d := &sshWithoutTerminal{}
	if got := w.Detect(d); len(got) != 1 {
		t.Fatalf("%s", String(got))
	}
	in := w.Input()
	in.Look = nil // nothing is new
	if got := d.Detect(in, nil); len(got) != 1 {
		t.Errorf("an unchanged session is forgotten:%s", String(got))
	}
	if n := testing.AllocsPerRun(10, func() { (&sshWithoutTerminal{}).Detect(in, nil) }); n > 0 {
		t.Errorf("%.0f allocations without a session", n)
	}
	shell.ID.Exe, shell.ID.Invoked, shell.ID.Cmdline = "/usr/bin/sleep", "/usr/bin/sleep", "sleep\x00" // exec
	in = w.Input()
	in.Look = nil
	if got := d.Detect(in, nil); len(got) != 0 || len(d.sessions) != 0 {
		t.Errorf("a session without a shell stays:%s", String(got))
	}
}

func TestSensitiveFiles(t *testing.T) {
	holds := func(cmdline, target string, changes ...Change) func(w *World) {
		return func(w *World) {
			p := w.Run(cmdline, changes...)
			w.Detail(p).FDs = []metrics.FD{{FD: 0, Target: "/dev/null"}, {FD: 3, Target: target}}
		}
	}
	Table(t, func() threats.Detector { return sensitiveFiles{} }, []Case{
		{Name: "shadow", Hits: 1, Evidence: "/etc/shadow", Build: holds("python3 x.py", "/etc/shadow")},
		{Name: "a login program in tmp", Hits: 1, Build: holds("/tmp/passwd", "/etc/shadow")},
		{Name: "host key", Hits: 1, Severity: threats.Medium, Build: holds("perl x", "/etc/ssh/ssh_host_ed25519_key")},
		{Name: "a user's key", Hits: 1, Severity: threats.Medium, Build: holds("cat", "/home/ann/.ssh/id_rsa")},
		{Name: "deleted meanwhile", Hits: 1, Build: holds("/opt/x", "/etc/shadow (deleted)")},
		{Name: "in a container", Hits: 1, Severity: threats.Medium, Build: holds("python3", "/etc/shadow", InContainer("docker", "x"))},
		{Name: "editor", Hits: 1, Severity: threats.Low, Build: holds("vim.basic /etc/shadow", "/etc/shadow")},
		{Name: "backup", Hits: 1, Severity: threats.Low, Build: holds("tar cf x /", "/etc/shadow")},
		{Name: "login programs", Build: func(w *World) {
			for _, c := range []string{"/usr/sbin/sshd -D", "/usr/bin/passwd", "/usr/bin/su -", "/usr/sbin/unix_chkpwd", "/usr/sbin/useradd x"} {
				holds(c, "/etc/shadow")(w)
			}
			holds("/usr/bin/ssh host", "/home/ann/.ssh/id_ed25519")(w)
		}},
		{Name: "public key", Build: holds("cat", "/home/ann/.ssh/id_rsa.pub")},
		{Name: "other files", Build: holds("python3", "/etc/shadow.d/x")},
		{Name: "sockets", Build: holds("python3", "socket:[123]")},
	})
	w := New(t)
	holds("/opt/monitor", "/etc/shadow", PID(int32(os.Getpid())))(w)
	if got := w.Detect(sensitiveFiles{}); len(got) != 0 {
		t.Errorf("finds itself:%s", String(got))
	}
}

func TestPromiscuous(t *testing.T) {
	card := func(name string) func(w *World) {
		return func(w *World) {
			w.Dir("/sys/class/net/"+name, 0o755)
			w.System.Networks = append(w.System.Networks, metrics.Network{Name: "lo", Loopback: true}, metrics.Network{Name: name, Up: true, Promiscuous: true})
		}
	}
	Table(t, func() threats.Detector { return promiscuous{} }, []Case{
		{Name: "a network card", Hits: 1, About: "eth0", Build: card("eth0")},
		{Name: "while tcpdump runs", Hits: 1, Severity: threats.Low, Evidence: "tcpdump", Build: func(w *World) { card("eth0")(w); w.Run("tcpdump -ni eth0") }},
		{Name: "while something calls itself so", Hits: 1, Build: func(w *World) { card("eth0")(w); w.Run("/tmp/tcpdump") }},
		{Name: "port of a bridge", Build: func(w *World) { card("eth0")(w); w.Dir("/sys/class/net/eth0/brport", 0o755) }},
		{Name: "below a macvlan", Build: func(w *World) { card("eth0")(w); w.Link("../x", "/sys/class/net/eth0/upper_macvlan0") }},
		{Name: "a container's", Build: card("veth12ab")},
		{Name: "a virtual machine's", Build: card("tap0")},
		{Name: "not promiscuous", Build: func(w *World) { w.System.Networks = []metrics.Network{{Name: "eth0", Up: true}} }},
		{Name: "a name with a slash", Build: card("../../etc")},
	})
}
