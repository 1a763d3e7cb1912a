package metrics

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// goPool runs each task on a goroutine of its own.
type goPool struct{ full bool }

func (p *goPool) Submit(task func()) bool {
	if p.full {
		return false
	}
	go task()
	return true
}

// scripted is a process source whose calls do what they are told, in turn.
type scripted struct {
	calls []func(dst []Process) ([]Process, error)
	n     atomic.Int32
}

func (s *scripted) Name() string { return "scripted" }

func (s *scripted) Append(_ context.Context, dst []Process) ([]Process, error) {
	f := s.calls[min(int(s.n.Add(1))-1, len(s.calls)-1)]
	return f(dst)
}

func gives(pids ...int32) func([]Process) ([]Process, error) {
	return func(dst []Process) ([]Process, error) {
		for _, p := range pids {
			dst = append(dst, proc(p, 1, 0))
		}
		return dst, nil
	}
}

func pids(s *Snapshot) (out []int32) {
	for i := range s.Processes {
		out = append(out, s.Processes[i].Key.PID)
	}
	return out
}

func collect(t *testing.T, c *Collector, prev *Snapshot) *Snapshot {
	t.Helper()
	s, err := c.Collect(t.Context(), prev)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newTestCollector(src ProcessSource, o CollectorOptions) *Collector {
	o.Processes, o.Now = src, time.Now
	if o.Pool == nil {
		o.Pool = &goPool{}
	}
	if o.Deadline == 0 {
		o.Deadline = 30 * time.Second
	}
	return NewCollector(o)
}

func TestALateSourceRepeatsItsLastReadingWithItsAge(t *testing.T) {
	release := make(chan struct{})
	src := &scripted{calls: []func([]Process) ([]Process, error){
		gives(1, 2),
		func(dst []Process) ([]Process, error) { <-release; return gives(1, 2, 3)(dst) },
		gives(4),
	}}
	c := newTestCollector(src, CollectorOptions{Deadline: 50 * time.Millisecond})
	a := collect(t, c, nil)
	b := collect(t, c, a)
	if len(b.Processes) != 2 || !b.ProcessesAt.Equal(a.ProcessesAt) || !b.Sources[0].Late {
		t.Fatalf("the late cycle has pids %v of %v, source %+v", pids(b), b.ProcessesAt, b.Sources[0])
	}
	if &b.Processes[0] == &a.Processes[0] {
		t.Error("two snapshots share memory that is recycled apart")
	}
	close(release)
	var d *Snapshot
	for prev, end := b, time.Now().Add(20*time.Second); ; prev = d {
		if d = collect(t, c, prev); !d.Sources[0].Late {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the late answer never came")
		}
	}
	if len(d.Processes) != 3 || src.n.Load() != 2 {
		t.Errorf("after the release: pids %v, %d calls", pids(d), src.n.Load())
	}
}

func TestAFailingSourceIsNamedAndRepeats(t *testing.T) {
	src := &scripted{calls: []func([]Process) ([]Process, error){
		gives(1),
		func([]Process) ([]Process, error) { return nil, errors.New("reading /proc: no such file") },
		func([]Process) ([]Process, error) { panic("out of order") },
		gives(7),
	}}
	c := newTestCollector(src, CollectorOptions{})
	s := collect(t, c, nil)
	for _, want := range []string{"no such file", "out of order"} {
		s = collect(t, c, s)
		if len(s.Processes) != 1 || s.Processes[0].Key.PID != 1 || !strings.Contains(s.Sources[0].Err, want) {
			t.Errorf("pids %v, error %q, want %q in it", pids(s), s.Sources[0].Err, want)
		}
	}
	if s = collect(t, c, s); len(s.Processes) != 1 || s.Processes[0].Key.PID != 7 || s.Sources[0].Err != "" {
		t.Errorf("after it mended: pids %v, error %q", pids(s), s.Sources[0].Err)
	}
}

type hostReader struct {
	every time.Duration
	read  func() (func(*System), error)
	n     atomic.Int32
}

func (h *hostReader) Name() string         { return "host" }
func (h *hostReader) Every() time.Duration { return h.every }
func (h *hostReader) Read(context.Context) (func(*System), error) {
	h.n.Add(1)
	return h.read()
}

func TestAStuckReadingHoldsUpOnlyTheFirstCycle(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	stuck := &hostReader{every: time.Nanosecond, read: func() (func(*System), error) { <-block; return nil, errors.New("late") }}
	c := newTestCollector(&scripted{calls: []func([]Process) ([]Process, error){gives(1)}},
		CollectorOptions{Host: []HostReader{stuck}, Deadline: 200 * time.Millisecond})
	s := collect(t, c, nil)
	start := time.Now()
	for range 20 {
		s = collect(t, c, s)
	}
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("twenty cycles took %v beside a stuck reading", d)
	}
	if stuck.n.Load() != 1 {
		t.Errorf("%d calls of a reading that never answered", stuck.n.Load())
	}
	if !s.Sources[len(s.Sources)-1].Late {
		t.Error("the stuck reading is not marked late")
	}
}

func TestAReadingKeepsItsValueBetweenItsTurns(t *testing.T) {
	h := &hostReader{every: time.Hour, read: func() (func(*System), error) {
		return func(s *System) { s.Load.One = 4 }, nil
	}}
	c := newTestCollector(&scripted{calls: []func([]Process) ([]Process, error){gives(1)}}, CollectorOptions{Host: []HostReader{h}})
	s := collect(t, c, nil)
	s = collect(t, c, s)
	if s.System.Load.One != 4 || h.n.Load() != 1 {
		t.Errorf("load %g after %d readings", s.System.Load.One, h.n.Load())
	}
}

func TestNoFreeWorkerIsSaid(t *testing.T) {
	c := newTestCollector(&scripted{calls: []func([]Process) ([]Process, error){gives(1)}}, CollectorOptions{Pool: &goPool{full: true}})
	s := collect(t, c, nil)
	if len(s.Processes) != 0 || !strings.Contains(s.Sources[0].Err, "no worker is free") {
		t.Errorf("%+v", s.Sources[0])
	}
}

// closing is a source that notes when it is closed.
type closing struct {
	scripted
	closed atomic.Bool
}

func (c *closing) Close() error { c.closed.Store(true); return nil }

func TestHeldSourceIsClosedWhenItComesBack(t *testing.T) {
	release := make(chan struct{})
	src := &closing{scripted: scripted{calls: []func([]Process) ([]Process, error){
		func(dst []Process) ([]Process, error) { <-release; return dst, nil }}}}
	c := newTestCollector(src, CollectorOptions{Deadline: 10 * time.Millisecond})
	collect(t, c, nil)
	if err := c.Close(); err != nil || src.closed.Load() {
		t.Errorf("closed %v beside a call that is under way, error %v", src.closed.Load(), err)
	}
	close(release)
	for end := time.Now().Add(10 * time.Second); !src.closed.Load(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the call has come back, and its source is still open")
		}
	}
	free := &closing{scripted: scripted{calls: []func([]Process) ([]Process, error){gives(1)}}}
	c = newTestCollector(free, CollectorOptions{})
	collect(t, c, nil)
	if err := c.Close(); err != nil || !free.closed.Load() {
		t.Errorf("closed %v, error %v", free.closed.Load(), err)
	}
}

func TestRecycledMemoryIsUsedAgain(t *testing.T) {
	c := newTestCollector(&scripted{calls: []func([]Process) ([]Process, error){gives(1, 2, 3)}}, CollectorOptions{})
	a := collect(t, c, nil)
	was := &a.Processes[0]
	c.Recycle(a)
	if b := collect(t, c, nil); &b.Processes[0] != was || len(b.Processes) != 3 {
		t.Error("the recycled list was not used again")
	}
}

func TestMemoryOfACrowdIsGivenUp(t *testing.T) {
	c := newTestCollector(&scripted{calls: []func([]Process) ([]Process, error){gives(1, 2, 3)}}, CollectorOptions{})
	few := collect(t, c, nil)
	crowd := &Snapshot{Processes: make([]Process, 0, 10000)}
	c.Recycle(crowd)
	s, err := c.Collect(t.Context(), few)
	if err != nil || len(s.Processes) != 3 || cap(s.Processes) >= 10000 {
		t.Errorf("room for %d processes where there are %d, error %v", cap(s.Processes), len(s.Processes), err)
	}
	if r := NoRates(&Rates{Processes: make([]ProcessRate, 10000)}, s); len(r.Processes) != 3 || cap(r.Processes) >= 10000 {
		t.Errorf("room for %d rates where there are %d", cap(r.Processes), len(r.Processes))
	}
}

// What the start needed, when there were more sockets for a moment, is given up after a
// while; what comes and goes is not.
func TestRoomThatIsNeverNeededIsGivenUp(t *testing.T) {
	const room = 1000
	c := newTestCollector(&scripted{calls: []func([]Process) ([]Process, error){gives(1, 2, 3)}}, CollectorOptions{})
	few := collect(t, c, nil)
	use := func(s, prev *Snapshot) *Snapshot {
		t.Helper()
		c.Recycle(s)
		next, err := c.Collect(t.Context(), prev)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	s := &Snapshot{Processes: make([]Process, 0, room)}
	for range roomyUses - 1 {
		if s = use(s, few); cap(s.Processes) != room {
			t.Fatalf("room for %d, given up at once", cap(s.Processes))
		}
	}
	s = use(s, &Snapshot{Processes: make([]Process, room-minRoom)}) // it was needed this time
	for range roomyUses - 1 {
		if s = use(s, few); cap(s.Processes) != room {
			t.Fatalf("room for %d, given up though it was needed a while ago", cap(s.Processes))
		}
	}
	if s = use(s, few); cap(s.Processes) == room || len(s.Processes) != 3 {
		t.Errorf("room for %d where there are %d", cap(s.Processes), len(s.Processes))
	}
}

func TestCountByState(t *testing.T) {
	var list []Process
	for i, st := range "RSDTtZIX" {
		p := proc(int32(i+1), 1, 0)
		p.State, p.Threads = byte(st), 2
		list = append(list, p)
	}
	list[6].Flags = FlagKthread
	want := Counts{Processes: 8, Threads: 16, Running: 1, Sleeping: 3, Blocked: 1, Stopped: 2, Zombie: 1, Kernel: 1}
	if got := count(list); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
