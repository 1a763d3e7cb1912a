package pool

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alitto/pond"
)

// Options sets up a Pool.
type Options struct {
	Workers  int  // goroutines that work on batches, the caller of Each included; at least 1
	Batch    int  // batch size to begin with; at least 1
	Adaptive bool // let each lane look for its own batch size
	Blocking int  // tasks that may be held up by the kernel at the same time; at least 1
}

// Pool holds the workers. Tasks that the kernel may hold up have workers apart
// from those of batches, so that a dead mount cannot stop a cycle.
type Pool struct {
	opt      Options
	batches  *pond.WorkerPool
	blocking *pond.WorkerPool
	held     atomic.Int64 // tasks of blocking that have not ended
	tasks    tasks

	mu    sync.Mutex
	lanes []*Lane
}

// tasks counts both kinds: batches, and what Submit takes. One that is submitted waits,
// then runs, then is over.
type tasks struct{ submitted, begun, over, failed atomic.Uint64 }

// New starts a pool. Close ends it.
func New(o Options) *Pool {
	o.Workers, o.Batch, o.Blocking = max(o.Workers, 1), max(o.Batch, 1), max(o.Blocking, 1)
	p := &Pool{opt: o}
	swallow := pond.PanicHandler(func(any) { p.tasks.failed.Add(1) })
	p.batches = pond.New(max(o.Workers-1, 1), o.Workers*4, pond.IdleTimeout(time.Minute), swallow)
	p.blocking = pond.New(o.Blocking, o.Blocking, pond.IdleTimeout(10*time.Second), swallow)
	return p
}

// Close stops the workers. It waits for those that can be waited for, but no
// longer than a moment: a task stuck in the kernel ends with the program.
func (p *Pool) Close() {
	p.batches.StopAndWaitFor(200 * time.Millisecond)
	p.blocking.StopAndWaitFor(200 * time.Millisecond)
}

// Submit runs a task that the kernel may hold up, and does not wait for it.
// False means that all workers for such tasks are taken.
func (p *Pool) Submit(task func()) bool {
	// Counted here: pond refuses a task in the moment in which an idle worker is
	// not yet waiting for one.
	if p.held.Add(1) > int64(p.opt.Blocking) {
		p.held.Add(-1)
		return false
	}
	ok := p.blocking.TrySubmit(func() {
		p.tasks.begun.Add(1)
		defer func() {
			p.tasks.over.Add(1)
			p.held.Add(-1)
		}()
		task()
	})
	if !ok {
		p.held.Add(-1)
		return false
	}
	p.tasks.submitted.Add(1)
	return true
}

// Each runs fn over the contiguous ranges of at most batch items that make up
// [0, n), in parallel, and waits for all of them. The caller's goroutine works
// too, so that Each may be called from a task of the pool. The first error ends
// it: batches not begun are left out. A panic in fn comes back as an error with
// its stack. fn must not block without end: use Submit for what may.
func (p *Pool) Each(ctx context.Context, n, batch int, fn func(ctx context.Context, lo, hi int) error) error {
	return p.each(ctx, n, batch, fn, nil)
}

func (p *Pool) each(ctx context.Context, n, batch int, fn func(context.Context, int, int) error, took func(time.Duration)) error {
	if n <= 0 {
		return ctx.Err()
	}
	r := &run{pool: p, ctx: ctx, n: n, batch: max(batch, 1), fn: fn, took: took}
	r.total = int64((n + r.batch - 1) / r.batch)
	r.pending.Store(r.total)
	r.done = make(chan struct{})
	p.tasks.submitted.Add(uint64(r.total))
	for range min(r.total-1, int64(p.opt.Workers-1)) {
		if !p.batches.TrySubmit(r.work) {
			break
		}
	}
	r.work()
	<-r.done
	if err := r.err.Load(); err != nil {
		return *err
	}
	return ctx.Err()
}

// run is one call of Each. Workers claim batches by counting up next; a worker
// that comes late finds none left.
type run struct {
	pool          *Pool
	ctx           context.Context
	n, batch      int
	total         int64
	fn            func(context.Context, int, int) error
	took          func(time.Duration)
	next, pending atomic.Int64
	err           atomic.Pointer[error]
	done          chan struct{}
}

func (r *run) work() {
	for {
		i := r.next.Add(1) - 1
		if i >= r.total {
			return
		}
		count := &r.pool.tasks
		count.begun.Add(1)
		if r.err.Load() == nil && r.ctx.Err() == nil {
			lo := int(i) * r.batch
			start := time.Now()
			if err := r.call(lo, min(lo+r.batch, r.n)); err != nil {
				count.failed.Add(1)
				r.err.CompareAndSwap(nil, &err)
			}
			if r.took != nil {
				r.took(time.Since(start))
			}
		}
		count.over.Add(1)
		if r.pending.Add(-1) == 0 {
			close(r.done)
		}
	}
}

func (r *run) call(lo, hi int) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack(), Lo: lo, Hi: hi}
		}
	}()
	return r.fn(r.ctx, lo, hi)
}

// PanicError is a panic in a batch, kept as data.
type PanicError struct {
	Value  any
	Stack  []byte
	Lo, Hi int // the batch
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("panic in batch [%d, %d): %v\n%s", e.Lo, e.Hi, e.Value, e.Stack)
}

// Stats is the state of the pool. A task is a batch, or what Submit was given; what is
// submitted and not completed waits or runs.
type Stats struct {
	Workers   int // for batches, callers of Each included
	Blocking  int // for what the kernel may hold up
	Running   int
	Waiting   int
	Submitted uint64
	Completed uint64 // done, failed, or left out after an error
	Failed    uint64 // of these, with an error or a panic
	Lanes     []LaneStats
}

// Stats reads the state of the pool.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	lanes := p.lanes
	p.mu.Unlock()
	// In this order, so that none counts as over that was not seen to begin.
	failed, over, begun, submitted := p.tasks.failed.Load(), p.tasks.over.Load(), p.tasks.begun.Load(), p.tasks.submitted.Load()
	s := Stats{
		Workers: p.opt.Workers, Blocking: p.opt.Blocking,
		Running: int(begun - over), Waiting: int(submitted - min(begun, submitted)),
		Submitted: max(submitted, begun), Completed: over, Failed: failed,
	}
	for _, l := range lanes {
		s.Lanes = append(s.Lanes, l.Stats())
	}
	return s
}
