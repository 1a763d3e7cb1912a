package detectors

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestHiddenProcess(t *testing.T) {
	Table(t, func() threats.Detector { return hiddenProcess{} }, []Case{
		{Name: "hidden", Hits: 1, Evidence: "kdump (pid 666)", Build: func(w *World) {
			w.Hidden = []metrics.Hidden{{Key: metrics.ProcKey{PID: 666, Start: 5}, Comm: "kdump", Seen: "ebpf task iterator", Missing: "/proc listing"}}
		}},
		{Name: "two, one of them known by other means", Hits: 2, Build: func(w *World) {
			p := w.Run("/opt/x")
			w.Hidden = []metrics.Hidden{{Key: p.Key, Comm: "x", Seen: "a", Missing: "b"}, {Key: metrics.ProcKey{PID: 667}, Comm: "y", Seen: "a", Missing: "b"}}
		}},
		{Name: "nothing is hidden", Build: func(w *World) { w.Run("/opt/x") }},
	})
}

// procFiles writes what /proc has of a process or thread.
func procFiles(w *World, pid, tgid int, comm string) {
	w.File(fmt.Sprintf("/proc/%d/status", pid), fmt.Sprintf("Name:\t%s\nState:\tS (sleeping)\nTgid:\t%d\nPid:\t%d\n", comm, tgid, pid), 0o444)
	w.File(fmt.Sprintf("/proc/%d/stat", pid), fmt.Sprintf("%d (%s) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 77 9 9\n", pid, comm), 0o444)
}

func unlisted(listed ...int32) func() threats.Detector {
	return func() threats.Detector {
		d := newUnlistedProcess(true)
		d.wait = 0
		d.list = func(*threats.Input) map[int32]bool {
			m := map[int32]bool{1: true, 2: true}
			for _, pid := range listed {
				m[pid] = true
			}
			return m
		}
		return d
	}
}

func TestUnlistedProcess(t *testing.T) {
	Table(t, unlisted(100, 667), []Case{
		{Name: "reachable and not listed", Hits: 1, Evidence: "evil) R (pid 666)", Build: func(w *World) {
			procFiles(w, 666, 666, "evil) R")
			w.File("/proc/loadavg", "0.1 0.1 0.1 1/100 700\n", 0o444)
		}},
		{Name: "below the highest that is listed", Hits: 1, Build: func(w *World) {
			procFiles(w, 50, 50, "evil")
			w.Run("/opt/x", PID(100))
		}},
		{Name: "younger than the snapshot", Build: func(w *World) {
			procFiles(w, 50, 50, "new")
			w.File("/proc/50/stat", "50 (new) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 8640001 9 9\n", 0o444)
			w.Run("/opt/x", PID(100))
		}},
		{Name: "a thread", Build: func(w *World) {
			procFiles(w, 50, 49, "thread")
			w.Run("/opt/x", PID(100))
		}},
		{Name: "began after the snapshot", Build: func(w *World) {
			procFiles(w, 667, 667, "new")
			w.File("/proc/loadavg", "0.1 0.1 0.1 1/100 700\n", 0o444)
		}},
		{Name: "in the snapshot", Build: func(w *World) {
			procFiles(w, 666, 666, "x")
			w.Run("/opt/x", PID(666))
		}},
		{Name: "rubbish", Build: func(w *World) {
			w.File("/proc/50/status", "Tgid:\t50\n", 0o444)
			w.File("/proc/50/stat", "50 (x", 0o444)
			w.File("/proc/51/status", "\x00\xff", 0o444)
			w.File("/proc/loadavg", "9 9 9 9 99999999999999\n", 0o444)
			w.Run("/opt/x", PID(100))
		}},
	})
}

func TestUnlistedProcessRestsBesideEBPF(t *testing.T) {
	w := New(t)
	procFiles(w, 666, 666, "evil")
	w.File("/proc/loadavg", "0.1 0.1 0.1 1/100 700\n", 0o444)
	s := w.Snapshot()
	d := unlisted()()
	look := func(sources ...metrics.SourceStat) int {
		s.Sources = sources
		return len(d.Detect(threats.NewInput(w.Now, s, nil, nil, threats.NewFiles(w.Root)), nil))
	}
	if n := look(metrics.SourceStat{Name: "ebpf"}); n != 0 {
		t.Errorf("%d findings beside eBPF", n)
	}
	if n := look(metrics.SourceStat{Name: "ebpf", Err: "lost"}); n != 1 {
		t.Errorf("%d findings when eBPF does not work", n)
	}
	if n := look(metrics.SourceStat{Name: "procfs"}); n != 1 {
		t.Errorf("%d findings in the next turn", n)
	}
	if err := os.RemoveAll(filepath.Join(w.Root, "proc/666")); err != nil {
		t.Fatal(err)
	}
	if n := look(metrics.SourceStat{Name: "procfs"}); n != 0 {
		t.Errorf("%d findings when it has ended", n)
	}
}

func TestMissingParent(t *testing.T) {
	Table(t, func() threats.Detector { return &missingParent{} }, []Case{
		{Name: "parent is in no list", Hits: 1, Evidence: "666", About: "/opt/x", Build: func(w *World) { w.Run("/opt/x", PPID(666)) }},
		{Name: "parent is there", Build: func(w *World) { w.Run("/opt/x", ChildOf(w.Run("/opt/y"))) }},
		{Name: "from outside of a container", Build: func(w *World) { w.Run("/opt/x", PPID(0)) }},
	})
	w := New(t) // without init, as behind hidepid
	w.Run("/opt/x", PPID(666))
	s := w.Snapshot()
	s.Processes = s.Processes[1:]
	if got := (&missingParent{}).Detect(threats.NewInput(w.Now, s, nil, nil, nil), nil); len(got) != 0 {
		t.Errorf("where not all is visible:%s", String(got))
	}
}

func TestMissingParentOverTime(t *testing.T) {
	f := newFilm(t, &missingParent{})
	p := f.Run("/opt/x")
	want(t, f.after(time.Second), 0, 0)
	p.PPID = 666
	want(t, f.after(parentsEvery), 1, threats.High)
	want(t, f.after(time.Second), 1, threats.High)
	p.PPID = 1 // it had ended, and init took the child
	want(t, f.after(time.Second), 0, 0)
}

func TestProcMount(t *testing.T) {
	mountinfo := func(lines ...string) func(w *World) {
		return func(w *World) {
			w.File("/proc/self/mountinfo", "22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw\n"+strings.Join(lines, "\n")+"\n", 0o444)
		}
	}
	Table(t, func() threats.Detector { return &procMount{} }, []Case{
		{Name: "an empty directory", Hits: 1, Evidence: "tmpfs tmpfs, of it /", About: "/proc/812", Build: mountinfo("90 22 0:50 / /proc/812 rw - tmpfs tmpfs rw")},
		{Name: "another process", Hits: 1, Evidence: "of it /2", Build: mountinfo("90 22 0:21 /2 /proc/812 rw - proc proc rw")},
		{Name: "one file of it", Hits: 1, Build: mountinfo("90 22 254:0 /x /proc/812/cmdline rw - ext4 /dev/vda rw")},
		{Name: "twice is one", Hits: 1, Build: mountinfo("90 22 0:50 / /proc/812 rw - tmpfs x rw", "91 90 0:51 / /proc/812 rw - tmpfs x rw")},
		{Name: "a container", Build: mountinfo("90 22 0:50 /null /proc/kcore rw - tmpfs tmpfs rw", "91 22 0:21 /sys /proc/sys ro - proc proc rw", "92 22 0:51 / /proc/acpi ro - tmpfs tmpfs ro")},
		{Name: "binfmt_misc", Build: mountinfo("90 22 0:33 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw")},
		{Name: "a directory of that name elsewhere", Build: mountinfo("90 22 0:50 / /srv/proc/812 rw - tmpfs tmpfs rw")},
		{Name: "rubbish", Build: mountinfo("/proc/812", "1 2 3 4 /proc/1 - ", "\x00\xff", "- - - - - - - /proc/7")},
		{Name: "no file"},
	})
}

const builtDrivers = "nvidia 1 0 - Live 0x0 (POE)\nzfs 1 0 - Live 0x0 (PO)\next4 1 0 - Live 0x0\n"

func TestKernelTaint(t *testing.T) {
	machine := func(tainted, modules string) func(w *World) {
		return func(w *World) {
			w.File("/proc/sys/kernel/tainted", tainted+"\n", 0o444)
			w.File(modulesPath, modules, 0o444)
		}
	}
	Table(t, func() threats.Detector { return &kernelTaint{} }, []Case{
		{Name: "a rootkit that forgot its list", Hits: 1, Evidence: "diamorphine not of the kernel's tree, unsigned", Build: machine("12288", "diamorphine 16384 0 - Live 0xffffffffc0a00000 (OE)\n")},
		{Name: "hidden module", Hits: 1, Evidence: "without a module", Build: machine("12288", "ext4 1 0 - Live 0x0\n")},
		{Name: "unsigned on a kernel that wants signatures", Hits: 1, Build: machine("8192", "x 1 0 - Live 0x0 (E)\n")},
		{Name: "by force", Hits: 1, Evidence: "by force", Build: machine("4098", "nvidia 1 0 - Live 0x0 (FO)\n")},
		{Name: "two", Hits: 2, Build: machine("12288", builtDrivers+"a 1 0 - Live 0x0 (O)\nb 1 2 a,c, Live 0x0 (OE)\n")},
		{Name: "names that begin like known ones", Hits: 3, Severity: threats.Low, Build: machine("12288", "iceman 1 0 - Live 0x0 (OE)\nnf_hide 1 0 - Live 0x0 (OE)\nxt_x 1 0 - Live 0x0 (O)\n")},
		{Name: "well-known drivers", Build: machine("12289", builtDrivers)},
		{Name: "clean", Build: machine("0", "ext4 1 0 - Live 0x0\n")},
		{Name: "a warning and a machine check", Build: machine("528", "ext4 1 0 - Live 0x0\n")},
		{Name: "rubbish", Build: machine("many", "x\n\x00\n(OE)\n")},
		{Name: "no file"},
	})
}

func TestModuleListing(t *testing.T) {
	machine := func(modules string, sys ...string) func(w *World) {
		return func(w *World) {
			w.File(modulesPath, modules, 0o444)
			w.Dir("/sys/module/vt/parameters", 0o755) // built in
			for _, name := range sys {
				w.File("/sys/module/"+name+"/initstate", "live\n", 0o444)
			}
		}
	}
	detector := func() threats.Detector { return &moduleListing{} }
	Table(t, detector, []Case{
		{Name: "out of the list", Hits: 1, Evidence: "/sys/module/evil/initstate", About: "evil", Build: machine("ext4 1 0 - Live 0x0\n", "ext4", "evil")},
		{Name: "out of sysfs", Hits: 1, About: "evil", Build: machine("ext4 1 0 - Live 0x0\nevil 1 0 - Live 0x0\n", "ext4")},
		{Name: "both agree", Build: machine("ext4 1 0 - Live 0x0\nsnd_hda 1 0 - Live 0x0\n", "ext4", "snd_hda")},
		{Name: "is being loaded", Build: machine("ext4 1 0 - Live 0x0\nnew 1 0 - Loading 0x0\n", "ext4")},
		{Name: "a kernel without modules", Build: func(w *World) { w.File("/sys/module/x/initstate", "live\n", 0o444) }},
		{Name: "no sysfs", Build: func(w *World) { w.File(modulesPath, "ext4 1 0 - Live 0x0\n", 0o444) }},
	})
}

func TestModuleThatIsBeingUnloaded(t *testing.T) {
	w := New(t)
	w.File(modulesPath, "ext4 1 0 - Live 0x0\n", 0o444)
	w.File("/sys/module/ext4/initstate", "live\n", 0o444)
	w.File("/sys/module/gone/initstate", "going\n", 0o444)
	d := &moduleListing{wait: time.Second}
	done := make(chan []threats.Finding)
	go func() { done <- w.Detect(d) }()
	time.Sleep(300 * time.Millisecond)
	if err := os.RemoveAll(filepath.Join(w.Root, "sys/module/gone")); err != nil {
		t.Error(err)
	}
	if got := <-done; len(got) != 0 {
		t.Errorf("gone at the second look:%s", String(got))
	}
}

func TestBPFPrograms(t *testing.T) {
	var list []metrics.BPFProgram
	var err error
	d := &bpfPrograms{read: func() ([]metrics.BPFProgram, error) { return list, err }}
	CheckInfo(t, d.Info())
	w := New(t)
	check := func(name string, hits int, severity threats.Severity, programs ...metrics.BPFProgram) {
		t.Helper()
		list = programs
		got := w.Detect(d)
		for i := range got {
			CheckFinding(t, &got[i])
		}
		if len(got) != hits || hits > 0 && got[0].Severity != severity {
			t.Errorf("%s: %d findings, want %d at %s:%s", name, len(got), hits, severity, String(got))
		}
	}
	check("nothing", 0, 0)
	check("our own", 0, 0, metrics.BPFProgram{ID: 1, Type: "tracing", Name: "list_tasks", Own: true})
	check("a second monitor like this one", 0, 0,
		metrics.BPFProgram{ID: 1, Type: "tracing", Name: "list_tasks", Tag: "0123456789abcdef", Own: true}, metrics.BPFProgram{ID: 2, Type: "tracing", Name: "list_tasks", Tag: "0123456789abcdef"})
	check("other instructions", 1, threats.Medium,
		metrics.BPFProgram{ID: 1, Type: "tracing", Name: "list_tasks", Tag: "0123456789abcdef", Own: true}, metrics.BPFProgram{ID: 2, Type: "tracing", Name: "list_tasks", Tag: "fedcba9876543210"})
	check("of the same name as ours", 1, threats.Medium, metrics.BPFProgram{ID: 2, Type: "tracing", Name: "list_tasks"})
	check("systemd and containers", 0, 0,
		metrics.BPFProgram{ID: 4, Type: "tracing", Name: "dump_bpf_map"}, metrics.BPFProgram{ID: 1, Type: "cgroup_device"}, metrics.BPFProgram{ID: 2, Type: "cgroup_skb", Name: "sd_fw_egress"}, metrics.BPFProgram{ID: 3, Type: "lsm", Name: "restrict_filesys"})
	check("a rootkit, one finding for what is alike", 2, threats.Medium,
		metrics.BPFProgram{ID: 1, Type: "kprobe", Name: "getdents"}, metrics.BPFProgram{ID: 2, Type: "kprobe", Name: "getdents"}, metrics.BPFProgram{ID: 3, Type: "xdp", Name: "wake"})
	check("systemd's name by somebody else", 1, threats.Medium, metrics.BPFProgram{ID: 3, Type: "lsm", Name: "restrict_filesys", UID: 1000})
	many := make([]metrics.BPFProgram, 1000)
	for i := range many {
		many[i] = metrics.BPFProgram{ID: uint32(i), Type: "kprobe", Name: fmt.Sprint("p", i)}
	}
	check("many", maxBPFGroups, threats.Medium, many...)
	w.Run("/tmp/falco")
	check("a name is not enough", 1, threats.Medium, metrics.BPFProgram{ID: 1, Type: "kprobe"})
	w.Run("/usr/bin/falco")
	check("security software runs", 1, threats.Low, metrics.BPFProgram{ID: 1, Type: "kprobe"})
	if d.Failure() != "" {
		t.Errorf("failure %q", d.Failure())
	}
	err = errors.New("operation not permitted")
	if w.Detect(d); !strings.Contains(d.Failure(), "not permitted") {
		t.Errorf("failure %q", d.Failure())
	}
	if none := (&bpfPrograms{}); len(w.Detect(none)) != 0 || none.Failure() == "" {
		t.Error("without a reader nothing is said")
	}
}

func TestUnaccountedCPU(t *testing.T) {
	CheckInfo(t, unaccountedCPUInfo)
	rates := func(user, system float32, forks float64, cpu ...float32) *metrics.Rates {
		r := &metrics.Rates{Over: time.Second, Cores: make([]metrics.CPUPercent, 4), Forks: forks, Processes: make([]metrics.ProcessRate, len(cpu))}
		r.CPU = metrics.CPUPercent{Busy: user + system, User: user, System: system}
		for i := range cpu {
			r.Processes[i].CPU = cpu[i]
		}
		return r
	}
	for _, c := range []struct {
		name  string
		rates *metrics.Rates
		hits  int
	}{
		{"a hidden miner on two of four processors", rates(50, 1, 0.1, 1, 2), 1},
		{"all is accounted for", rates(50, 1, 0.1, 100, 103), 0},
		{"a compiler, which starts many", rates(90, 8, 80, 20, 30), 0},
		{"a little is missing", rates(12, 1, 0.1, 1, 2), 0},
		{"interrupts", &metrics.Rates{Over: time.Second, Cores: make([]metrics.CPUPercent, 4), CPU: metrics.CPUPercent{Busy: 90, IRQ: 60, Steal: 30}}, 0},
		{"no processors are known", &metrics.Rates{Over: time.Second, CPU: metrics.CPUPercent{Busy: 90, User: 90}}, 0},
		{"no rates", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFilm(t, &unaccountedCPU{})
			f.rates = c.rates
			f.after(time.Second)
			var got []threats.Finding
			for range 62 {
				got = f.after(time.Second)
			}
			want(t, got, c.hits, threats.Medium)
		})
	}
	f := newFilm(t, &unaccountedCPU{})
	f.rates = rates(50, 1, 0, 1)
	for range 50 {
		want(t, f.after(time.Second), 0, 0)
	}
	f.rates = rates(1, 1, 0, 1)
	want(t, f.after(time.Second), 0, 0)
	f.rates = rates(50, 1, 0, 1)
	for range 50 { // from the beginning
		want(t, f.after(time.Second), 0, 0)
	}
}
