package threats

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// Options say what an Engine runs and with what. The zero value of each field
// but Detectors is usable.
type Options struct {
	Detectors []Detector
	Inspector metrics.Inspector // for Deep detectors and hashes; nil: they are unavailable
	Screener  metrics.Screener  // spares most processes a deep look; nil: each one gets it
	Root      string            // of the host's files; "" is "/"

	Batch  metrics.Batcher // runs detectors beside each other when there is much to judge; a batch size of 1 suits. nil: one after another
	Submit metrics.Pool    // for Deep and Host detectors; nil: they run at the end of the analysis

	Allow        []Allow
	Baseline     *Baseline
	BaselineFile string   // where Baseline came from, for the report
	Errors       []string // what went wrong before the start, for the report

	Eager      bool          // for a single report: what runs in the background goes on until all is looked at
	DeepBudget time.Duration // for deep looks in a cycle, and again for screening; 0 is 5 ms
	TTL        time.Duration // a verdict on files and deep looks is at most this old; 0 is 5 minutes
	Memory     uint64        // that the program may take, bytes, which bounds what is kept; 0 is 512 MB

	Clock      func() time.Time             // nil: the time of the snapshot
	Privileged func(metrics.Privilege) bool // nil: whether this process holds it
}

// Engine runs detectors over snapshots. Analyse is called by one goroutine at a
// time; the other methods may be called at any time.
type Engine struct {
	opt    Options
	files  *Files
	ctx    context.Context // ends with Close; background work hangs on it
	cancel context.CancelFunc

	mu     sync.Mutex // held by Analyse and whatever looks at its state
	cycle  uint32
	began  time.Time // the time of the first analysis
	second uint32    // time since then, from 1
	in     Input
	index  index
	raw    []Finding

	all, identity, state, host []*runner
	verdicts                   verdicts
	deep                       deepQueue
	turns                      hostTurns
	tracks                     tracks
	enrich                     enricher
	allow                      allowList
	drift                      drift
	spent                      atomic.Int64 // Report.Background, ns
}

const (
	defaultDeepBudget = 5 * time.Millisecond
	defaultTTL        = 5 * time.Minute
	parallelFrom      = 1024 // processes to judge, from which detectors run beside each other
)

// New makes an engine. Close ends its background work.
func New(o Options) *Engine {
	if o.DeepBudget <= 0 {
		o.DeepBudget = defaultDeepBudget
	}
	if o.TTL <= 0 {
		o.TTL = defaultTTL
	}
	if o.Memory == 0 {
		o.Memory = metrics.DefaultMemory
	}
	if o.Privileged == nil {
		o.Privileged = metrics.Privilege.Held
	}
	e := &Engine{opt: o, files: NewFiles(o.Root)}
	e.files.ttl = o.TTL
	e.files.bound(o.Memory)
	e.deep.budget.Store(int64(o.DeepBudget))
	e.ctx, e.cancel = context.WithCancel(context.Background())
	if o.Submit != nil {
		e.files.later = o.Submit.Submit
	}
	for _, d := range o.Detectors {
		r := newRunner(d)
		e.all = append(e.all, r)
		switch r.info.Cost {
		case Identity:
			e.identity = append(e.identity, r)
		case State:
			e.state = append(e.state, r)
		case Deep:
			e.deep.add(r)
		case Host:
			e.host = append(e.host, r)
		}
	}
	e.tracks.init()
	e.enrich.init(o.Memory)
	e.allow.set(o.Allow)
	e.drift.set(o.Baseline, o.BaselineFile)
	return e
}

// Close ends background work as soon as it notices; it does not wait.
func (e *Engine) Close() error {
	e.cancel()
	return e.files.close()
}

// Analyse judges a snapshot and returns the report on it. prev and rates are nil
// in the first cycle. What runs in the background is found in the report of a
// later analysis.
func (e *Engine) Analyse(ctx context.Context, cur, prev *metrics.Snapshot, rates *metrics.Rates) *Report {
	start := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	now := cur.At
	if e.opt.Clock != nil {
		now = e.opt.Clock()
	}
	if e.cycle++; e.cycle == 1 {
		e.began = now
	}
	e.second = uint32(max(now.Sub(e.began), 0)/time.Second) + 1
	e.deep.collect(e)
	e.index.reset(cur)
	e.in = Input{Now: now, Snapshot: cur, Previous: prev, Rates: rates, Files: e.files, Baseline: e.drift.baseline(), index: &e.index}
	e.in.Look = e.verdicts.merge(cur.Processes)

	e.renew()
	e.judge(ctx)
	raw := e.verdicts.findings(e.raw[:0])
	raw = e.judgeEnded(raw)
	for _, r := range e.state {
		raw = r.run(&e.in, raw)
	}
	for _, r := range e.host {
		raw = append(raw, r.results()...)
	}
	e.tracks.update(&e.in, e.cycle, raw)
	clear(raw)
	e.raw = raw[:0]

	e.deep.enqueue(e)
	rep := e.report(now)
	e.background(&e.in)
	e.in = Input{}
	e.index.reset(nil) // the next cycle must not keep this one's memory
	rep.Took = time.Since(start)
	return rep
}

// renew has detectors with new rules start over.
func (e *Engine) renew() {
	for _, r := range e.identity {
		n, ok := r.d.(Renewer)
		if !ok {
			continue
		}
		if v := n.Version(); v != r.version {
			if r.version != 0 {
				e.verdicts.forget(r.info.ID)
				r.missed = true
			}
			r.version = v
		}
	}
}

// judge has the Identity detectors look at what is new.
func (e *Engine) judge(ctx context.Context) {
	if e.opt.Batch == nil || len(e.in.Look) < parallelFrom {
		for _, r := range e.identity {
			e.verdicts.add(r.judge(&e.in))
		}
		return
	}
	e.index.family() // built before several read it
	e.index.owners()
	e.index.exes()
	found := make([][]Finding, len(e.identity))
	// The verdicts must be complete even when the cycle is cut short.
	err := e.opt.Batch.Each(context.WithoutCancel(ctx), len(e.identity), func(_ context.Context, lo, hi int) error {
		for i := lo; i < hi; i++ {
			in := e.in
			found[i] = e.identity[i].judge(&in)
		}
		return nil
	})
	if err != nil { // cannot happen unless the pool is closed: then nothing is due any more
		return
	}
	for _, f := range found {
		e.verdicts.add(f)
	}
}

// background hands out the work that is off the critical path.
func (e *Engine) background(in *Input) {
	e.deep.schedule(e, in)
	e.turns.schedule(e, in)
	e.enrich.schedule(e)
	e.drift.schedule(e, in)
}

// submit runs a task in the background, or at once without a pool; false means
// that no worker is free.
func (e *Engine) submit(task func()) bool {
	if e.ctx.Err() != nil {
		return false
	}
	if e.opt.Submit == nil {
		task()
		return true
	}
	return e.opt.Submit.Submit(func() { e.spent.Add(int64(metrics.Spent(task))) })
}

// lend submits a task that looks at the snapshot of the input, which is held until
// it ends. The one before is not: it would be kept from being used again.
func (e *Engine) lend(in *Input, task func()) bool {
	cur := in.Snapshot
	cur.Hold()
	ok := e.submit(func() {
		defer cur.Release()
		task()
	})
	if !ok {
		cur.Release()
	}
	return ok
}

// SetAllow replaces the allow entries.
func (e *Engine) SetAllow(list []Allow) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.allow.set(list)
}

// SetBaseline replaces the baseline that reports compare with; nil is none.
func (e *Engine) SetBaseline(b *Baseline, file string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.drift.set(b, file)
}

// Files gives access to the host's files below the root.
func (e *Engine) Files() *Files { return e.files }

// Caches describes what the engine keeps.
func (e *Engine) Caches() []metrics.CacheStat {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := append(e.files.Caches(),
		e.verdicts.stat(),
		metrics.CacheStat{Name: "findings", Entries: len(e.tracks.all), Bytes: e.tracks.bytes(), Limit: maxFindings, Store: true},
		e.enrich.stat())
	if r, ok := e.opt.Inspector.(metrics.CacheReporter); ok {
		all = append(all, r.Caches()...)
	}
	return all
}

// Bytes estimates the memory that the engine, its caches and its detectors hold, but
// for those detectors that are at work in the background at any time.
func (e *Engine) Bytes() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := e.verdicts.bytes() + e.index.bytes() + e.deep.bytes() + e.tracks.bytes() + e.enrich.stat().Bytes
	for _, c := range e.files.Caches() {
		n += c.Bytes
	}
	for _, r := range e.all {
		if k, ok := r.d.(Keeper); ok && r.info.Cost <= State {
			n += k.Bytes()
		}
	}
	return n
}
