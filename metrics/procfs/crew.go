//go:build linux

package procfs

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// crew runs the jobs of a block on workers of the pool, each worker taking the
// next job when it is done with one. A worker that the kernel holds up is left to
// itself with its job, and another takes its place: one process that cannot be
// read costs its own result and some patience, nothing else.
type crew struct {
	fs       *FS
	cgroups  int // directory of the unified hierarchy, or -1
	pool     metrics.Pool
	width    int
	patience time.Duration // how long a job may take before its worker is given up
	born     time.Time

	block    *block
	finished chan *reader
	idle     []*reader
	working  []*reader
	left     bool // a reader was given up since the block began
	timer    *time.Timer
}

// blockSize bounds the jobs that are run at once, and so the memory of results.
const blockSize = 512

type block struct {
	jobs [blockSize]job
	n    int
	next atomic.Int32 // the job that nobody took yet
}

// reader is one worker's place.
type reader struct {
	crew  *crew
	block *block
	task  func()
	began atomic.Int64 // when it took its job, ns since the crew began
	state atomic.Int32
}

const (
	readerWorking = iota
	readerDone    // found no more jobs, and said so
	readerLeft    // was given up: must touch nothing but its job
)

func newCrew(f *FS, cgroups int, pool metrics.Pool, width int, patience time.Duration, born time.Time) *crew {
	c := &crew{fs: f, cgroups: cgroups, pool: pool, width: width, patience: patience, born: born,
		block: new(block), finished: make(chan *reader, width), timer: time.NewTimer(time.Hour)}
	c.timer.Stop()
	return c
}

// add makes room for one more job, or returns nil when the block is full.
func (c *crew) add() *job {
	b := c.block
	if b.n == blockSize {
		return nil
	}
	j := &b.jobs[b.n]
	b.n++
	*j = job{}
	return j
}

// run runs the jobs added, until all are done or given up or the time is up, and
// returns how many were begun. Those are at stepDone or else held.
func (c *crew) run(ctx context.Context, until time.Time) int {
	b := c.block
	b.next.Store(0)
	// A worker for less than some jobs costs more than it does.
	for want := min(c.width, (b.n+15)/16); len(c.working) < want && c.hire(); {
	}
	begun, done, patience := -1, ctx.Done(), c.patience
	stop := func() {
		if begun < 0 {
			begun = int(b.next.Swap(blockSize))
		}
	}
	for len(c.working) > 0 {
		wait := patience / 4
		if begun < 0 {
			wait = min(wait, time.Until(until))
		}
		c.timer.Reset(max(wait, time.Millisecond))
		select {
		case r := <-c.finished:
			c.dismiss(r)
			c.idle = append(c.idle, r)
		case <-done:
			stop()
			done, patience = nil, min(patience, 2*time.Millisecond)
		case <-c.timer.C:
			if !time.Now().Before(until) {
				stop()
			}
			c.relieve(patience)
		}
	}
	c.timer.Stop()
	stop()
	return min(begun, b.n)
}

// hire puts one more reader to work.
func (c *crew) hire() bool {
	var r *reader
	if n := len(c.idle); n > 0 {
		r = c.idle[n-1]
		c.idle = c.idle[:n-1]
	} else {
		r = &reader{crew: c}
		r.task = r.work
	}
	r.block = c.block
	r.began.Store(int64(time.Since(c.born)))
	r.state.Store(readerWorking)
	if !c.pool.Submit(r.task) {
		c.idle = append(c.idle, r)
		return false
	}
	c.working = append(c.working, r)
	return true
}

func (c *crew) dismiss(r *reader) {
	for i, w := range c.working {
		if w == r {
			last := len(c.working) - 1
			c.working[i] = c.working[last]
			c.working[last] = nil
			c.working = c.working[:last]
			return
		}
	}
}

// relieve gives up the readers that have been at one job for longer than patience,
// or that the pool has not begun with, and hires others while jobs are left.
func (c *crew) relieve(patience time.Duration) {
	now := int64(time.Since(c.born))
	for i := len(c.working) - 1; i >= 0; i-- {
		r := c.working[i]
		if now-r.began.Load() < int64(patience) || !r.state.CompareAndSwap(readerWorking, readerLeft) {
			continue
		}
		c.dismiss(r)
		c.left = true
		if int(c.block.next.Load()) < c.block.n {
			c.hire()
		}
	}
}

// renew makes room for the next jobs. A reader that was given up keeps the block.
func (c *crew) renew() {
	if c.left {
		c.block, c.left = new(block), false
	}
	c.block.n = 0
}

func (r *reader) work() {
	b, c := r.block, r.crew
	if r.state.Load() != readerWorking {
		return
	}
	s := c.fs.take()
	s.groupID = 0 // a group of the same path may be another one by now
	for r.state.Load() == readerWorking {
		i := int(b.next.Add(1)) - 1
		if i >= b.n {
			break
		}
		r.began.Store(int64(time.Since(c.born)))
		b.jobs[i].run(c.fs, c.cgroups, s)
	}
	c.fs.give(s)
	if r.state.CompareAndSwap(readerWorking, readerDone) {
		c.finished <- r
	}
}

// goroutines is the pool of a source that was given none.
type goroutines struct{ busy atomic.Int32 }

func (g *goroutines) Submit(task func()) bool {
	if g.busy.Add(1) > maxHeld {
		g.busy.Add(-1)
		return false
	}
	go func() {
		defer g.busy.Add(-1)
		task()
	}()
	return true
}
