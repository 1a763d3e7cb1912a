package threats

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	deepBatch   = 64               // processes offered to one task without screening; the budget ends it
	deepTimeout = 2 * time.Second  // for one process
	deepStuck   = 5 * time.Second  // a look that ignores its deadline this long is given up
	deepAgain   = 60 * time.Second // between two looks at a process in turns
	maxStuck    = 3                // looks that hang at a time
)

// deepQueue decides which process gets a deep look next: suspects, then those that
// screening left, then new ones, then all in turns. One task at a time works off
// the critical path for a bounded time, and the next analysis takes what it found.
type deepQueue struct {
	rs             []*runner
	parts          metrics.Parts
	screening      screening
	suspect, fresh []metrics.ProcKey
	likely         []deepWish   // what screening left
	first, share   int          // how many of fresh are of the first pass, and how many of them a task screens
	cursor         int32        // pid at which the turns go on
	budget         atomic.Int64 // ns, for one task
	passed         bool         // the first pass over all processes has ended

	in      Input // of the task
	index   index
	indexed uint64     // the task that index was built in
	detect  sync.Mutex // held while detectors run, so that a late task cannot run beside another

	mu      sync.Mutex
	task    uint64 // number of the task that counts; 0 when none is on
	tasks   uint64
	current metrics.ProcKey
	since   time.Time // when the look at current began
	done    []deepLook
	spent   time.Duration // by the dearest of the last tasks; it fades
	stuck   int
	hung    string                    // the look that hangs; "" when none does
	gaps    map[metrics.Parts]deepGap // by part
}

// deepWish is a process and what is to be read of it.
type deepWish struct {
	key   metrics.ProcKey
	parts metrics.Parts
}

// deepLook is what became of a process: it was looked at, or screened, and wish
// says which parts deserve a look.
type deepLook struct {
	key   metrics.ProcKey
	wish  metrics.Parts
	found []Finding
}

func (q *deepQueue) add(r *runner) {
	q.rs = append(q.rs, r)
	q.parts = deepParts(q.rs)
	q.screening.add(r.info)
}

// enqueue takes note of what this cycle brought.
func (q *deepQueue) enqueue(e *Engine) {
	if len(q.rs) == 0 || e.opt.Inspector == nil {
		return
	}
	procs := e.in.Snapshot.Processes
	first := map[program]bool{} // one process of each program goes before its likes
	var rest []metrics.ProcKey
	for _, i := range e.in.Look {
		p := &procs[i]
		if p.Kthread() {
			e.verdicts.list[i].deepAt = e.second // there is nothing to look at
			continue
		}
		k := program{p.ID.ExeDev, p.ID.ExeInode}
		if len(e.in.Look) > deepBatch && k.inode != 0 && first[k] {
			rest = append(rest, p.Key)
			continue
		}
		first[k] = true
		q.fresh = append(q.fresh, p.Key)
	}
	q.fresh = append(q.fresh, rest...)
	if e.cycle == 1 {
		q.first = len(q.fresh)
		q.share = (q.first + screenTasks - 1) / screenTasks
	}
	for _, k := range e.tracks.fresh {
		if v := e.verdicts.find(k); v != nil && v.deepAt == 0 && !v.suspect {
			v.suspect = true
			q.suspect = append(q.suspect, k)
		}
	}
	q.drop(e)
}

// drop takes out of the front of the queues what has been done.
func (q *deepQueue) drop(e *Engine) {
	waits := func(k metrics.ProcKey) bool {
		v := e.verdicts.find(k)
		return v != nil && v.waits()
	}
	q.suspect = dropFront(q.suspect, waits)
	q.likely = dropFront(q.likely, func(w deepWish) bool {
		v := e.verdicts.find(w.key)
		return v != nil && v.likely
	})
	n := len(q.fresh)
	q.fresh = dropFront(q.fresh, waits)
	q.first -= n - len(q.fresh)
	if e.cycle > 1 && q.first <= 0 && len(q.likely) == 0 {
		q.passed = true
	}
}

func dropFront[T any](list []T, keep func(T) bool) []T {
	n := 0
	for n < len(list) && !keep(list[n]) {
		n++
	}
	if n == len(list) {
		if cap(list) > deepBatch { // the first pass over all processes leaves a long list
			return nil
		}
		return list[:0]
	}
	return list[n:]
}

// collect takes over what the background found since the last analysis.
func (q *deepQueue) collect(e *Engine) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range q.done {
		v := e.verdicts.find(d.key)
		if v == nil {
			continue
		}
		v.likely = d.wish != 0
		if v.likely {
			q.likely = append(q.likely, deepWish{d.key, d.wish})
			continue
		}
		v.deepAt = e.second
		e.verdicts.setDeep(v, d.found)
	}
	clear(q.done)
	q.done = q.done[:0]
	q.spent -= q.spent / 8
	if q.task != 0 && time.Since(q.since) > deepStuck {
		q.task = 0
		q.stuck++
		if q.screening.busy {
			q.hung = "screening processes does not end"
			return
		}
		q.hung = fmt.Sprintf("reading pid %d does not end", q.current.PID)
		if v := e.verdicts.find(q.current); v != nil {
			v.deepAt, v.likely = e.second, false
		}
	}
}

// schedule starts a task unless one is on.
func (q *deepQueue) schedule(e *Engine, in *Input) {
	if len(q.rs) == 0 || e.opt.Inspector == nil {
		return
	}
	q.mu.Lock()
	busy := q.task != 0 || q.stuck >= maxStuck
	screen := q.screening.usable(e, len(q.suspect)+len(q.fresh))
	q.mu.Unlock()
	if busy {
		return
	}
	w := q.take(e, screen)
	if len(w.look)+len(w.screen) == 0 {
		return
	}
	q.mu.Lock()
	q.tasks++
	n := q.tasks
	q.task, q.since = n, time.Now()
	q.mu.Unlock()
	look := Input{Now: in.Now, Snapshot: in.Snapshot, Rates: in.Rates, Files: in.Files, Baseline: in.Baseline}
	if !e.lend(in, func() { q.work(e, n, w, look) }) {
		q.mu.Lock()
		q.task = 0
		q.mu.Unlock()
	}
}

// take chooses the processes for a task. They stay queued until they are done.
func (q *deepQueue) take(e *Engine, screen bool) (w deepWork) {
	look := func(k metrics.ProcKey) bool { return w.add(e, k, q.parts) }
	sift := func(k metrics.ProcKey) bool { return w.addScreen(e, k) }
	suspect, fresh := look, look
	if screen {
		if !q.passed {
			w.share = q.share
		}
		fresh = sift
		if len(q.suspect) > deepBatch { // they share one cause, and do not deserve a look each
			suspect = sift
		}
	}
	for _, k := range q.suspect {
		if v := e.verdicts.find(k); v != nil && v.waits() && !suspect(k) {
			break
		}
	}
	for _, l := range q.likely {
		if v := e.verdicts.find(l.key); v != nil && v.likely && !w.add(e, l.key, l.parts) {
			break
		}
	}
	for _, k := range q.fresh {
		if v := e.verdicts.find(k); v != nil && v.waits() && !v.suspect && !fresh(k) {
			break
		}
	}
	if e.opt.Eager { // which ends after one pass
		return w
	}
	most := deepBatch - len(w.look)
	if screen {
		most = screenTurn - len(w.screen)
	}
	for _, k := range q.turn(e, most) {
		fresh(k)
	}
	return w
}

// turn chooses those whose last look is the longest ago, going round by pid.
func (q *deepQueue) turn(e *Engine, most int) (keys []metrics.ProcKey) {
	again := uint32(min(deepAgain, e.opt.TTL) / time.Second)
	list, procs := e.verdicts.list, e.in.Snapshot.Processes
	at := e.in.Snapshot.Find(q.cursor)
	at = max(at, 0)
	for n := 0; n < len(list) && len(keys) < most; n++ {
		v := &list[at]
		if !procs[at].Kthread() && v.deepAt != 0 && !v.likely && e.second-v.deepAt >= again {
			keys = append(keys, v.key)
		}
		at = (at + 1) % len(list)
	}
	if len(list) > 0 {
		q.cursor = list[at].key.PID
	}
	return keys
}

// waiting is how many processes have not been checked.
func (q *deepQueue) waiting(e *Engine) int {
	if len(q.suspect)+len(q.likely)+len(q.fresh) == 0 {
		return 0
	}
	return e.verdicts.waiting()
}

// idle reports whether no task is on.
func (q *deepQueue) idle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.task == 0
}

func (q *deepQueue) bytes() int64 {
	return int64(16*(cap(q.fresh)+cap(q.suspect)) + 24*cap(q.likely))
}
