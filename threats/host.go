package threats

import (
	"slices"
	"sync"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	hostEvery  = 60 * time.Second       // between two turns of a detector that does not say
	hostBudget = 100 * time.Millisecond // for the turns of one task, after the first of each
	hostSlow   = 2 * time.Second        // a turn that takes longer does not hold up the others
	hostTasks  = 3

	// A detector that says how often it looks is put off while it sees nothing new,
	// but one that looks this seldom only, and to so many times that at most: logs,
	// and what a rootkit hides, keep their pace, and a new cron job is seen within
	// three minutes.
	hostSeldom = time.Minute
	hostPutOff = 3
)

// hostTurns has Host detectors take turns in the background. A detector that
// waits for a slow file system keeps its task; the others go on in another.
type hostTurns struct {
	mu    sync.Mutex
	tasks int
	busy  time.Time // when the last turn began
	spare *index    // of the last task that ended; nil while it is in use
}

// idle reports whether no task is on.
func (t *hostTurns) idle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tasks == 0
}

// schedule starts a task when a detector is due and nobody is at it.
func (t *hostTurns) schedule(e *Engine, in *Input) {
	if t.due(e, in.Now) == nil {
		return
	}
	t.mu.Lock()
	start := t.tasks == 0 || t.tasks < hostTasks && time.Since(t.busy) > hostSlow
	if start {
		t.tasks++
		t.busy = time.Now()
	}
	t.mu.Unlock()
	if !start {
		return
	}
	look := *in
	look.Look, look.Previous = nil, nil
	if !e.lend(in, func() { t.work(e, look) }) {
		t.mu.Lock()
		t.tasks--
		t.mu.Unlock()
	}
}

// due returns the detector whose turn is overdue the longest, or nil.
func (t *hostTurns) due(e *Engine, now time.Time) (next *runner) {
	var when time.Time
	for _, r := range e.host {
		r.mu.Lock()
		if r.started.IsZero() && !r.next.After(now) && !now.Before(r.paused) && (next == nil || r.next.Before(when)) {
			next, when = r, r.next
		}
		r.mu.Unlock()
	}
	return next
}

// work gives turns until the budget is spent; at least one. First turns come first
// and know no budget, so that a first pass over all ends soon.
func (t *hostTurns) work(e *Engine, in Input) {
	t.mu.Lock()
	if in.index, t.spare = t.spare, nil; in.index == nil {
		in.index = new(index)
	}
	t.mu.Unlock()
	in.index.reset(in.Snapshot)
	defer func() {
		in.index.reset(nil)
		t.mu.Lock()
		t.tasks--
		t.spare = in.index
		t.mu.Unlock()
	}()
	for end := time.Now().Add(hostBudget); e.ctx.Err() == nil; {
		r := t.claim(e, in.Now)
		if r == nil {
			return
		}
		first := !r.complete // nobody else writes it while the turn is on
		found, ok := r.try(&in, nil)
		r.mu.Lock()
		r.started = time.Time{}
		if ok {
			r.adapt(!r.complete || !sameFindings(r.found, found), e.opt.TTL)
			r.found, r.complete = found, true
		}
		r.next = in.Now.Add(r.every(e.opt.TTL))
		r.mu.Unlock()
		if !first && !e.opt.Eager && time.Now().After(end) {
			return
		}
	}
}

// claim takes the next detector that is due.
func (t *hostTurns) claim(e *Engine, now time.Time) *runner {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.due(e, now)
	if r != nil {
		r.mu.Lock()
		r.started = time.Now()
		r.mu.Unlock()
		t.busy = time.Now()
	}
	return r
}

// every is the time between two turns. It follows how often what the detector
// sees changes.
func (r *runner) every(ttl time.Duration) time.Duration {
	if r.rest == 0 {
		least, _ := r.rests(ttl)
		return least
	}
	return r.rest
}

// adapt lengthens the rest of a detector that saw nothing new, and begins anew
// with one that did.
func (r *runner) adapt(changed bool, ttl time.Duration) {
	least, most := r.rests(ttl)
	r.rest = metrics.Rest(r.rest, least, most, changed)
}

// rests are the bounds of the time between two turns.
func (r *runner) rests(ttl time.Duration) (least, most time.Duration) {
	switch least = r.info.Every; {
	case least == 0:
		least, most = hostEvery, ttl
	case least < hostSeldom:
		most = least
	default:
		most = hostPutOff * least
	}
	return min(least, ttl), min(most, ttl)
}

// sameFindings compares what two turns found, by subject and evidence.
func sameFindings(a, b []Finding) bool {
	return slices.EqualFunc(a, b, func(x, y Finding) bool {
		return x.Subject == y.Subject && x.Severity == y.Severity && slices.Equal(x.Evidence, y.Evidence)
	})
}
