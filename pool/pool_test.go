package pool

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func newPool(t testing.TB, o Options) *Pool {
	p := New(o)
	t.Cleanup(p.Close)
	return p
}

func TestEachCoversEveryItemOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 4} {
		p := newPool(t, Options{Workers: workers, Batch: 1, Blocking: 1})
		for _, n := range []int{0, 1, 2, 99, 100, 101, 1000} {
			for _, batch := range []int{1, 7, 100, 5000} {
				seen := make([]atomic.Int32, n)
				err := p.Each(t.Context(), n, batch, func(_ context.Context, lo, hi int) error {
					if hi-lo > batch || lo >= hi {
						t.Errorf("batch [%d, %d) of at most %d", lo, hi, batch)
					}
					for i := lo; i < hi; i++ {
						seen[i].Add(1)
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				for i := range seen {
					if seen[i].Load() != 1 {
						t.Fatalf("workers %d, n %d, batch %d: item %d seen %d times", workers, n, batch, i, seen[i].Load())
					}
				}
			}
		}
	}
}

func TestEachReturnsTheFirstErrorAndStops(t *testing.T) {
	p := newPool(t, Options{Workers: 1, Blocking: 1})
	want := errors.New("no")
	calls := 0
	err := p.Each(t.Context(), 100, 10, func(context.Context, int, int) error { calls++; return want })
	if !errors.Is(err, want) || calls != 1 {
		t.Fatalf("error %v after %d calls", err, calls)
	}
	if f := p.Stats().Failed; f != 1 {
		t.Errorf("failed = %d", f)
	}
}

func TestEachTurnsAPanicIntoAnError(t *testing.T) {
	p := newPool(t, Options{Workers: 3, Blocking: 1})
	err := p.Each(t.Context(), 30, 10, func(_ context.Context, lo, _ int) error {
		if lo == 10 {
			panic("at ten")
		}
		return nil
	})
	var pe *PanicError
	if !errors.As(err, &pe) || pe.Lo != 10 || pe.Hi != 20 {
		t.Fatalf("error %v", err)
	}
	if !strings.Contains(pe.Error(), "at ten") || !strings.Contains(string(pe.Stack), "TestEachTurnsAPanicIntoAnError") {
		t.Errorf("the error lacks the value or the stack: %v", pe)
	}
	if err := p.Each(t.Context(), 30, 10, func(context.Context, int, int) error { return nil }); err != nil {
		t.Errorf("the pool does not work after a panic: %v", err)
	}
}

func TestEachStopsWhenTheContextEnds(t *testing.T) {
	p := newPool(t, Options{Workers: 1, Blocking: 1})
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := p.Each(ctx, 100, 10, func(context.Context, int, int) error { calls++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Fatalf("error %v after %d calls", err, calls)
	}
}

func TestEachWithinEachDoesNotLockUp(t *testing.T) {
	p := newPool(t, Options{Workers: 2, Blocking: 1})
	var n atomic.Int32
	err := p.Each(t.Context(), 8, 1, func(ctx context.Context, _, _ int) error {
		return p.Each(ctx, 8, 1, func(context.Context, int, int) error { n.Add(1); return nil })
	})
	if err != nil || n.Load() != 64 {
		t.Fatalf("%d inner items, error %v", n.Load(), err)
	}
}

func TestABlockedTaskHoldsUpNoBatch(t *testing.T) {
	p := newPool(t, Options{Workers: 2, Blocking: 1})
	release := make(chan struct{})
	var started sync.WaitGroup
	started.Add(1)
	if !p.Submit(func() { started.Done(); <-release }) {
		t.Fatal("a free worker refused the task")
	}
	started.Wait()
	if p.Submit(func() {}) {
		t.Error("a second task was taken though the only worker is held up")
	}
	if err := p.Each(t.Context(), 100, 1, func(context.Context, int, int) error { return nil }); err != nil {
		t.Error(err)
	}
	close(release)
	for end := time.Now().Add(10 * time.Second); !p.Submit(func() {}); {
		if time.Now().After(end) {
			t.Fatal("the worker did not come back")
		}
		time.Sleep(time.Millisecond)
	}
}

// TestAFreeWorkerNeverRefuses submits again in the moment in which workers have
// ended their tasks and are not yet waiting for others.
func TestAFreeWorkerNeverRefuses(t *testing.T) {
	p := newPool(t, Options{Workers: 2, Blocking: 4})
	for i := range 20000 {
		for end := time.Now().Add(10 * time.Second); p.held.Load() > 0; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("round %d: a task does not end", i)
			}
		}
		for n := range 4 {
			if !p.Submit(func() {}) {
				t.Fatalf("round %d: task %d of 4 is refused", i, n+1)
			}
		}
	}
}

// Batches and readings are counted alike: what was submitted waits, runs or is over.
func TestTasksAddUp(t *testing.T) {
	p := newPool(t, Options{Workers: 1, Blocking: 1})
	check := func(running, waiting int, submitted, completed, failed uint64) {
		t.Helper()
		s := p.Stats()
		if s.Running != running || s.Waiting != waiting || s.Submitted != submitted || s.Completed != completed || s.Failed != failed {
			t.Errorf("%+v, want %d running, %d waiting, %d submitted, %d completed, %d failed", s, running, waiting, submitted, completed, failed)
		}
	}
	check(0, 0, 0, 0, 0)
	err := p.Each(t.Context(), 40, 10, func(_ context.Context, lo, _ int) error {
		if lo == 10 {
			check(1, 2, 4, 1, 0)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	check(0, 0, 4, 4, 0)
	begun, release := make(chan struct{}), make(chan struct{})
	if !p.Submit(func() { close(begun); <-release }) {
		t.Fatal("refused")
	}
	<-begun
	check(1, 0, 5, 4, 0)
	if p.Submit(func() {}) {
		t.Fatal("taken, though the only worker is held up")
	}
	check(1, 0, 5, 4, 0)
	close(release)
	for end := time.Now().Add(10 * time.Second); p.Stats().Completed < 5 && time.Now().Before(end); {
		runtime.Gosched()
	}
	check(0, 0, 5, 5, 0)
	_ = p.Each(t.Context(), 3, 1, func(context.Context, int, int) error { return errors.New("no") })
	check(0, 0, 8, 8, 1) // two were left out after the first
}

// A lane may begin below the least size of others, and finds its way there and back.
func TestALaneBeginsWithItsOwnSize(t *testing.T) {
	p := newPool(t, Options{Workers: 2, Batch: 100, Adaptive: true, Blocking: 1})
	if got := p.LaneFrom("uneven", 1).Stats().Batch; got != 1 {
		t.Errorf("batch %d", got)
	}
	if got := p.Lane("even").Stats().Batch; got != 100 {
		t.Errorf("batch %d", got)
	}
	c := newClimber(1, true)
	for _, best := range []int{16, 1} {
		for range 3000 {
			d := float64(max(c.size, best)) / float64(min(c.size, best))
			c.observe(512, 100*d)
		}
		if c.base != best {
			t.Errorf("size %d where %d is best: %s", c.base, best, c.why)
		}
	}
}

func TestLaneCountsItsBatches(t *testing.T) {
	p := newPool(t, Options{Workers: 2, Batch: 10, Blocking: 1})
	l := p.Lane("work")
	if p.Lane("work") != l {
		t.Error("a second lane of the same name")
	}
	if err := l.Each(t.Context(), 95, func(context.Context, int, int) error { return nil }); err != nil {
		t.Fatal(err)
	}
	s := p.Stats().Lanes[0]
	if s.Name != "work" || s.Batches != 10 || s.Batch != 10 || s.PerItemNanos <= 0 {
		t.Errorf("stats %+v", s)
	}
}
