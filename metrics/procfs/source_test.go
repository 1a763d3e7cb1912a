//go:build linux

package procfs

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

// source opens a Source over a tree; its budgets are too large to run out on a busy
// machine.
func source(t testing.TB, o Options) *Source {
	t.Helper()
	if o.Budget == 0 {
		o.Budget = time.Minute
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func list(t testing.TB, s *Source) []metrics.Process {
	t.Helper()
	procs, err := s.Append(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return procs
}

// one lists a tree that has one process.
func one(t testing.TB, s *Source) *metrics.Process {
	t.Helper()
	procs := list(t, s)
	if len(procs) != 1 {
		t.Fatalf("%d processes", len(procs))
	}
	return &procs[0]
}

// program makes a file to be the program of processes.
func program(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("x"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSourceReadsAll(t *testing.T) {
	tree := proctest.New(t)
	exe := program(t, "server")
	tree.Process(1, proctest.P{Comm: "init", Cmdline: "/sbin/init\x00"})
	tree.Process(7, proctest.P{
		Comm: "server", State: 'R', PPID: 1, TTY: 34816, Flags: 0x400000, Start: 777, Nice: -5, Threads: 1,
		UserTicks: 150, SystemTicks: 25, MinorFaults: 3, MajorFaults: 4, VirtualBytes: 1 << 20, RSSPages: 10, Image: 0x5000,
		UID: 4000000, EUID: 0, GID: 5, EGID: 6, TracerPID: 1, Caps: 0x400, NoNewPrivs: true, Seccomp: 2, Voluntary: 8, Involuntary: 9,
		Cmdline: exe + "\x00-p\x0080\x00", Exe: exe, Cwd: "/srv", Cgroup: "0::/system.slice/web.service\n",
		IO: proctest.IO{ReadBytes: 10, WriteBytes: 11, ReadCalls: 12, WriteCalls: 13}, Namespaces: map[string]uint32{"mnt": 98, "net": 99},
	})
	procs := list(t, source(t, Options{Root: tree.Root}))
	if len(procs) != 2 || procs[0].Key.PID != 1 || procs[0].ID.Comm != "init" {
		t.Fatalf("got %+v", procs)
	}
	got := procs[1]
	st, err := os.Stat(exe)
	if err != nil {
		t.Fatal(err)
	}
	inode, dev := inodeOf(st)
	wantID := metrics.Identity{Comm: "server", Exe: exe, Invoked: exe, Cmdline: exe + "\x00-p\x0080\x00", Cwd: "/srv", User: "4000000",
		ExeDev: dev, ExeInode: inode, ExeMode: 0o100755, Cgroup: metrics.ParseCgroup("/system.slice/web.service"),
		Namespaces: metrics.Namespaces{Mnt: 98, Net: 99}, EnvBytes: 16}
	if *got.ID != wantID {
		t.Errorf("identity\n got %+v\nwant %+v", *got.ID, wantID)
	}
	wantSecurity := metrics.Security{CapPermitted: 0x400, CapEffective: 0x400, CapBounding: 1<<41 - 1, NoNewPrivs: true}
	if *got.Security != wantSecurity {
		t.Errorf("security %+v, want %+v", *got.Security, wantSecurity)
	}
	got.ID, got.Security = nil, nil
	want := metrics.Process{
		Key: metrics.ProcKey{PID: 7, Start: 777}, ExecID: 1, UserNS: 1.5e9, SystemNS: 25e7, RSSBytes: 10 * pageSize, VirtualBytes: 1 << 20,
		ReadBytes: 10, WriteBytes: 11, ReadCalls: 12, WriteCalls: 13, MinorFaults: 3, MajorFaults: 4,
		VoluntarySwitches: 8, InvoluntarySwitches: 9, PPID: 1, TTY: 34816, Threads: 1, TracerPID: 1, UID: 4000000, GID: 5, EGID: 6,
		Flags: 0x400000, ExeNlink: 1, State: 'R', Nice: -5, Seccomp: 2,
		Have: metrics.HasIO | metrics.HasSwitches | metrics.HasFaults | metrics.HasExecID | metrics.HasExeFile | metrics.HasSecurity |
			metrics.HasTracer | metrics.HasEffective | metrics.HasCmdline | metrics.HasEnvBytes | metrics.HasSeccomp,
	}
	if got != want {
		t.Errorf("process\n got %+v\nwant %+v", got, want)
	}
}

func TestSourceKeepsTheIdentityUntilAnExec(t *testing.T) {
	tree := proctest.New(t)
	p := proctest.P{Comm: "a", Image: 0x5000, Cmdline: "a\x00", Exe: program(t, "a"), Start: 5}
	tree.Process(7, p)
	s := source(t, Options{Root: tree.Root})
	before := *one(t, s)

	p.UserTicks = 100
	tree.Process(7, p)
	used := *one(t, s)
	if used.ID != before.ID || used.ExecID != before.ExecID || used.UserNS != 1e9 {
		t.Errorf("without an exec: %+v, before %+v", used, before)
	}

	p.Comm, p.Cmdline, p.Exe, p.Image = "b", "b\x00", program(t, "b"), 0x9000
	tree.Process(7, p)
	after := *one(t, s)
	if after.ExecID <= before.ExecID || after.ID.Comm != "b" || after.ID.Cmdline != "b\x00" || filepath.Base(after.ID.Exe) != "b" {
		t.Errorf("after an exec: %d %+v", after.ExecID, after.ID)
	}
	if before.ID.Comm != "a" || before.ID.Cmdline != "a\x00" {
		t.Errorf("a published identity was changed: %+v", before.ID)
	}

	p.Image = 0xd000 // the same program again
	tree.Process(7, p)
	again := *one(t, s)
	if again.ExecID <= after.ExecID {
		t.Errorf("an exec of the same program was not seen")
	}
}

func TestSourceRename(t *testing.T) {
	tree := proctest.New(t)
	p := proctest.P{Comm: "a", Image: 0x5000, Cmdline: "a\x00", Exe: program(t, "a"), Start: 5}
	tree.Process(7, p)
	s := source(t, Options{Root: tree.Root})
	before := *one(t, s)
	p.Comm = "b"
	tree.Process(7, p)
	after := *one(t, s)
	want := *before.ID
	want.Comm = "b"
	if after.ExecID != before.ExecID || after.ID == before.ID || *after.ID != want {
		t.Errorf("got %d %+v, want %d %+v", after.ExecID, *after.ID, before.ExecID, want)
	}
}

// Without the addresses of the image, a new name is an exec when the arguments are
// new too.
func TestSourceGuessesExec(t *testing.T) {
	tree := proctest.New(t)
	p := proctest.P{Comm: "a", Cmdline: "a\x00", Start: 5}
	tree.Process(7, p)
	s := source(t, Options{Root: tree.Root})
	before := *one(t, s)
	p.Comm = "b"
	tree.Process(7, p)
	renamed := *one(t, s)
	if renamed.ExecID != before.ExecID || renamed.ID.Comm != "b" || renamed.ID.Cmdline != "a\x00" {
		t.Errorf("renamed: %d %+v", renamed.ExecID, renamed.ID)
	}
	p.Comm, p.Cmdline = "c", "c\x00"
	tree.Process(7, p)
	execed := *one(t, s)
	if execed.ExecID <= before.ExecID || execed.ID.Comm != "c" || execed.ID.Cmdline != "c\x00" {
		t.Errorf("after an exec: %d %+v", execed.ExecID, execed.ID)
	}
}

func TestSourcePidIsReused(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(7, proctest.P{Comm: "a", Image: 0x5000, Cmdline: "a\x00", Start: 5, IO: proctest.IO{ReadBytes: 100}})
	s := source(t, Options{Root: tree.Root})
	one(t, s)
	one(t, s) // the stat file is kept open by now
	tree.Process(7, proctest.P{Comm: "a", Image: 0x5000, Cmdline: "other\x00", Start: 6, IO: proctest.IO{ReadBytes: 1}})
	got := one(t, s)
	if got.Key.Start != 6 || got.ExecID != 1 || got.ID.Cmdline != "other\x00" || got.ReadBytes != 1 {
		t.Errorf("got %+v %+v", got, got.ID)
	}
}

func TestSourceVanishing(t *testing.T) {
	tree := proctest.New(t)
	for pid := int32(1); pid <= 5; pid++ {
		tree.Process(pid, proctest.P{Cmdline: "x\x00"})
	}
	tree.File("6/unrelated", "") // listed, and gone when it is read
	tree.File("8/stat", "8 (cut of")
	s := source(t, Options{Root: tree.Root})
	if n := len(list(t, s)); n != 5 {
		t.Fatalf("%d processes", n)
	}
	tree.Remove(1)
	tree.Remove(3)
	tree.Process(9, proctest.P{})
	var pids []int32
	for _, p := range list(t, s) {
		pids = append(pids, p.Key.PID)
	}
	if want := []int32{2, 4, 5, 9}; len(pids) != 4 || [4]int32(pids) != [4]int32(want) {
		t.Errorf("got %v, want %v", pids, want)
	}
	if gaps := s.Gaps(); len(gaps) != 0 {
		t.Errorf("what ended is no gap: %v", gaps)
	}
}

// What is known of processes outlives the crowd that made the lists long.
func TestSourceShrinks(t *testing.T) {
	tree := proctest.New(t)
	const crowd = 600
	for pid := int32(1); pid <= crowd; pid++ {
		tree.Process(pid, proctest.P{Cmdline: "x\x00"})
	}
	s := source(t, Options{Root: tree.Root, Budget: time.Minute})
	was := list(t, s)[0].ID
	for pid := int32(11); pid <= crowd; pid++ {
		tree.Remove(pid)
	}
	list(t, s)
	s.Shrink()
	if len(s.spare) != 0 || cap(s.entries) > 500 || cap(s.next) > 500 || cap(s.pids) > 500 {
		t.Errorf("%d entries to spare, room for %d, %d and %d pids", len(s.spare), cap(s.entries), cap(s.next), cap(s.pids))
	}
	for _, e := range s.next[:cap(s.next)] {
		if e != nil {
			t.Fatalf("the entry of pid %d is still held", e.pid)
		}
	}
	if got := list(t, s); len(got) != 10 || got[0].ID != was {
		t.Errorf("%d processes, the first one known: %v", len(got), got[0].ID == was)
	}
}

func TestSourceKernelThreadAndZombie(t *testing.T) {
	tree := proctest.New(t)
	exe := program(t, "z")
	tree.Process(2, proctest.P{Comm: "kworker/0:1-events", Flags: metrics.FlagKthread | flagWorker})
	z := proctest.P{Comm: "z", Image: 0x5000, Cmdline: "z\x00", Exe: exe, Cwd: "/tmp", Start: 5}
	tree.Process(7, z)
	s := source(t, Options{Root: tree.Root})
	before := list(t, s)
	k := before[0]
	if !k.Kthread() || k.ID.Comm != "kworker/0:1" || k.ID.Exe != "" || k.ID.Cmdline != "" || !k.Has(metrics.HasCmdline) || k.Deleted() {
		t.Errorf("kernel thread: %+v %+v", k, k.ID)
	}
	// A zombie has neither program nor memory; it stays what it was.
	z.State, z.Image, z.Cmdline, z.Exe, z.Cwd = 'Z', 0, "", "", ""
	tree.Process(7, z)
	tree.Process(2, proctest.P{Comm: "kworker/0:1+writeback", Flags: metrics.FlagKthread | flagWorker})
	s.Watch([]int32{7})
	after := list(t, s)
	if after[0].ID != before[0].ID {
		t.Errorf("a worker's business is no new name: %+v", after[0].ID)
	}
	if after[1].State != 'Z' || after[1].ID != before[1].ID || after[1].ExecID != before[1].ExecID {
		t.Errorf("zombie: %+v %+v", after[1], after[1].ID)
	}
	// One that was a zombie when it was seen first has a name and nothing else.
	tree.Process(9, z)
	for _, p := range list(t, s) {
		if p.Key.PID == 9 && (p.ID.Comm != "z" || p.ID.Exe != "" || p.ID.Cmdline != "" || p.Deleted()) {
			t.Errorf("first seen as a zombie: %+v %+v", p, p.ID)
		}
	}
}

func TestSourceHostileText(t *testing.T) {
	tree := proctest.New(t)
	exe := program(t, "ev\x1bil (deleted)")
	for _, comm := range []string{`a\nb`, "a\nb", `a\\b`} {
		tree.Process(7, proctest.P{Comm: comm})
		if got := one(t, source(t, Options{Root: tree.Root})).ID.Comm; got != comm {
			t.Errorf("comm %q, want %q", got, comm)
		}
	}
	huge := strings.Repeat("a", 2<<20)
	tree.Process(7, proctest.P{Comm: "a) R 1\n(\\\xff", Image: 1 << 40, Cmdline: "\x1b]0;x\x07\x00" + huge, Exe: exe, Cwd: "/a\nb"})
	p := one(t, source(t, Options{Root: tree.Root}))
	if p.ID.Comm != "a) R 1\n(\\\xff" || p.PPID != 1 {
		t.Errorf("comm %q, ppid %d", p.ID.Comm, p.PPID)
	}
	if !p.ID.CmdlineCut || len(p.ID.Cmdline) != metrics.MaxCmdline || !strings.HasPrefix(p.ID.Cmdline, "\x1b]0;x\x07\x00aaa") {
		t.Errorf("%d bytes of command line, cut %v", len(p.ID.Cmdline), p.ID.CmdlineCut)
	}
	if p.ID.Exe != exe || p.Deleted() || p.ID.Cwd != "/a\nb" {
		t.Errorf("a file that is really called so: %q, cwd %q", p.ID.Exe, p.ID.Cwd)
	}
}

func TestSourceCmdlineOfExactlyTheLimit(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(7, proctest.P{Cmdline: strings.Repeat("a", metrics.MaxCmdline-1) + "\x00"})
	if id := one(t, source(t, Options{Root: tree.Root})).ID; id.CmdlineCut || len(id.Cmdline) != metrics.MaxCmdline {
		t.Errorf("%d bytes, cut %v", len(id.Cmdline), id.CmdlineCut)
	}
}

func TestSourceEndsWithItsContext(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(7, proctest.P{})
	s := source(t, Options{Root: tree.Root})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if procs, err := s.Append(ctx, nil); err == nil || len(procs) != 0 {
		t.Errorf("got %v, %v", procs, err)
	}
	one(t, s) // and goes on
}
