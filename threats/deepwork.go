package threats

import (
	"context"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// deepWork is what a task is given.
type deepWork struct {
	look   []deepWish
	screen []metrics.ProcKey
	share  int // how many of screen are its share of the first pass
}

// add has a process looked at; false when a task cannot do more.
func (w *deepWork) add(e *Engine, k metrics.ProcKey, parts metrics.Parts) bool {
	w.look = append(w.look, deepWish{k, parts})
	return len(w.look) < deepBatch || e.opt.Eager
}

// addScreen has a process screened; false when a task cannot do more.
func (w *deepWork) addScreen(e *Engine, k metrics.ProcKey) bool {
	w.screen = append(w.screen, k)
	return len(w.screen) < screenBatch || e.opt.Eager
}

// work looks at processes and screens others. Each has the budget to spend; but
// screening does its share of the first pass, even if that takes twice as much. What
// it takes to get ready, once, does not count. Work ends early when the task has
// been given up.
func (q *deepQueue) work(e *Engine, n uint64, w deepWork, in Input) {
	defer q.end(n)
	budget := time.Duration(q.budget.Load())
	var looked, screened time.Duration
	defer func() { q.spend(max(looked, screened)) }()
	look := func(list []deepWish) bool {
		for len(list) > 0 && looked < budget && e.ctx.Err() == nil {
			start := time.Now()
			if !q.inspect(e, n, list[0], in) {
				return false
			}
			list = list[1:]
			looked += time.Since(start)
		}
		return e.ctx.Err() == nil
	}
	if !look(w.look) || len(w.screen) == 0 {
		return
	}
	_, ok := q.screen(e, n, nil)
	for done := 0; ok && done < len(w.screen) && (screened < budget || done < w.share && screened < 2*budget); {
		start := time.Now()
		some := w.screen[done:min(done+screenOnce, len(w.screen))]
		done += len(some)
		likely, answered := q.screen(e, n, some)
		screened += time.Since(start)
		ok = answered && look(likely)
	}
}

// inspect looks at one process; false when the task has been given up.
func (q *deepQueue) inspect(e *Engine, n uint64, w deepWish, in Input) bool {
	if !q.begin(n, w.key) {
		return false
	}
	ctx, cancel := context.WithTimeout(e.ctx, deepTimeout)
	d, err := e.opt.Inspector.Inspect(ctx, w.key, w.parts)
	cancel()
	return q.look(n, w, d, err, in)
}

// begin notes which process is being read; false when the task has been given up.
func (q *deepQueue) begin(n uint64, k metrics.ProcKey) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.task != n {
		return false
	}
	q.current, q.since = k, time.Now()
	return true
}

// look runs the detectors over the detail of one process; false when the task
// has been given up meanwhile.
func (q *deepQueue) look(n uint64, w deepWish, d *metrics.Detail, err error, in Input) bool {
	k := w.key
	q.detect.Lock()
	defer q.detect.Unlock()
	if !q.begin(n, k) {
		return false
	}
	var found []Finding
	if i := in.Snapshot.Find(k.PID); err == nil && i >= 0 && in.Snapshot.Processes[i].Key == k {
		if q.indexed != n { // the memory of a snapshot may serve another
			q.index.reset(nil)
			q.indexed = n
		}
		in.index = &q.index
		q.index.reset(in.Snapshot)
		q.in = in
		q.in.Look, q.in.Detail = []int32{int32(i)}, d
		for _, r := range q.rs {
			if r.info.Parts&^w.parts == 0 {
				found = r.run(&q.in, found)
			}
		}
		q.in = Input{}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.note(w, d, err)
	q.done = append(q.done, deepLook{key: k, found: found})
	return true
}

// spend takes note of what a task took of each of its budgets, at most.
func (q *deepQueue) spend(d time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spent = max(q.spent, d)
}

func (q *deepQueue) end(n uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.task != n {
		q.stuck--
	} else {
		q.task = 0
		q.index.reset(nil)
	}
	if q.stuck == 0 {
		q.hung = ""
	}
}
