package threats

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// Throttle divides the time for deep looks by n, for a program that must spend
// less; 1 gives all of it back.
func (e *Engine) Throttle(n int) {
	e.deep.budget.Store(int64(e.opt.DeepBudget) / int64(max(n, 1)))
}

// Throttles reports whether Throttle would hold anything back: whether deep looks, or
// screening, took longer of late than it would leave them.
func (e *Engine) Throttles(n int) bool {
	e.deep.mu.Lock()
	defer e.deep.mu.Unlock()
	return e.deep.spent > e.opt.DeepBudget/time.Duration(max(n, 1))
}

// Shrink gives up cached facts of files, which are read again when they are needed,
// and the room of lists that a crowd made long. Verdicts stay.
func (e *Engine) Shrink() {
	e.files.Forget()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.verdicts.list, e.verdicts.look = metrics.Fit(e.verdicts.list), metrics.Fit(e.verdicts.look)
	e.raw = metrics.Spare(e.raw, 0)
	e.index = index{}
	e.turns.shrink()
	e.deep.shrink()
}

// shrink gives up the index that the next task would use again.
func (t *hostTurns) shrink() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spare = nil
}

// shrink gives up the index, unless a task uses it.
func (q *deepQueue) shrink() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.task == 0 && q.stuck == 0 {
		q.index, q.indexed = index{}, 0
	}
}

// Settled reports whether no task is on in the background: with Eager, all that
// was due has been looked at, and the next analysis reports it.
func (e *Engine) Settled() bool { return e.turns.idle() && e.deep.idle() && e.enrich.idle() }
