package ui

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

// machine makes the frames of an invented machine: the same every time.
type machine struct {
	processes int
	threads   int // of each process that has more than one, when they are read; 0: as many as it says
	hostile   bool
	history   *monitor.History
	seq       uint64
	ids       []*metrics.Identity
	jitter    float64 // how much the load moves from frame to frame
}

var (
	testStart = time.Date(2026, 3, 14, 9, 26, 0, 0, time.UTC)
	testBoot  = testStart.Add(-(12*24 + 5) * time.Hour)
)

func newMachine(processes int) *machine {
	return &machine{processes: processes, history: monitor.NewHistory(1200)}
}

var programs = []struct{ user, command, unit string }{
	{"root", "/usr/lib/systemd/systemd --switched-root --system", "init.scope"},
	{"root", "", ""},
	{"www", "nginx: worker process", "nginx.service"},
	{"postgres", "/usr/lib/postgresql/16/bin/postgres -D /var/lib/postgresql/16/main", "postgresql.service"},
	{"anna", "/usr/bin/python3 /srv/app/manage.py runserver 0.0.0.0:8000", "app.service"},
	{"root", "/usr/sbin/sshd -D", "ssh.service"},
	{"anna", "-bash", "session-3.scope"},
	{"redis", "/usr/bin/redis-server 127.0.0.1:6379", "redis-server.service"},
	{"root", "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock", "docker.service"},
	{"ben", "java -Xmx4g -jar /opt/build/agent.jar --workers 8", "agent.service"},
}

var hostileNames = []string{"\x1b]0;owned\x07", "a\nb\rc", "漢字プロセス", "e\u0301\u0301\u0301\u0301", "\u202eexe.txt", "\xff\xfe", "tab\there", strings.Repeat("w", 300), "(paren) )x"}

func (mc *machine) identity(i int) *metrics.Identity {
	for len(mc.ids) <= i {
		k := len(mc.ids)
		p := programs[min(k, k%len(programs))]
		id := &metrics.Identity{User: p.user, Comm: fmt.Sprintf("kworker/%d:1", k)}
		id.Cgroup.Unit = p.unit
		id.Cgroup.Path = "/system.slice/" + p.unit
		if p.command != "" {
			id.Cmdline = strings.ReplaceAll(p.command, " ", "\x00") + "\x00"
			id.Exe = strings.Fields(p.command)[0]
			id.Comm = id.Exe[strings.LastIndexByte(id.Exe, '/')+1:]
			id.ExeInode, id.ExeMode = uint64(1000+k), 0o100755
		}
		if mc.hostile {
			h := hostileNames[k%len(hostileNames)]
			id.Comm, id.Cmdline, id.User, id.Exe = h, h+"\x00"+h+"\x00", h, "/tmp/"+h
		}
		mc.ids = append(mc.ids, id)
	}
	return mc.ids[i]
}

// frame makes the next frame.
func (mc *machine) frame() *monitor.Frame {
	mc.seq++
	at := testStart.Add(time.Duration(mc.seq) * time.Second)
	wave := func(k, amplitude float64) float64 { return amplitude * (1 + math.Sin(float64(mc.seq)*k)) / 2 }
	s := &metrics.Snapshot{At: at, Uptime: at.Sub(testBoot)}
	r := &metrics.Rates{Over: time.Second}
	sys := &s.System
	sys.Host = metrics.Host{Name: "web-01", OS: "linux", Platform: "debian", Kernel: "6.18.2", BootTime: testBoot}
	sys.Load = metrics.Load{One: 1.42, Five: 1.1, Fifteen: 0.97}
	sys.Memory = metrics.Memory{Total: 16 << 30, Available: 9 << 30, Used: 7 << 30, Free: 2 << 30, Cached: 6 << 30, Buffers: 200 << 20, SwapTotal: 4 << 30, SwapUsed: 300 << 20}
	sys.CPU.Cores = make([]metrics.CPUTimes, 8)
	sys.Disks = []metrics.Disk{{Mount: "/", Total: 100 << 30, Used: 43 << 30, Free: 52 << 30}, {Mount: "/var/lib/postgresql", Total: 500 << 30, Used: 410 << 30, Free: 90 << 30}, {Mount: "/mnt/nfs", Stuck: true, Total: 1 << 40, Used: 1 << 39, Free: 1 << 39}}
	sys.Networks = []metrics.Network{{Name: "lo", Loopback: true}, {Name: "eth0", Up: true}}
	sys.Sensors = []metrics.Sensor{{Name: "coretemp", Celsius: 54, High: 90}}
	sys.Pressure = metrics.Pressure{Have: true, CPUSome: metrics.PSI{Avg10: 3.2}, MemorySome: metrics.PSI{Avg10: 0}, IOSome: metrics.PSI{Avg10: 14.5}, IOFull: metrics.PSI{Avg10: 9.1}}
	sys.Cgroups = []metrics.CgroupStat{{Path: "/", Processes: 3}, {Path: "/system.slice/nginx.service", MemoryBytes: 300 << 20, MemoryMax: 512 << 20, PidsCurrent: 9, CPUQuota: 2}, {Path: "/system.slice/postgresql.service", MemoryBytes: 2 << 30, PidsCurrent: 42, OOMKills: 1, Pressure: metrics.Pressure{Have: true, IOSome: metrics.PSI{Avg10: 22}}}}
	r.Cgroups = []metrics.CgroupRate{{CPU: 87}, {CPU: 12, Throttled: 3}, {CPU: 33, ReadBps: 1 << 20, WriteBps: 3 << 20}}
	busy := float32(20 + wave(0.07, 50))
	r.CPU = metrics.CPUPercent{Busy: busy, User: busy * 0.7, System: busy * 0.2, IOWait: busy * 0.05}
	for i := range 8 {
		r.Cores = append(r.Cores, metrics.CPUPercent{Busy: float32(wave(0.1*float64(i+1), 100))})
	}
	r.DiskIO = []metrics.DiskRate{{ReadBps: wave(0.2, 4e6), WriteBps: wave(0.11, 2e7), Busy: 34}}
	r.Networks = []metrics.NetworkRate{{RxBps: 9e9}, {RxBps: wave(0.05, 3e6), TxBps: wave(0.15, 8e5)}}
	r.Retransmit = 1.2

	for i := range mc.processes {
		id := mc.identity(i)
		p := metrics.Process{Key: metrics.ProcKey{PID: int32(i + 1), Start: uint64(100 * i)}, ID: id, State: 'S', Threads: 1 + int32(i%7),
			PPID: int32(i / 4), RSSBytes: uint64(i%97+1) << 20, VirtualBytes: uint64(i%97+9) << 23, UserNS: uint64(i+1) * 7e9, SystemNS: uint64(i) * 1e9,
			Have: metrics.HasIO | metrics.HasNet | metrics.HasExeFile | metrics.HasSeccomp, ExeNlink: 1, UID: uint32(i%3) * 1000, Security: &metrics.Security{CapEffective: 1<<41 - 1}}
		if mc.threads > 0 {
			p.Threads = int32(mc.threads)
		}
		rate := metrics.ProcessRate{}
		if i%10 == 3 && i < 2000 {
			p.State = 'R'
			rate.CPU = float32(float64(i%89)*1.1 + mc.jitter*wave(float64(i), 10))
			rate.ReadBps, rate.RxBps, rate.TxBps = float32(i)*1000, float32(i*37%90000), float32(i*91%70000)
		}
		if id.Cmdline == "" {
			p.Flags, p.PPID = metrics.FlagKthread, 2
		}
		s.Processes = append(s.Processes, p)
		r.Processes = append(r.Processes, rate)
	}
	s.Counts = metrics.Counts{Processes: mc.processes, Threads: 4 * mc.processes, Running: 3, Sleeping: mc.processes - 3}
	for i := range min(mc.processes*2, 20000) {
		k := metrics.Socket{Inode: uint64(5000 + i), Owner: s.Processes[i%mc.processes].Key, Family: syscall.AF_INET, Proto: metrics.TCP, State: metrics.Established,
			LocalIP: netip.MustParseAddr("10.0.0.5").As16(), RemoteIP: netip.AddrFrom4([4]byte{10, 1, byte(i / 250), byte(i%250 + 1)}).As16(),
			LocalPort: 443, RemotePort: uint16(30000 + i), HasInfo: true, RTTMicros: uint32(i%9000 + 200), RxBytes: uint64(i) * 1000, TxBytes: uint64(i) * 300, Retransmits: uint32(i % 40 / 39)}
		if i%20 == 0 {
			k.State, k.RemotePort, k.HasInfo, k.LocalPort = metrics.Listen, 0, false, uint16(80+i)
			k.RemoteIP = [16]byte{}
		}
		s.Sockets = append(s.Sockets, k)
		r.Sockets = append(r.Sockets, metrics.SocketRate{RxBps: float32(i * 7 % 5000), TxBps: float32(i * 3 % 900)})
	}
	s.Gaps = []metrics.Gap{{What: "sockets of other users", Why: "permission denied reading /proc/812/fd", Needs: "root or CAP_SYS_PTRACE"}}
	f := &monitor.Frame{Seq: mc.seq, At: at, Interval: time.Second, Asked: time.Second, Snapshot: s, Rates: r, Threats: mc.report(s, at), Self: mc.self(at)}
	mc.history.Push(at, &[monitor.SeriesCount]float32{monitor.SeriesCPU: busy, monitor.SeriesMemory: 44, monitor.SeriesDiskRead: float32(r.DiskIO[0].ReadBps), monitor.SeriesDiskWrite: float32(r.DiskIO[0].WriteBps),
		monitor.SeriesNetRx: float32(r.Networks[1].RxBps), monitor.SeriesNetTx: float32(r.Networks[1].TxBps), monitor.SeriesPSICPU: 3.2, monitor.SeriesPSIIO: 14,
		monitor.SeriesCollect: float32(18 + wave(0.3, 6)), monitor.SeriesDetect: 4.2, monitor.SeriesRSS: 31, monitor.SeriesOwnCPU: float32(wave(0.02, 6)), monitor.SeriesOwnIO: 1300})
	return f
}

var testInfo = []threats.Info{
	{ID: "process.kthread-masquerade", Title: "Program poses as a kernel thread", Severity: threats.High, Confidence: threats.Strong, Techniques: []string{"T1036.004"},
		Why:            "A program that takes the name of a kernel thread hides from whoever reads a process list.",
		FalsePositives: "None is known: kernel threads have no program file.", Next: []string{"Compare the program file with the package that it claims to be from.", "Look at its sockets and its parent."}},
	{ID: "process.writable-directory", Title: "Program runs from a world-writable directory", Severity: threats.Medium, Confidence: threats.Moderate, Techniques: []string{"T1036.005"}, Why: "Anybody can put a program there."},
	{ID: "host.preload", Title: "A library is preloaded into every program", Severity: threats.Critical, Confidence: threats.Strong, Why: "Rootkits hide files and processes this way."},
	{ID: "process.deleted", Title: "Program file was deleted while it runs", Severity: threats.Low, Confidence: threats.Weak, Why: "Malware removes its file; a package upgrade does too."},
}

func (mc *machine) report(s *metrics.Snapshot, at time.Time) *threats.Report {
	r := &threats.Report{At: at, Took: 4 * time.Millisecond, Suppressed: 1}
	for i, k := range []int{2, 0, 1, 3, 1} {
		info := &testInfo[k]
		f := threats.Finding{ID: fmt.Sprintf("f%d", i), Info: info, Title: info.Title, Severity: info.Severity, Confidence: info.Confidence,
			First: testStart.Add(-time.Duration(i*i*700) * time.Second), Last: at, Count: int(mc.seq) + i,
			Evidence: []threats.Evidence{{What: "program path", Where: "/proc/7/exe", Value: "/dev/shm/.x/kworker"}, {What: "kernel flag", Where: "/proc/7/stat", Value: "PF_KTHREAD not set"}}}
		if k != 2 {
			p := &s.Processes[(3+i*10)%len(s.Processes)]
			f.Subject = threats.Subject{Kind: threats.SubjectProcess, Key: p.Key}
			f.Process = &threats.ProcessRef{Key: p.Key, UID: p.UID, ID: p.ID}
			f.Ancestry = []threats.ProcessRef{{Key: s.Processes[0].Key, ID: s.Processes[0].ID}}
		} else {
			f.Subject = threats.Subject{Kind: threats.SubjectFile, Name: "/etc/ld.so.preload"}
		}
		if i == 4 {
			f.SuppressedBy = "known build machine"
		}
		r.Findings = append(r.Findings, f)
	}
	r.Coverage = threats.Coverage{Total: 62, Checked: 58, Partial: 3, DeepQueue: 12, Unavailable: []threats.Unavailable{{Detector: "host.shadow", Why: "cannot read /etc/shadow: permission denied", Needs: "root"}}}
	for i := range testInfo {
		r.Detectors = append(r.Detectors, threats.DetectorStat{ID: testInfo[i].ID, Runs: mc.seq, Took: time.Duration(i*130+40) * time.Microsecond, Total: time.Duration(i*130+40) * time.Millisecond, Findings: 1})
	}
	return r
}

func (mc *machine) self(at time.Time) *monitor.Self {
	kpi := func(name, unit string, v, goal float64) monitor.KPI {
		return monitor.KPI{Name: name, Unit: unit, Last: v, P50: v * 0.9, P95: v * 1.3, Max: v * 2, Goal: goal, Met: goal == 0 || v <= goal, Known: true}
	}
	var extra []monitor.KPI
	values := map[string]float64{"render": 0.8, "frame_bytes": 812, "gc_pause": 0.08, "heap": 18, "goroutines": 14,
		"read_calls": 120, "write_calls": 23, "read": 410e3, "write": 900, "terminal": 812, "network": 3800, "netlink_calls": 14, "netlink": 61e3}
	for _, i := range beside() {
		extra = append(extra, kpi(i.Name, i.Unit, values[i.Name], 0))
	}
	return &monitor.Self{
		KPIs:    [5]monitor.KPI{kpi("collect", "ms", 18.4, 100), kpi("detect", "ms", 4.2, 50), kpi("rss", "MB", 31, 50), kpi("cpu", "%", 5.8, 5), kpi("io", "calls/s", 143, 0)},
		Extra:   extra,
		History: mc.history, Source: "procfs", SourceWhy: "eBPF needs CAP_BPF and CAP_PERFMON",
		Sources: []metrics.SourceStat{{Name: "processes", Took: 12 * time.Millisecond, Items: mc.processes, Note: "reading stat"}, {Name: "sockets", Took: 5 * time.Millisecond, Items: 2 * mc.processes}, {Name: "disks", Took: 900 * time.Millisecond, Late: true, Note: "statfs of /mnt/nfs"}},
		Pool: monitor.PoolStat{Workers: 4, Blocking: 24, Kinds: []monitor.PoolKind{{Name: "processes", Batch: 128, Batches: 900, LatencyP50: time.Millisecond, LatencyP95: 2 * time.Millisecond, Adaptive: true, PerItemNanos: 8100, Why: "64 to 128: 9200 to 8100 ns an item"}},
			Submitted: 1300, Completed: 1300},
		Caches:  []metrics.CacheStat{{Name: "identities", Entries: mc.processes, Bytes: 3 << 20, Hits: 9900, Misses: 100}, {Name: "verdicts", Entries: 800, Hits: 5000}, {Name: "findings", Entries: 5, Bytes: 4000, Store: true}},
		Runtime: monitor.Runtime{HeapBytes: 18 << 20, RSSBytes: 31 << 20, PeakRSSBytes: 34 << 20, Goroutines: 14, GCs: 52, GCPauseLast: 80 * time.Microsecond, GCPauseMax: 300 * time.Microsecond, MaxProcs: 2, MemoryLimit: 512 << 20},
		Lost:    []metrics.Loss{{What: "frames"}, {What: "netlink overruns"}},
		IO:      monitor.IO{Known: true, ReadBps: 410e3, ReadCallsPS: 120, WriteBps: 900, WriteCallsPS: 23, TerminalBps: 812, NetworkBps: 3800, NetlinkBps: 61e3, NetlinkBytes: 9 << 20, NetlinkCalls: 2100, ReadCalls: 90e3, WriteCalls: 4000, ReadBytes: 300 << 20, WriteBytes: 1 << 20, TerminalBytes: 600e3, NetworkBytes: 2 << 20},
		Governor: monitor.Governor{Level: 1, Active: []string{"deep looks every second cycle"},
			Steps: []monitor.Step{{At: at.Add(-40 * time.Second), Up: true, What: "deep looks", Reason: "cpu was 5.8 % of a core over the last minute, above 5 %"}}},
		Diagnosis: []string{"cpu: sockets of 2 processes change in every cycle; reading their owners takes 40 % of the time"},
		Uptime:    3 * time.Minute,
	}
}
