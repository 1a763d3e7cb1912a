package filter

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

func ip(s string) [16]byte { return netip.MustParseAddr(s).As16() }

// machine is a small one with something of everything. Processes: 0 init,
// 1 kworker, 2 nginx in a container, 3 a deleted program of alice that listens,
// 4 a zombie of which nothing else is known, 5 a traced sleep on a terminal.
func machine() *Data {
	const all = metrics.HasIO | metrics.HasNet | metrics.HasExeFile | metrics.HasSecurity | metrics.HasEffective | metrics.HasTracer | metrics.HasSeccomp
	alice := &metrics.Identity{Comm: "x", Exe: "/tmp/.h/x", Cmdline: "./x\x00--port=4444\x00-o\x00a b\x00", User: "alice", ExeInode: 7, ExeMode: 0o104755}
	s := &metrics.Snapshot{
		At:     time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC),
		Uptime: 10_000 * time.Second,
		Processes: []metrics.Process{
			{Key: metrics.ProcKey{PID: 1, Start: 1}, State: 'S', Threads: 1, RSSBytes: 10 << 20, Have: all,
				Security: &metrics.Security{CapEffective: 1<<41 - 1},
				ID:       &metrics.Identity{Comm: "systemd", Exe: "/usr/lib/systemd/systemd", Cmdline: "/sbin/init\x00", User: "root", ExeInode: 1}, ExeNlink: 1},
			{Key: metrics.ProcKey{PID: 9, Start: 2}, PPID: 2, State: 'I', Flags: metrics.FlagKthread, ID: &metrics.Identity{Comm: "kworker/0:1", User: "root"}},
			{Key: metrics.ProcKey{PID: 100, Start: 500_000}, PPID: 1, UID: 33, EUID: 33, State: 'R', Threads: 4, RSSBytes: 200 << 20, Have: all, Nice: 5,
				UserNS: 90e9, Seccomp: 2, Security: &metrics.Security{CapEffective: 1 << 10, NoNewPrivs: true},
				ID: &metrics.Identity{Comm: "nginx", Exe: "/usr/sbin/nginx", Cmdline: "nginx: worker process", User: "www-data", ExeInode: 2,
					Cgroup: metrics.Cgroup{Path: "/system.slice/docker-abc.scope", Unit: "docker-abc.scope", Slice: "system.slice", Container: "abc", Runtime: "docker", Pod: "p1"}}, ExeNlink: 1},
			{Key: metrics.ProcKey{PID: 200, Start: 990_000}, PPID: 1, UID: 1000, EUID: 0, State: 'D', Threads: 2, RSSBytes: 101 << 20, Have: all, ReadBytes: 5 << 30, ID: alice},
			{Key: metrics.ProcKey{PID: 201, Start: 990_001}, PPID: 200, UID: 1000, State: 'Z', ID: &metrics.Identity{Comm: "defunct"}},
			{Key: metrics.ProcKey{PID: 300, Start: 1_000_000}, PPID: 200, UID: 1000, State: 't', TracerPID: 200, TTY: 136<<8 | 3, Have: all,
				ID: &metrics.Identity{Comm: "sleep", Exe: "/usr/bin/sleep", Cmdline: "sleep\x0060\x00", User: "alice", ExeInode: 3}, ExeNlink: 1},
		},
		Sockets: []metrics.Socket{
			{Owner: metrics.ProcKey{PID: 100, Start: 500_000}, Family: syscall.AF_INET, Proto: metrics.TCP, State: metrics.Listen, LocalIP: ip("0.0.0.0"), LocalPort: 80},
			{Owner: metrics.ProcKey{PID: 200, Start: 990_000}, Family: syscall.AF_INET6, Proto: metrics.TCP, State: metrics.Listen, LocalIP: ip("::"), LocalPort: 4444, UID: 1000},
			{Owner: metrics.ProcKey{PID: 200, Start: 990_000}, Family: syscall.AF_INET, Proto: metrics.TCP, State: metrics.Established,
				LocalIP: ip("10.0.0.5"), LocalPort: 50000, RemoteIP: ip("8.8.8.8"), RemotePort: 443, HasInfo: true, RxBytes: 3 << 20, RTTMicros: 25_000, Retransmits: 2},
			{Family: syscall.AF_UNIX, Proto: metrics.Unix, State: metrics.Established, Name: "/run/Docker.sock"},
			{Owner: metrics.ProcKey{PID: 300, Start: 7}, Family: syscall.AF_INET, Proto: metrics.UDP, State: metrics.Close, LocalIP: ip("127.0.0.1"), LocalPort: 53},
		},
	}
	s.System.Memory.Total = 1000 << 20
	s.System.Cgroups = []metrics.CgroupStat{
		{Path: "/", Processes: 3},
		{Path: "/system.slice/nginx.service", MemoryBytes: 300 << 20, MemoryMax: 400 << 20, PidsCurrent: 9, PidsMax: 100, CPUQuota: 1.5, OOMKills: 2, Processes: 9},
		{Path: "/system.slice/db.service", MemoryBytes: 2 << 30, SwapBytes: 1 << 20, PidsCurrent: 42,
			Pressure: metrics.Pressure{Have: true, CPUSome: metrics.PSI{Avg10: 1}, IOSome: metrics.PSI{Avg10: 22}, MemorySome: metrics.PSI{Avg10: 3}}},
		{Path: "/user.slice", Missing: []string{"cpu", "memory", "io", "pids", "pressure"}},
	}
	r := &metrics.Rates{
		Over:      time.Second,
		Processes: []metrics.ProcessRate{{CPU: 1}, {}, {CPU: 55.5, RxBps: 2048, TxBps: 1}, {WriteBps: 1 << 20, ReadBps: 1, FaultsPS: 9, SwitchesPS: 8}, {}, {New: true}},
		Sockets:   []metrics.SocketRate{{}, {}, {RxBps: 4096, TxBps: 100}, {}, {}},
		Cgroups:   []metrics.CgroupRate{{CPU: 87}, {CPU: 12, Throttled: 30}, {CPU: 33, ReadBps: 1 << 20, WriteBps: 3 << 20}, {}},
	}
	deleted := &threats.Info{ID: "process.deleted", Techniques: []string{"T1685.006"}}
	f := []threats.Finding{
		{Info: deleted, Title: "Program deleted", Severity: threats.High, Confidence: threats.Moderate, Process: &threats.ProcessRef{Key: s.Processes[3].Key, UID: 1000, ID: alice},
			Evidence: []threats.Evidence{{What: "link", Value: "(deleted)"}}, First: s.At.Add(-10 * time.Minute), Last: s.At, Count: 3,
			Parts: []threats.Part{{Detector: "network.listener"}}},
		{Info: &threats.Info{ID: "host.preload", Techniques: []string{"T1574.006"}}, Title: "Preload", Severity: threats.Medium, Subject: threats.Subject{Kind: threats.SubjectFile, Name: "/etc/ld.so.preload"}, First: s.At, Last: s.At, Gone: true},
		{Info: deleted, Title: "Covered", Severity: threats.Critical, Process: &threats.ProcessRef{Key: s.Processes[2].Key, ID: s.Processes[2].ID}, SuppressedBy: "ours", First: s.At, Last: s.At},
	}
	d := new(Data)
	d.Reset(s, r, f)
	return d
}

// matches lists the rows that pass.
func matches(t *testing.T, d *Data, kind Kind, text string) string {
	t.Helper()
	f, err := Compile(kind, text)
	if err != nil {
		t.Errorf("%q: %v", text, err)
		return ""
	}
	n, match := len(d.snapshot.Processes), f.Process
	switch kind {
	case Sockets:
		n, match = len(d.snapshot.Sockets), f.Socket
	case Findings:
		n, match = len(d.findings), f.Finding
	case Cgroups:
		n, match = len(d.snapshot.System.Cgroups), f.Cgroup
	}
	var out []string
	for i := range n {
		if match(d, i) {
			out = append(out, fmt.Sprint(i))
		}
	}
	return strings.Join(out, " ")
}

func TestProcesses(t *testing.T) {
	d := machine()
	for text, want := range map[string]string{
		// words
		"":              "0 1 2 3 4 5",
		"  ":            "0 1 2 3 4 5",
		"nginx":         "2",
		"NGINX worker":  "2",
		"worker":        "1 2",
		"alice":         "3 5",
		`"sleep 60"`:    "5",
		`'a b'`:         "3",
		"--port":        "3",
		"300":           "5",
		"not alice":     "0 1 2 4",
		"!alice":        "0 1 2 4",
		"alice or root": "0 1 3 5",
		`"kernel"`:      "",
		"/sbin/init":    "0",
		// the order of operators
		"alice or root not sleep":      "0 1 3 5",
		"(alice or root) not sleep":    "0 1 3",
		"alice and sleep or root":      "0 1 5",
		"not (alice or root)":          "2 4",
		"not not alice":                "3 5",
		"ALICE AND NOT sleep":          "3",
		"user!=root and exe.deleted":   "3",
		"user=alice(cpu<5 or state=R)": "3 5",
		// text
		"user=root":                        "0 1",
		"user = Root":                      "",
		"user~ROOT":                        "0 1",
		"user!~root":                       "2 3 4 5",
		"comm=nginx":                       "2",
		"comm==nginx":                      "2",
		"comm~^n.*x$":                      "2",
		"comm~^(nginx|sleep)$":             "2 5",
		"(comm~(nginx|sleep))":             "2 5",
		`cmd="sleep 60"`:                   "5",
		`cmd~"--port=\d+"`:                 "3",
		"cmd~--port=4":                     "3",
		`exe~"^/(tmp|usr/bin)/"`:           "3 5",
		"exe!~^/usr":                       "1 3 4",
		`exe=""`:                           "1 4",
		"exe.hidden":                       "3",
		"exe.setuid":                       "3",
		"exe.deleted=false":                "0 1 2 4 5",
		"exe.deleted=true":                 "3",
		"exe.deleted!=true":                "0 1 2 4 5",
		"caps=CAP_NET_BIND_SERVICE":        "0 2",
		"caps~sys_admin":                   "0",
		"container":                        "2",
		"container=abc":                    "2",
		"runtime=docker pod":               "2",
		"unit~docker slice=system.slice":   "2",
		"cgroup~^/system":                  "2",
		"parent=systemd":                   "2 3",
		"tty":                              "5",
		"tty=pts/3":                        "5",
		"tty~^pts":                         "5",
		"kernel":                           "1",
		"not kernel":                       "0 2 3 4 5",
		"traced":                           "5",
		"nnp":                              "2",
		"new":                              "5",
		"seccomp=filter":                   "2",
		"seccomp!=off":                     "1 2 4", // what is not known is not off
		"state=Z":                          "4",
		"state=zombie":                     "4",
		"state=t":                          "5",
		"state=T":                          "",
		"state=Tracing or state=blocked":   "3 5",
		"state=d":                          "3",
		"pid>=200":                         "3 4 5",
		"ppid=200":                         "4 5",
		"uid=1000":                         "3 4 5",
		"uid!=1000":                        "0 1 2",
		"euid=0 and uid>0":                 "3 5",
		"threads>1":                        "2 3",
		"nice=5":                           "2",
		"tracer=200":                       "5",
		"rss>100MB":                        "2 3",
		"rss>=200MiB":                      "2",
		"rss>0.1g":                         "2",
		"rss=209715200":                    "2",
		"rss >= 0 sl":                      "5", // two terms: a number and a word
		"mem>15%":                          "2",
		"mem>15":                           "2",
		"cpu>55%":                          "2",
		"cpu<=0":                           "1 3 4 5",
		"rx>1KB/s":                         "2",
		"write>=1M":                        "3",
		"io>1M net=0":                      "3",
		"net>2048":                         "2",
		"read.total>4GB":                   "3",
		"age<5m":                           "3 4 5",
		"age<=1m40s":                       "3 4 5",
		"age>1h30m":                        "0 1",
		"age<=0.0s":                        "5",
		"time>=1m30s":                      "2",
		"time>90":                          "",
		"faults=9 switches=8":              "3",
		"listen":                           "2 3",
		"listen>1024":                      "3",
		"listen=80":                        "2",
		"listen!=80":                       "0 1 3 4 5",
		"port=443":                         "",
		"rport=443":                        "3",
		"port=50000":                       "3",
		"remote=8.8.8.8":                   "3",
		"remote=8.0.0.0/8":                 "3",
		"remote~^8\\.8":                    "3",
		"public":                           "3",
		"findings":                         "3",
		"findings=0":                       "0 1 2 4 5",
		"severity>=high":                   "3",
		"severity=HIGH":                    "3",
		"severity>high":                    "",
		"detector=process.deleted":         "3",
		"detector~^network":                "3",
		"technique=T1685.006":              "3",
		"technique=T1070.002":              "3", // the id it had before
		"user!=root exe.deleted listen>99": "3",
		"cpu<5 and kernel":                 "1",
		"rx.total>=0":                      "0 2 3 5",
		"EXE.Deleted":                      "3",
	} {
		if got := matches(t, d, Processes, text); got != want {
			t.Errorf("%q passes %q, want %q", text, got, want)
		}
	}
}

func TestSockets(t *testing.T) {
	d := machine()
	for text, want := range map[string]string{
		"":                           "0 1 2 3 4",
		"proto=tcp":                  "0 1 2",
		"proto=UDP or proto=unix":    "3 4",
		"state=listen":               "0 1",
		"state!=established":         "0 1 4",
		"listen":                     "0 1 4",
		"lport=80":                   "0",
		"lport>1024":                 "1 2",
		"port=443":                   "2",
		"rport=443":                  "2",
		"rport!=443":                 "0 1 3 4",
		"laddr=127.0.0.0/8":          "4",
		"laddr=::":                   "1",
		"laddr=[::]":                 "1",
		"raddr=8.8.8.8":              "2",
		"raddr~8$":                   "2",
		"addr=10.0.0.0/8":            "2",
		"addr!=10.0.0.0/8":           "0 1 3 4",
		"public":                     "2",
		"family=ipv6":                "1",
		"name~docker":                "3",
		"pid=200":                    "1 2",
		"uid=1000":                   "1",
		"user=alice":                 "1 2", // the owner of 4 has ended and its pid was reused
		"comm=nginx":                 "0",
		"exe.deleted and listen":     "1",
		"container":                  "0",
		"rx>1K":                      "2",
		"tx<=100":                    "2",
		"rx.total>2MB":               "2",
		"rtt>20ms":                   "2",
		"rtt<1s":                     "2",
		"retrans>0":                  "2",
		"8.8.8.8:443":                "2",
		"10.0.0.5":                   "2",
		":80":                        "0",
		"docker":                     "3",
		"nginx":                      "0",
		"udp":                        "4",
		"listen not nginx":           "1 4",
		"rxqueue=0 txqueue=0 listen": "0 1 4",
	} {
		if got := matches(t, d, Sockets, text); got != want {
			t.Errorf("%q passes %q, want %q", text, got, want)
		}
	}
}

func TestFindings(t *testing.T) {
	d := machine()
	for text, want := range map[string]string{
		"":                       "0 1 2",
		"severity>=medium":       "0 1 2",
		"severity=critical":      "2",
		"severity<high":          "1",
		"confidence=medium":      "0",
		"detector=host.preload":  "1",
		"detector~listener":      "0",
		"title~delete":           "0",
		"technique~^T1574":       "1",
		"technique=T1070.002":    "0 2",
		"tactic~impair":          "0 2",
		"subject=/etc/ld.so.pre": "",
		"subject~preload$":       "1",
		"evidence~deleted":       "0",
		"pid=200":                "0",
		"uid=1000":               "0",
		"user=alice":             "0",
		"comm=nginx":             "2",
		"age>5m":                 "0",
		"last<1s":                "0 1 2",
		"count>2":                "0",
		"state=active":           "0",
		"state=gone":             "1",
		"state=suppressed":       "2",
		"preload":                "1",
		`"--port=4444"`:          "0",
		"listener":               "0",
		"container":              "2",
	} {
		if got := matches(t, d, Findings, text); got != want {
			t.Errorf("%q passes %q, want %q", text, got, want)
		}
	}
}

func TestCgroups(t *testing.T) {
	d := machine()
	for text, want := range map[string]string{
		"":                                "0 1 2 3",
		"slice":                           "1 2 3",
		"9":                               "",
		"name=nginx.service":              "1",
		"name~service$ not nginx":         "2",
		"path=/":                          "0",
		"path~^/system":                   "1 2",
		"cpu>30%":                         "0 2",
		"cpu.limit<=1.5":                  "1",
		"throttled>5%":                    "1",
		"memory>=300MB":                   "1 2",
		"memory.limit=400MB":              "1",
		"memory.used>70%":                 "1",
		"swap>0":                          "2",
		"oom>1":                           "1",
		"read>=1MB and write>1MB":         "2",
		"io=4MB":                          "2",
		"pids>40":                         "2",
		"pids<4":                          "0",
		"pids.limit=100":                  "1",
		"processes>3":                     "1",
		"pressure>=22":                    "2",
		"pressure.cpu=1":                  "2",
		"pressure.memory=3%":              "2",
		"pressure.io<5":                   "",
		"limited":                         "1",
		"not (memory<1kb or memory>=1kb)": "3",
	} {
		if got := matches(t, d, Cgroups, text); got != want {
			t.Errorf("%q passes %q, want %q", text, got, want)
		}
	}
	d.Reset(d.snapshot, nil, nil)
	if got := matches(t, d, Cgroups, "cpu>=0 or throttled>=0 or io>=0"); got != "" {
		t.Errorf("rates that are not known pass %q", got)
	}
}

func TestRatesAreNotKnownAtFirst(t *testing.T) {
	d := machine()
	d.Reset(d.snapshot, nil, nil)
	for text, want := range map[string]string{
		"cpu>=0": "", "cpu<100": "", "new": "", "findings": "", "not cpu>5": "0 1 2 3 4 5", "rss>100MB": "2 3",
	} {
		if got := matches(t, d, Processes, text); got != want {
			t.Errorf("%q passes %q, want %q", text, got, want)
		}
	}
	if got := matches(t, d, Sockets, "rx>=0"); got != "" {
		t.Errorf("rx>=0 passes %q", got)
	}
}

func TestDataFollowsTheFrame(t *testing.T) {
	d := machine()
	if got := matches(t, d, Processes, "listen=80"); got != "2" {
		t.Fatalf("passes %q", got)
	}
	next := *d.snapshot
	next.Processes = next.Processes[2:]
	next.Sockets = next.Sockets[:1]
	d.Reset(&next, nil, nil)
	if got := matches(t, d, Processes, "listen"); got != "0" {
		t.Errorf("after the next frame listen passes %q, want 0", got)
	}
}

func TestNilPassesAll(t *testing.T) {
	var f *Filter
	if !f.Process(machine(), 0) || !f.Empty() || f.String() != "" {
		t.Error("a nil filter is not empty")
	}
}

func TestQuote(t *testing.T) {
	for _, s := range []string{"a b", `it's "so`, `"`, "'", "and", "cpu>5"} {
		f, err := Compile(Processes, Quote(s))
		if s == `it's "so` {
			continue // documented: both kinds of quotes cannot be written
		}
		if err != nil || f.root.op != leaf {
			t.Errorf("Quote(%q) = %s: %v", s, Quote(s), err)
		}
	}
}
