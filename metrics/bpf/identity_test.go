//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

// await lists until a process is as it should be.
func await(t *testing.T, s *Source, pid int32, what string, good func(*metrics.Process) bool) *metrics.Process {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		p := one(t, list(t, s), pid)
		if good(p) {
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("pid %d: not %s: %+v, %+v", pid, what, p, p.ID)
		}
	}
}

func TestExecMakesNewIdentity(t *testing.T) {
	c := startChild(t, "exec", nil)
	bothWays(t, procReaders(), func(t *testing.T, s *Source) {
		first := one(t, list(t, s), c.pid)
		if again := one(t, list(t, s), c.pid); again.ID != first.ID || again.Security != first.Security {
			t.Error("the identity is not kept")
		}
	})
	s := openSource(t, procReaders())
	first := one(t, list(t, s), c.pid)
	c.stdin.Close() // and it becomes sleep
	p := await(t, s, c.pid, "/bin/sleep", func(p *metrics.Process) bool { return p.ID.Comm == "sleep" && p.Has(metrics.HasCmdline) })
	if p.Key != first.Key || p.ExecID <= first.ExecID || p.ID == first.ID {
		t.Errorf("key %v then %v, exec id %d then %d", first.Key, p.Key, first.ExecID, p.ExecID)
	}
	if p.ID.Cmdline != "sleep\x00600\x00" || !strings.HasSuffix(p.ID.Exe, "/sleep") || !strings.HasSuffix(p.ID.Invoked, "/sleep") {
		t.Errorf("%+v", p.ID)
	}
	settle(t, c.pid)
	for range 8 {
		list(t, s) // resident memory is exact again after at most so many readings
	}
	sameAsProc(t, one(t, list(t, s), c.pid))
}

func TestRenameKeepsTheRest(t *testing.T) {
	c := startChild(t, "renamelater", nil)
	s := openSource(t, procReaders())
	first := one(t, list(t, s), c.pid)
	c.stdin.Close()
	p := await(t, s, c.pid, "renamed", func(p *metrics.Process) bool { return p.ID.Comm == "re named)" })
	if p.ExecID != first.ExecID || p.ID == first.ID || p.ID.Cmdline != first.ID.Cmdline || !p.Has(metrics.HasCmdline) {
		t.Errorf("before: %+v, after: %+v", first.ID, p.ID)
	}
}

func TestLongCommandLineIsCut(t *testing.T) {
	c := startChild(t, "idle", func(c *exec.Cmd) { c.Args = append(c.Args, strings.Repeat("x", 2*metrics.MaxCmdline)) })
	want := readFile(t, proc(c.pid, "cmdline"))[:metrics.MaxCmdline]
	for name, bulk := range map[string]bool{"one by one": false, "in bulk": true} {
		s := openSource(t, procReaders())
		if !bulk {
			s.cmds.bulk = nil
		}
		p := one(t, list(t, s), c.pid)
		if p.ID.Cmdline != want || !p.ID.CmdlineCut {
			t.Errorf("%s: %d bytes, cut %v", name, len(p.ID.Cmdline), p.ID.CmdlineCut)
		}
	}
}

// One look at /proc serves all processes that share a file, a directory, cgroups.
func TestSharedTextsAreReadOnce(t *testing.T) {
	pids := proctest.Crowd(t, 40)
	var exes, dirs, groups atomic.Int32
	opts := procReaders()
	exe, dir, group := opts.ReadExe, opts.ReadCwd, opts.ReadCgroup
	opts.ReadExe = func(pid int32) (string, uint64, uint64, error) { exes.Add(1); return exe(pid) }
	opts.ReadCwd = func(pid int32) (string, error) { dirs.Add(1); return dir(pid) }
	opts.ReadCgroup = func(pid int32) (string, error) { groups.Add(1); return group(pid) }
	s := openSource(t, opts)
	procs := list(t, s)
	for _, pid := range pids {
		p := one(t, procs, pid)
		if !strings.HasSuffix(p.ID.Exe, "/sleep") || p.ID.Cwd != "/" || p.ID.Cgroup.Path == "" {
			t.Fatalf("%+v", p.ID)
		}
	}
	if n := int32(len(procs)) - 40; exes.Load() > n || dirs.Load() > n || groups.Load() > n {
		t.Errorf("%d, %d and %d readings for %d processes, 40 of them alike", exes.Load(), dirs.Load(), groups.Load(), len(procs))
	}
	// Newcomers join those who still hold the objects.
	before := exes.Load()
	more := proctest.Crowd(t, 1)[0]
	await(t, s, more, "/bin/sleep", func(p *metrics.Process) bool { return strings.HasSuffix(p.ID.Exe, "/sleep") })
	if n := exes.Load() - before; n > 5 {
		t.Errorf("%d readings for one more process", n)
	}
}

// An address that was used again is another object.
func TestSharedTableForgets(t *testing.T) {
	var table sharedTable[uint64]
	first, fresh := table.find(0xf00, 1)
	if !fresh {
		t.Fatal("found before it was there")
	}
	if e, fresh := table.find(0xf00, 1); fresh || e != first {
		t.Error("not shared within a cycle")
	}
	first.hold(2)
	if e, fresh := table.find(0xf00, 2); fresh || e != first {
		t.Error("not shared while somebody holds it")
	}
	if e, fresh := table.find(0xf00, 3); !fresh || e == first {
		t.Error("shared though nobody held it any more")
	}
	table.find(0xba5, 4)
	table.sweep(4)
	if len(table.entries) != 1 {
		t.Errorf("%d entries after a sweep", len(table.entries))
	}
}

// A reading that blocks does not hold up the list, and is made up for.
func TestLateCommandLine(t *testing.T) {
	pid := proctest.Crowd(t, 1)[0]
	held := make(chan struct{})
	opts := procReaders()
	each := opts.ReadCmdline
	opts.IdentityWait = 10 * time.Millisecond
	opts.ReadCmdline = func(ctx context.Context, pid int32) (string, bool, error) {
		<-held
		return each(ctx, pid)
	}
	s := openSource(t, opts)
	s.cmds.bulk = nil
	p := one(t, list(t, s), pid)
	if p.Has(metrics.HasCmdline) || p.ID.Cmdline != "" || p.ID.Comm != "sleep" {
		t.Fatalf("%+v", p.ID)
	}
	if len(s.Gaps()) == 0 {
		t.Error("no gap tells of the command lines that are missing")
	}
	close(held)
	late := await(t, s, pid, "complete", func(p *metrics.Process) bool { return p.Has(metrics.HasCmdline) })
	if late.ID == p.ID || p.ID.Cmdline != "" {
		t.Error("a published identity was changed")
	}
	if late.ID.Cmdline != "sleep\x0086400\x00" {
		t.Errorf("%q", late.ID.Cmdline)
	}
}

// What a reading in bulk does not get on with is asked for one by one.
func TestBulkThatIsHeldUp(t *testing.T) {
	c := newCmdlines(func(context.Context, int32) (string, bool, error) { return "", false, errors.New("gone") }, nil)
	defer c.close()
	asks := []ask{{pid: 1}, {pid: 2}}
	c.jobs = []*job{{asks: asks, begun: time.Now().Add(-2 * heldUp), bulk: true}, {asks: asks, begun: time.Now(), bulk: true}}
	for round, want := range []int{2, 0} {
		n := 0
		c.heldUp(func(ask) { n++ })
		if n != want {
			t.Errorf("round %d: %d asks, want %d", round, n, want)
		}
	}
}

// At most maxJobs readings hang.
func TestJobsAreBounded(t *testing.T) {
	held := make(chan struct{})
	c := newCmdlines(func(context.Context, int32) (string, bool, error) { <-held; return "", false, nil }, nil)
	defer c.close()
	for range maxJobs {
		if _, ok := c.start([]ask{{pid: 1}}, 1); !ok {
			t.Fatal("refused too early")
		}
	}
	if _, ok := c.start([]ask{{pid: 1}}, 1); ok {
		t.Error("more readings than allowed")
	}
	close(held)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for len(c.jobs) > 0 && ctx.Err() == nil {
		c.collect(ctx, c.jobs[0], func(*answer) {})
	}
	if _, ok := c.start(nil, 1); !ok {
		t.Error("refused though none hangs any more")
	}
}

func TestBulkReadsWhatProcShows(t *testing.T) {
	pids := proctest.Crowd(t, 20)
	pids = append(pids, startChild(t, "title", nil).pid, startChild(t, "idle", nil).pid, int32(os.Getpid()), 2)
	s := openSource(t, procReaders())
	if s.cmds.bulk == nil {
		t.Skip("needs Linux 5.18 to read command lines in bulk")
	}
	list(t, s)
	var asks []ask
	for _, pid := range pids {
		i, ok := s.table.find(pid)
		if !ok {
			t.Fatalf("pid %d is not listed", pid)
		}
		asks = append(asks, s.table.now[i].ask())
	}
	asks = append(asks, ask{pid: pids[0] + 1<<20}, ask{pid: -1})
	got := map[int32]answer{}
	s.cmds.bulk.busy.Lock()
	defer s.cmds.bulk.busy.Unlock()
	failed := s.cmds.bulk.read(asks, func(answers []answer) {
		for _, a := range answers {
			got[a.pid] = a
		}
	})
	if len(failed) != 0 {
		t.Errorf("not read: %v", failed)
	}
	for _, pid := range pids {
		if a := got[pid]; !a.read || a.text != readFile(t, proc(pid, "cmdline")) {
			t.Errorf("pid %d: %q, read %v", pid, a.text, a.read)
		}
	}
	if a, ok := got[pids[0]+1<<20]; !ok || a.read {
		t.Error("a process that is not there was read")
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	const crowd = 400
	pids := proctest.Crowd(t, crowd)
	bothWays(t, Options{}, func(t *testing.T, s *Source) {
		for _, pid := range pids {
			await(t, s, pid, "asleep", func(p *metrics.Process) bool { return p.ID.Comm == "sleep" && p.State == 'S' })
		}
		dst := list(t, s)
		// Other processes come and go; the least of some readings is ours alone.
		least := 1e9
		for range 20 {
			least = min(least, testing.AllocsPerRun(1, func() {
				var err error
				if dst, err = s.Append(context.Background(), dst[:0]); err != nil {
					t.Fatal(err)
				}
			}))
		}
		if least > 20 {
			t.Errorf("%v allocations for %d processes", least, len(dst))
		}
	})
}

func TestCPUTimeNeverFalls(t *testing.T) {
	c := startChild(t, "churn", nil)
	bothWays(t, procReaders(), func(t *testing.T, s *Source) {
		last := *one(t, list(t, s), c.pid)
		for range 50 {
			p := *one(t, list(t, s), c.pid)
			if p.UserNS < last.UserNS || p.SystemNS < last.SystemNS {
				t.Fatalf("user %d then %d, system %d then %d", last.UserNS, p.UserNS, last.SystemNS, p.SystemNS)
			}
			last = p
			time.Sleep(2 * time.Millisecond)
		}
		if last.CPUNS() == 0 {
			t.Error("no CPU time")
		}
	})
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	bothWays(t, Options{}, func(t *testing.T, s *Source) {
		if procs, err := s.Append(ctx, make([]metrics.Process, 3)); !errors.Is(err, context.Canceled) || len(procs) != 3 {
			t.Errorf("%d processes, %v", len(procs), err)
		}
		one(t, list(t, s), int32(os.Getpid()))
	})
}

func TestCredentialsThatChange(t *testing.T) {
	c := startChild(t, "idle", nil)
	s := openSource(t, procReaders())
	p := one(t, list(t, s), c.pid)
	if other := one(t, list(t, s), int32(os.Getpid())); *other.Security == *p.Security && other.Security != p.Security {
		t.Error("equal credentials are not shared")
	}
	dropped := startChild(t, "idle", func(c *exec.Cmd) {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: 12345, Gid: 54321, NoSetGroups: true}
		c.Path, c.Dir = copyProgram(t), "/"
	})
	q := one(t, list(t, s), dropped.pid)
	if q.Security.CapEffective != 0 || q.UID != 12345 || q.ID.User != "12345" {
		t.Errorf("%+v, %+v", q.Security, q.ID)
	}
}

// A path that could not be had is asked for again, but not for ever.
func TestProgramPathIsAskedForAgain(t *testing.T) {
	// A program of its own: the path of one that others run too is had from them.
	pid := ownProgram(t)
	for name, failures := range map[string]int32{"once": 1, "always": 1 << 30} {
		opts := procReaders()
		exe := opts.ReadExe
		var asked atomic.Int32
		opts.ReadExe = func(p int32) (string, uint64, uint64, error) {
			if p == pid && asked.Add(1) <= failures {
				return "", 0, 0, os.ErrPermission
			}
			return exe(p)
		}
		s := openSource(t, opts)
		for range 8 {
			list(t, s)
		}
		p := one(t, list(t, s), pid)
		if got := p.ID.Exe != ""; got != (failures == 1) || p.ID.ExeInode == 0 || asked.Load() > 5 {
			t.Errorf("failing %s: exe %q, inode %d, asked %d times", name, p.ID.Exe, p.ID.ExeInode, asked.Load())
		}
	}
}

// ownProgram runs a copy of sleep that nobody else runs.
func ownProgram(t *testing.T) int32 {
	t.Helper()
	data, err := os.ReadFile("/bin/sleep")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sleep")
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return int32(cmd.Process.Pid)
}

// What hangs in the kernel when the source is closed is released when it comes back.
func TestBulkIsReleasedAfterAReadingThatHangs(t *testing.T) {
	s := load(t, procReaders())
	b := s.cmds.bulk
	if b == nil {
		t.Skip("this kernel has no program that reads command lines")
	}
	b.busy.Lock() // a reading
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if b.prog.FD() < 0 {
		t.Fatal("released under a reading")
	}
	b.busy.Unlock()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		b.busy.Lock()
		fd := b.prog.FD()
		b.busy.Unlock()
		if fd < 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the reading has come back, and the program is still there")
		}
	}
}
