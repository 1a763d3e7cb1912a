//go:build linux

package procfs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v3/process"
	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

func (k *kid) look(s *Source) metrics.Process {
	k.t.Helper()
	s.Watch([]int32{k.pid})
	for _, p := range list(k.t, s) {
		if p.Key.PID == k.pid {
			return p
		}
	}
	k.t.Fatalf("pid %d is not listed", k.pid)
	return metrics.Process{}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if d := got - want; d > tolerance || d < -tolerance {
		t.Errorf("%s: %.0f, want %.0f ± %.0f", what, got, want, tolerance)
	}
}

// What we say of a child that does something agrees with what another library says
// of it at the same time.
func TestLiveAgreesWithGopsutil(t *testing.T) {
	k := start(t, "one", "two words", "")
	k.do("burn 300ms")
	k.do("allocate")
	k.do("write " + filepath.Join(t.TempDir(), "f"))
	k.do("threads")
	s := source(t, Options{})
	p := k.look(s)
	// With thousands of new processes beside it, I/O is read in a later cycle.
	for end := time.Now().Add(30 * time.Second); !p.Has(metrics.HasIO) && time.Now().Before(end); {
		p = k.look(s)
	}

	g, err := process.NewProcess(k.pid)
	if err != nil {
		t.Fatal(err)
	}
	times, err := g.Times()
	if err != nil {
		t.Fatal(err)
	}
	// The child sleeps, so little changes between the two readings.
	near(t, "user ms", float64(p.UserNS)/1e6, times.User*1e3, 20)
	near(t, "system ms", float64(p.SystemNS)/1e6, times.System*1e3, 20)
	if p.CPUNS() < 450e6 {
		t.Errorf("%d ms of CPU: the child burned 500, 200 of them on threads that are gone", p.CPUNS()/1e6)
	}
	mem, err := g.MemoryInfo()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "rss MB", float64(p.RSSBytes)/1e6, float64(mem.RSS)/1e6, 4)
	near(t, "vms MB", float64(p.VirtualBytes)/1e6, float64(mem.VMS)/1e6, 80)
	if p.RSSBytes < 64<<20 {
		t.Errorf("%d bytes resident, of 64 MiB in use", p.RSSBytes)
	}
	io, err := g.IOCounters()
	if err != nil {
		t.Fatal(err)
	}
	if p.WriteBytes != io.WriteBytes || p.WriteBytes < 8<<20 || p.ReadBytes != io.ReadBytes || p.WriteCalls < 8 {
		t.Errorf("i/o %d %d %d %d, want %+v", p.ReadBytes, p.WriteBytes, p.ReadCalls, p.WriteCalls, io)
	}
	near(t, "read calls", float64(p.ReadCalls), float64(io.ReadCount), 20)
	near(t, "write calls", float64(p.WriteCalls), float64(io.WriteCount), 20)
	// The child's runtime may begin a thread, or end one, between the two readings.
	if n, err := g.NumThreads(); err != nil || p.Threads < n-1 || p.Threads > n+1 || p.Threads < 2 {
		t.Errorf("%d threads, want %d, %v", p.Threads, n, err)
	}
	ppid, _ := g.Ppid()
	exe, _ := g.Exe()
	cwd, _ := g.Cwd()
	user, _ := g.Username()
	comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", k.pid))
	for what, pair := range map[string][2]string{
		"ppid": {fmt.Sprint(p.PPID), fmt.Sprint(ppid)}, "exe": {p.ID.Exe, exe}, "cwd": {p.ID.Cwd, cwd}, "user": {p.ID.User, user},
		"comm": {p.ID.Comm, strings.TrimSuffix(string(comm), "\n")}, "cmdline": {p.ID.Cmdline, "child\x00one\x00two words\x00\x00"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	created, err := g.CreateTime()
	if err != nil {
		t.Fatal(err)
	}
	var up unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &up); err != nil {
		t.Fatal(err)
	}
	boot := time.Now().Add(-time.Duration(up.Nano()))
	// gopsutil counts in whole seconds, from the second of the boot.
	near(t, "start ms", float64(p.Key.StartedAt(boot).UnixMilli()), float64(created), 2100)
	var st unix.Stat_t
	if err := unix.Stat(p.ID.Exe, &st); err != nil {
		t.Fatal(err)
	}
	if p.ID.ExeInode != st.Ino || p.ID.ExeDev != st.Dev || p.ID.ExeMode != st.Mode || uint64(p.ExeNlink) != uint64(st.Nlink) {
		t.Errorf("program file %+v, want %+v", p.ID, st)
	}
}

func TestLiveCountersGrow(t *testing.T) {
	k := start(t)
	s := source(t, Options{})
	before := k.look(s)
	k.do("burn 200ms")
	k.do("write " + filepath.Join(t.TempDir(), "f"))
	after := k.look(s)
	if after.CPUNS() < before.CPUNS()+150e6 {
		t.Errorf("CPU %d ms, before %d", after.CPUNS()/1e6, before.CPUNS()/1e6)
	}
	if after.WriteBytes < before.WriteBytes+8<<20 {
		t.Errorf("written %d, before %d", after.WriteBytes, before.WriteBytes)
	}
	if after.ID != before.ID || after.ExecID != before.ExecID {
		t.Errorf("identity changed: %+v, before %+v", after.ID, before.ID)
	}
}

func TestLiveRename(t *testing.T) {
	k := start(t)
	s := source(t, Options{})
	before := k.look(s)
	k.do(`rename a)NL\n (R 1`)
	after := k.look(s)
	want := *before.ID
	want.Comm = "a)\n\\n (R 1"
	if *after.ID != want || after.ExecID != before.ExecID || after.PPID != int32(os.Getpid()) {
		t.Errorf("got %d %+v\nwant %d %+v", after.ExecID, *after.ID, before.ExecID, want)
	}
}

func TestLiveExec(t *testing.T) {
	k := start(t, "first")
	s := source(t, Options{})
	before := k.look(s)
	k.do("exec child second")
	after := k.look(s)
	if after.Key != before.Key || after.ExecID <= before.ExecID || after.ID.Cmdline != "child\x00second\x00" {
		t.Errorf("got %d %q, before %d %q", after.ExecID, after.ID.Cmdline, before.ExecID, before.ID.Cmdline)
	}
	env, size, err := s.FS().ReadEnviron(t.Context(), k.pid)
	if err != nil || size == 0 || !contains(env, "GENERATION=2") {
		t.Errorf("environment of %d entries, %v", len(env), err)
	}
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

func TestLiveDeletedProgram(t *testing.T) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "gone")
	if err := os.WriteFile(path, self, 0o755); err != nil {
		t.Fatal(err)
	}
	k := startFile(t, path)
	s := source(t, Options{})
	if p := k.look(s); p.Deleted() || p.ID.Exe != path || p.ID.Invoked != path {
		t.Errorf("got %+v %+v", p, p.ID)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if p := k.look(s); !p.Deleted() || p.ID.Exe != path {
		t.Errorf("got %+v %+v", p, p.ID)
	}
	if p := k.look(source(t, Options{})); !p.Deleted() || p.ID.Exe != path || p.ExeNlink != 0 {
		t.Errorf("seen first when it was gone: %+v %+v", p, p.ID)
	}
}

// The list holds what the kernel lists: nothing is left out and nothing twice.
func TestLiveListsEverything(t *testing.T) {
	k := start(t)
	s := source(t, Options{})
	for range 3 { // with stat files opened, kept, and read again
		procs := list(t, s)
		for i := 1; i < len(procs); i++ {
			if procs[i].Key.PID <= procs[i-1].Key.PID {
				t.Fatalf("pid %d after %d", procs[i].Key.PID, procs[i-1].Key.PID)
			}
		}
		seen := 0
		for _, p := range procs {
			if p.Key.PID == k.pid || p.Key.PID == int32(os.Getpid()) || p.Key.PID == 1 {
				seen++
			}
			if p.ID == nil || p.State == 0 || p.Key.Start == 0 && p.Key.PID > 100 {
				t.Errorf("got %+v", p)
			}
		}
		if seen != 3 {
			t.Errorf("%d of 3 processes are listed", seen)
		}
	}
}

// What is read of files kept open is what is read of files opened each time.
func TestLiveKeptDescriptorsTellTheSame(t *testing.T) {
	crowd := proctest.Crowd(t, 50)
	kept, fresh := source(t, Options{Descriptors: 40}), source(t, Options{Descriptors: -1})
	for range 3 {
		list(t, kept)
		list(t, fresh)
	}
	if got := kept.Caches()[1]; got.Entries != 40 || got.Limit != 40 || got.Hits != 40 || got.Misses == 0 {
		t.Errorf("kept: %+v", got)
	}
	if got := fresh.Caches()[1]; got.Entries != 0 || got.Hits != 0 {
		t.Errorf("kept none: %+v", got)
	}
	kept.Watch(crowd)
	fresh.Watch(crowd)
	a, b := metrics.Snapshot{Processes: list(t, kept)}, metrics.Snapshot{Processes: list(t, fresh)}
	for _, pid := range crowd {
		i, j := a.Find(pid), b.Find(pid)
		if i < 0 || j < 0 {
			t.Fatalf("pid %d is not listed", pid)
		}
		p, q := a.Processes[i], b.Processes[j]
		if *p.ID != *q.ID || *p.Security != *q.Security {
			t.Errorf("pid %d: %+v and %+v", pid, p.ID, q.ID)
		}
		p.ID, q.ID, p.Security, q.Security = nil, nil, nil, nil
		if p != q {
			t.Errorf("pid %d:\n%+v\n%+v", pid, p, q)
		}
	}
}
