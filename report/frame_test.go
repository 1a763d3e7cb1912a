package report

import (
	"strings"
	"syscall"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

var at = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// frame is a small machine on which every member of a report has a value.
func frame() *monitor.Frame {
	init := &metrics.Identity{Comm: "systemd", Exe: "/usr/lib/systemd/systemd", Cmdline: "/sbin/init\x00", User: "root", ExeInode: 7}
	evil := &metrics.Identity{Comm: "x\x1b[31m", Exe: "/tmp/.x/\u202excod", Cmdline: "/tmp/.x/xcod\x00--pool\x00a\nb\x00", Invoked: "/tmp/.x/xcod",
		Cwd: "/tmp", User: "www-data", ExeInode: 9,
		Cgroup: metrics.Cgroup{Path: "/system.slice/docker-ab.scope", Unit: "docker-ab.scope", Slice: "system.slice", Container: "ab", Runtime: "docker", Pod: "p1"}}
	all := metrics.HasIO | metrics.HasSwitches | metrics.HasFaults | metrics.HasNet | metrics.HasExeFile | metrics.HasSecurity |
		metrics.HasTracer | metrics.HasEffective | metrics.HasCmdline | metrics.HasSeccomp
	s := &metrics.Snapshot{At: at, Uptime: 26 * time.Hour, ProcessesAt: at, SocketsAt: at,
		Processes: []metrics.Process{
			{Key: metrics.ProcKey{PID: 1, Start: 3}, State: 'S', Threads: 1, RSSBytes: 12 << 20, ID: init},
			{Key: metrics.ProcKey{PID: 812, Start: 90000}, PPID: 1, State: 'R', Threads: 4, UserNS: 5e9, SystemNS: 1e9, RSSBytes: 100 << 20,
				VirtualBytes: 1 << 30, ReadBytes: 1000, WriteBytes: 2000, ReadCalls: 3, WriteCalls: 4, NetRxBytes: 5, NetTxBytes: 6,
				MinorFaults: 7, MajorFaults: 8, VoluntarySwitches: 9, InvoluntarySwitches: 10, UID: 33, EUID: 33, TTY: 34816, TracerPID: 1,
				Nice: -5, Seccomp: 2, Have: all, Security: &metrics.Security{CapEffective: 1 << 21}, ID: evil},
		},
		Sockets: []metrics.Socket{
			{Inode: 55, Cookie: 1, Owner: metrics.ProcKey{PID: 812, Start: 90000}, Holders: 1, LocalIP: v4(10, 0, 0, 1), RemoteIP: v4(203, 0, 113, 9),
				LocalPort: 40000, RemotePort: 3333, Family: syscall.AF_INET, Proto: metrics.TCP, State: metrics.Established,
				HasInfo: true, RxBytes: 100, TxBytes: 200, RTTMicros: 1500, Retransmits: 2, UID: 33},
			{Inode: 56, LocalIP: [16]byte{}, LocalPort: 22, Family: syscall.AF_INET6, Proto: metrics.TCP, State: metrics.Listen},
			{Inode: 57, Family: syscall.AF_UNIX, Proto: metrics.Unix, State: metrics.Listen, Name: "@/tmp/\x1b]0;x\x07"},
		},
		Gaps:    []metrics.Gap{{What: "sockets of other users", Why: "permission denied", Needs: "root"}},
		Sources: []metrics.SourceStat{{Name: "procfs", At: at, Took: 3 * time.Millisecond, Items: 2}, {Name: "disks", Late: true, Err: "stuck", Note: "nfs"}},
		Counts:  metrics.Counts{Processes: 2, Threads: 5, Running: 1, Sleeping: 1},
	}
	sys := &s.System
	sys.Host = metrics.Host{Name: "web1", OS: "linux", Platform: "debian", PlatformVersion: "12", Kernel: "6.18.0", Arch: "x86_64",
		Virtualization: "kvm", BootTime: at.Add(-26 * time.Hour), CPUModel: "CPU"}
	sys.CPU.Cores = make([]metrics.CPUTimes, 2)
	sys.Memory = metrics.Memory{Total: 8 << 30, Available: 6 << 30, Used: 2 << 30, SwapTotal: 1 << 30, SwapUsed: 1 << 20}
	sys.Load = metrics.Load{One: 0.5, Five: 0.25, Fifteen: 0.1}
	sys.Disks = []metrics.Disk{{Mount: "/", Device: "/dev/vda", Type: "ext4", Total: 100 << 30, Used: 40 << 30, Free: 60 << 30, At: at}}
	sys.DiskIO = []metrics.DiskIO{{Name: "vda", ReadBytes: 1, WriteBytes: 2}}
	sys.Networks = []metrics.Network{{Name: "eth0", Up: true, RxBytes: 10, TxBytes: 20, Addresses: []string{"10.0.0.1/24"}}}
	sys.Sensors = []metrics.Sensor{{Name: "cpu", Celsius: 51.5, High: 90}}
	sys.Users = []metrics.User{{Name: "alice", Terminal: "pts/0", Host: "198.51.100.7", Since: at}}
	sys.Pressure = metrics.Pressure{Have: true, CPUSome: metrics.PSI{Avg10: 1.5}}
	sys.TCP = metrics.TCPCounters{Have: true, ActiveOpens: 5}
	sys.Cgroups = []metrics.CgroupStat{{Path: "/system.slice", Processes: 1, CPUMicros: 5000, MemoryBytes: 1 << 20, Missing: []string{"io"}}}
	sys.CgroupV = "v2"
	r := metrics.NoRates(&metrics.Rates{}, s)
	r.Over = time.Second
	r.CPU.Busy, r.CPU.User = 37.5, 30
	r.Processes[1].CPU, r.Processes[1].ReadBps = 99.5, 1000
	r.Networks[0] = metrics.NetworkRate{RxBps: 2048, TxBps: 1024}
	return &monitor.Frame{Seq: 2, At: at, Interval: time.Second, Snapshot: s, Rates: r, Threats: findings(s), Self: self()}
}

func v4(a, b, c, d byte) [16]byte { return [16]byte{10: 0xff, 11: 0xff, 12: a, 13: b, 14: c, 15: d} }

func findings(s *metrics.Snapshot) *threats.Report {
	info := &threats.Info{ID: "process.writable-directory", Title: "Program in a writable directory", Techniques: []string{"T1036.005"},
		Why: "Anybody could have put it there.", FalsePositives: "Builds.", Next: []string{"Look at the file."}}
	p := &s.Processes[1]
	f := threats.Finding{ID: "0123456789ab", Info: info, Title: "Program in a writable directory: xcod", Severity: threats.High,
		Confidence: threats.Strong, Subject: threats.Subject{Kind: threats.SubjectProcess, Key: p.Key},
		Evidence: []threats.Evidence{{What: "program path", Where: "/proc/812/exe", Value: "/tmp/.x/\x1b[2Jxcod"}},
		Process:  &threats.ProcessRef{Key: p.Key, UID: 33, ID: p.ID, Image: "docker.io/x:1", SHA256: strings.Repeat("ab", 32)},
		Ancestry: []threats.ProcessRef{{Key: s.Processes[0].Key, ID: s.Processes[0].ID}},
		Parts:    []threats.Part{{ID: "a.b-1", Info: &threats.Info{ID: "a.b", Techniques: []string{"T1059"}}, Detector: "a.b", Title: "part", Severity: threats.Low}},
		First:    at.Add(-time.Minute), Last: at, Count: 60}
	quiet := f
	quiet.ID, quiet.SuppressedBy, quiet.Parts = "ba9876543210", "our own", nil
	return &threats.Report{At: at, Findings: []threats.Finding{f, quiet}, Suppressed: 1, Baseline: "base.json",
		Changes:   []threats.Change{{Kind: "listener", Op: "added", Name: "tcp 0.0.0.0:4444", Is: "xcod", Since: at}},
		Coverage:  threats.Coverage{Total: 68, Checked: 41, Partial: 3, NeedRoot: 2, Unavailable: []threats.Unavailable{{Detector: "x.y", Why: "denied", Needs: "root"}}},
		Detectors: []threats.DetectorStat{{ID: "x.y", Cost: threats.Host, Runs: 3, Took: time.Millisecond, Total: time.Second, Errors: 1, LastErr: "x.y panicked"}},
		Errors:    []string{"rules/a.yml:3:1: no title"}}
}

func self() *monitor.Self {
	s := &monitor.Self{Source: "procfs", SourceWhy: "asked for", Uptime: time.Minute}
	for i, name := range []string{"collect", "detect", "rss", "cpu", "io"} {
		s.KPIs[i] = monitor.KPI{Name: name, Unit: []string{"ms", "ms", "MB", "%", "calls/s"}[i], Last: float64(i) + 0.5, P50: 1, P95: 2, Max: 200,
			Goal: []float64{100, 50, 50, 5, 0}[i], Met: i != 3, Known: true}
	}
	s.Extra = []monitor.KPI{{Name: "render", Unit: "ms", Last: 0.4, Known: true, Met: true}}
	s.IO = monitor.IO{Known: true, ReadCalls: 5, NetlinkCalls: 6, NetlinkBytes: 7000}
	s.Pool.Kinds = []monitor.PoolKind{{Name: "procfs", Batch: 100, Adaptive: true, PerItemNanos: 800, Why: "50 to 100: 900 to 800 ns an item"}}
	s.Lost = []metrics.Loss{{What: "frames", Count: 2}}
	s.Runtime.MemoryLimit = 512 << 20
	s.Sources = []metrics.SourceStat{{Name: "disks", Took: 3 * time.Millisecond, Items: 2, Late: true}}
	s.Caches = []metrics.CacheStat{{Name: "identities", Entries: 2, Hits: 9, Misses: 1, Limit: 100}, {Name: "findings", Entries: 3, Bytes: 900, Store: true}}
	s.Governor = monitor.Governor{Level: 1, Active: []string{"slow"}, Steps: []monitor.Step{{At: at, Up: true, What: "slow", Reason: "cpu"}}}
	s.Diagnosis = []string{"cpu 6 % against 5"}
	return s
}
