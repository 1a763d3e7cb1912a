//go:build linux

package procfs

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

// Three of many processes cannot be read: their memory is locked by someone who
// sleeps. The cycle goes on without what only they can tell.
func TestSourceLeavesBehindWhatTheKernelHoldsUp(t *testing.T) {
	tree := proctest.New(t)
	const n = 200
	for pid := int32(1); pid <= n; pid++ {
		tree.Process(pid, proctest.P{Comm: "x", Cmdline: fmt.Sprintf("x\x00%d\x00", pid), Image: 0x5000, UID: 7_000_000, Cwd: "/srv",
			Cgroup: "0::/a.service\n"})
	}
	stuck := map[int32]func(){}
	for _, pid := range []int32{5, 100, 200} {
		stuck[pid] = fifo(t, filepath.Join(tree.Root, fmt.Sprint(pid), "cmdline"))
	}
	s := source(t, Options{Root: tree.Root, Workers: 2, Patience: 20 * time.Millisecond})
	check := func(procs []metrics.Process) {
		t.Helper()
		if len(procs) != n {
			t.Fatalf("%d processes", len(procs))
		}
		for _, p := range procs {
			id := p.ID
			if id.Comm != "x" || id.User != "7000000" || id.Cgroup.Unit != "a.service" || id.Cwd != "/srv" {
				t.Fatalf("pid %d: %+v", p.Key.PID, id)
			}
			want := fmt.Sprintf("x\x00%d\x00", p.Key.PID)
			if stuck[p.Key.PID] != nil {
				want = ""
			}
			if id.Cmdline != want || p.Has(metrics.HasCmdline) != (want != "") {
				t.Fatalf("pid %d: command line %q, want %q", p.Key.PID, id.Cmdline, want)
			}
		}
	}
	check(complete(t, s, n-len(stuck)))
	for range 3 {
		begun := time.Now()
		check(list(t, s))
		if len(s.held) != 3 {
			t.Fatalf("%d readings are held, want 3: they are not to be asked again", len(s.held))
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("a cycle took %v", took)
		}
	}
	gaps := s.Gaps()
	if len(gaps) != 3 || !strings.Contains(gaps[0].What, "pid 5") || gaps[0].Needs == "" || !strings.Contains(s.Note(), "3 readings held up") {
		t.Errorf("gaps %+v, note %q", gaps, s.Note())
	}
	// One ends without an answer, one comes back empty when its writer goes.
	tree.Remove(100)
	for _, end := range stuck {
		end()
	}
	procs := complete(t, s, n-1)
	// The answer on a process that is gone may come last.
	for end := time.Now().Add(30 * time.Second); len(s.Gaps()) > 0 && time.Now().Before(end); {
		procs = list(t, s)
	}
	if len(s.Gaps()) != 0 || len(procs) != n-1 {
		t.Errorf("%d processes, gaps %+v", len(procs), s.Gaps())
	}
}

// complete lists until want processes have a command line.
func complete(t *testing.T, s *Source, want int) []metrics.Process {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		procs := list(t, s)
		got := 0
		for i := range procs {
			if procs[i].Has(metrics.HasCmdline) {
				got++
			}
		}
		if got == want {
			return procs
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d processes have a command line, want %d", got, want)
		}
	}
}

// full is a pool with no free worker.
type full struct{}

func (full) Submit(func()) bool { return false }

func TestSourceWithoutAFreeWorker(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(7, proctest.P{Comm: "x", Cmdline: "x\x00"})
	s := source(t, Options{Root: tree.Root, Pool: full{}})
	p := one(t, s)
	if p.ID.Comm != "x" || p.ID.User == "" || p.Has(metrics.HasCmdline) || len(s.Gaps()) != 1 {
		t.Errorf("got %+v %+v, gaps %+v", p, p.ID, s.Gaps())
	}
}

// late is a pool that begins with a task only when it is let.
type late struct{ tasks []func() }

func (l *late) Submit(task func()) bool { l.tasks = append(l.tasks, task); return true }

func TestSourceWithALateWorker(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(7, proctest.P{Comm: "x", Cmdline: "x\x00"})
	pool := &late{}
	s := source(t, Options{Root: tree.Root, Pool: pool, Patience: time.Millisecond, Budget: 10 * time.Millisecond})
	if p := one(t, s); p.Has(metrics.HasCmdline) {
		t.Errorf("got %+v", p)
	}
	for _, task := range pool.tasks {
		task() // must touch nothing: it was given up
	}
	if p := one(t, s); p.ID.Comm != "x" {
		t.Errorf("got %+v", p.ID)
	}
}

func TestSourceDeadlineOfTheCycle(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(7, proctest.P{Comm: "x"})
	fifo(t, filepath.Join(tree.Root, "7/cmdline"))
	s := source(t, Options{Root: tree.Root, Patience: time.Hour})
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	procs, err := s.Append(ctx, nil)
	if err != nil || len(procs) != 1 || procs[0].ID.Comm != "x" {
		t.Errorf("got %+v, %v", procs, err)
	}
}

// When the time is up no job is begun any more, and those that are under way are
// given their patience.
func TestCrewStopsWhenTheTimeIsUp(t *testing.T) {
	tree := proctest.New(t)
	const n = 40
	for pid := int32(1); pid <= n; pid++ {
		tree.Process(pid, proctest.P{})
	}
	end := fifo(t, filepath.Join(tree.Root, "1/cmdline"))
	c := newCrew(open(t, tree.Root), -1, new(goroutines), 1, time.Minute, time.Now())
	for pid := int32(1); pid <= n; pid++ {
		j := c.add()
		j.pid, j.want = pid, partIdentity
	}
	b := c.block
	go func() { // what it waits for comes when no other job is given out any more
		for b.next.Load() < blockSize {
			time.Sleep(time.Millisecond)
		}
		end()
	}()
	begun := c.run(context.Background(), time.Now().Add(10*time.Millisecond))
	if begun != 1 || b.jobs[0].step.Load() != stepDone || b.jobs[1].step.Load() != 0 {
		t.Errorf("%d jobs were begun; steps %d, %d", begun, b.jobs[0].step.Load(), b.jobs[1].step.Load())
	}
	c.renew()
	if c.block != b {
		t.Error("nobody was given up, and yet the block is not used again")
	}
}
