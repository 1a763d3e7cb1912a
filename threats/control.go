package threats

// Throttle divides the time for deep looks by n, for a program that must spend
// less; 1 gives all of it back.
func (e *Engine) Throttle(n int) {
	e.deep.budget.Store(int64(e.opt.DeepBudget) / int64(max(n, 1)))
}

// Shrink gives up cached facts of files; they are read again when they are
// needed.
func (e *Engine) Shrink() { e.files.Forget() }

// Settled reports whether no task is on in the background: with Eager, all that
// was due has been looked at, and the next analysis reports it.
func (e *Engine) Settled() bool { return e.turns.idle() && e.deep.idle() && e.enrich.idle() }
