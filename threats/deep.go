package threats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	deepBatch   = 64               // processes offered to one task; the budget ends it
	deepTimeout = 2 * time.Second  // for one process
	deepStuck   = 5 * time.Second  // a look that ignores its deadline this long is given up
	deepAgain   = 60 * time.Second // between two looks at a process in turns
	maxStuck    = 3                // looks that hang at a time
)

// deepQueue decides which process gets a deep look next: suspects, then new
// ones, then all in turns. One task at a time works off the critical path for a
// bounded time, and the next analysis takes what it found.
type deepQueue struct {
	rs             []*runner
	parts          metrics.Parts
	suspect, fresh []metrics.ProcKey
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
	stuck   int
	hung    string // the look that hangs; "" when none does
	gap     metrics.Gap
	gaps    int // processes of which a part was denied, since the start
}

type deepLook struct {
	key   metrics.ProcKey
	found []Finding
}

func (q *deepQueue) add(r *runner) {
	q.rs = append(q.rs, r)
	q.parts = deepParts(q.rs)
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
	for _, k := range e.tracks.fresh {
		if v := e.verdicts.find(k); v != nil && v.deepAt == 0 && !slices.Contains(q.suspect, k) {
			q.suspect = append(q.suspect, k)
		}
	}
}

// collect takes over what the background found since the last analysis.
func (q *deepQueue) collect(e *Engine) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range q.done {
		if v := e.verdicts.find(d.key); v != nil {
			v.deepAt = e.second
			e.verdicts.setDeep(v, d.found)
		}
	}
	clear(q.done)
	q.done = q.done[:0]
	if q.task != 0 && time.Since(q.since) > deepStuck {
		q.task = 0
		q.stuck++
		q.hung = fmt.Sprintf("reading pid %d does not end", q.current.PID)
		if v := e.verdicts.find(q.current); v != nil {
			v.deepAt = e.second
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
	q.mu.Unlock()
	if busy {
		return
	}
	keys := q.take(e)
	if len(keys) == 0 {
		return
	}
	q.mu.Lock()
	q.tasks++
	n := q.tasks
	q.task, q.since, q.current = n, time.Now(), keys[0]
	q.mu.Unlock()
	look := Input{Now: in.Now, Snapshot: in.Snapshot, Rates: in.Rates, Files: in.Files, Baseline: in.Baseline}
	if !e.lend(in, func() { q.work(e, n, keys, look) }) {
		q.mu.Lock()
		q.task = 0
		q.mu.Unlock()
	}
}

// take chooses the processes for a task. They stay queued until they have been
// looked at.
func (q *deepQueue) take(e *Engine) []metrics.ProcKey {
	waiting := func(k metrics.ProcKey) bool {
		v := e.verdicts.find(k)
		return v != nil && v.deepAt == 0
	}
	drop := func(list []metrics.ProcKey) []metrics.ProcKey {
		n := 0
		for n < len(list) && !waiting(list[n]) {
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
	q.suspect, q.fresh = drop(q.suspect), drop(q.fresh)
	if len(q.fresh) == 0 && e.cycle > 1 {
		q.passed = true
	}
	var keys []metrics.ProcKey
	for _, list := range [][]metrics.ProcKey{q.suspect, q.fresh} {
		for _, k := range list {
			if len(keys) == deepBatch && !e.opt.Eager {
				return keys
			}
			if waiting(k) && (e.opt.Eager || !slices.Contains(keys, k)) {
				keys = append(keys, k)
			}
		}
	}
	if len(keys) == 0 && !e.opt.Eager {
		keys = q.turn(e)
	}
	return keys
}

// turn chooses those whose last look is the longest ago, going round by pid.
func (q *deepQueue) turn(e *Engine) (keys []metrics.ProcKey) {
	again := uint32(min(deepAgain, e.opt.TTL) / time.Second)
	list, procs := e.verdicts.list, e.in.Snapshot.Processes
	at := e.in.Snapshot.Find(q.cursor)
	at = max(at, 0)
	for n := 0; n < len(list) && len(keys) < deepBatch; n++ {
		v := &list[at]
		if !procs[at].Kthread() && e.second-v.deepAt >= again {
			keys = append(keys, v.key)
		}
		at = (at + 1) % len(list)
	}
	if len(list) > 0 {
		q.cursor = list[at].key.PID
	}
	return keys
}

// work looks at processes until the budget is spent. It ends early when the task
// has been given up.
func (q *deepQueue) work(e *Engine, n uint64, keys []metrics.ProcKey, in Input) {
	defer q.end(n)
	end := time.Now().Add(time.Duration(q.budget.Load()))
	for _, k := range keys {
		if !q.begin(n, k) {
			return
		}
		ctx, cancel := context.WithTimeout(e.ctx, deepTimeout)
		d, err := e.opt.Inspector.Inspect(ctx, k, q.parts)
		cancel()
		if !q.look(n, k, d, err, in) || time.Now().After(end) || e.ctx.Err() != nil {
			return
		}
	}
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
func (q *deepQueue) look(n uint64, k metrics.ProcKey, d *metrics.Detail, err error, in Input) bool {
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
			found = r.run(&q.in, found)
		}
		q.in = Input{}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case err != nil && !errors.Is(err, metrics.ErrVanished):
		q.gap, q.gaps = metrics.Gap{What: "deep look", Why: err.Error()}, q.gaps+1
	case err == nil && len(d.Gaps) > 0:
		q.gap, q.gaps = d.Gaps[0], q.gaps+1
	}
	q.done = append(q.done, deepLook{k, found})
	return true
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

// idle reports whether no task is on.
func (q *deepQueue) idle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.task == 0
}

func (q *deepQueue) bytes() int64 {
	return int64(16 * (cap(q.fresh) + cap(q.suspect)))
}
