package monitor

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// Collector is what the monitor needs to get snapshots; metrics.Collector is one.
type Collector interface {
	Collect(ctx context.Context, prev *metrics.Snapshot) (*metrics.Snapshot, error)
	Recycle(*metrics.Snapshot)
	// SlowExtras has sockets, and readings of the host with a cadence of their own,
	// come at least so far apart; 0 gives them that cadence back.
	SlowExtras(time.Duration)
	// Slows reports whether SlowExtras would make any of them come less often, with
	// cycles that far apart.
	Slows(extras, cycles time.Duration) bool
	Caches() []metrics.CacheStat
	// Shrink gives up memory that is not in use, and what can be had again.
	Shrink()
}

// Analyser is what the monitor needs to find threats; threats.Engine is one.
type Analyser interface {
	Analyse(ctx context.Context, cur, prev *metrics.Snapshot, rates *metrics.Rates) *threats.Report
	Caches() []metrics.CacheStat
	// Throttle divides the time for deep checks by n; 1 is all of it.
	Throttle(n int)
	// Throttles reports whether they take longer of late than that would leave them.
	Throttles(n int) bool
	// Shrink gives up memory that is not in use, and what can be had again.
	Shrink()
}

// Clock is the time, injected once.
type Clock interface {
	Now() time.Time
	After(time.Duration) <-chan time.Time
}

// Options sets up a Monitor.
type Options struct {
	Collector Collector
	Analyser  Analyser
	Interval  time.Duration
	Goals     Goals
	Clock     Clock // nil is the machine's
	Meter     *Meter
	Pool      func() PoolStat
	Rules     func(dst []threats.RuleCost) []threats.RuleCost // appends what rules have cost; nil: none
	Caches    []metrics.CacheReporter                         // of nobody's but in use; safe for concurrent use
	Losses    []metrics.LossReporter
	Traffic   []metrics.TrafficReporter
	History   int    // cycles kept; at least minHistory
	Source    string // the process source in use, and why
	SourceWhy string
	// SinceStart makes rates over the life of each process instead of the time
	// between two cycles.
	SinceStart bool
	// Ungoverned leaves the governor out: for measuring what everything costs.
	Ungoverned bool
}

// Monitor runs cycles and publishes a Frame after each.
type Monitor struct {
	opt     Options
	acc     *accountant
	history *History
	govern  *governor
	ledger  *ledger
	stretch atomic.Int32 // the governor's factor on the interval
	prev    *Frame
	seq     uint64
	took    time.Duration       // by the last cycle
	rates   chan *metrics.Rates // those of recycled snapshots

	interval atomic.Int64
	wake     chan struct{}

	mu   sync.Mutex
	subs []*Subscription
	lost atomic.Uint64
}

type machineClock struct{}

func (machineClock) Now() time.Time                         { return time.Now() }
func (machineClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// New makes a monitor. Close ends what it holds.
func New(o Options) *Monitor {
	if o.Clock == nil {
		o.Clock = machineClock{}
	}
	if o.Meter == nil {
		o.Meter = &Meter{}
	}
	m := &Monitor{opt: o, history: NewHistory(max(o.History, minHistory)), wake: make(chan struct{}, 1), rates: make(chan *metrics.Rates, 1)}
	m.acc = newAccountant(o.Goals, o.Meter, o.Clock.Now)
	m.ledger = newLedger(m.acc.start, m.acc.last.CPU)
	m.acc.traffic = m.traffic
	m.interval.Store(int64(o.Interval))
	m.stretch.Store(1)
	m.govern = newGovernor(m.meansInOrder())
	return m
}

// Close releases the files that the monitor reads about itself. The collector is
// its owner's to close.
func (m *Monitor) Close() { m.acc.reader.close() }

// SetInterval changes the time between cycles, and begins the next one at once.
// It is safe for concurrent use.
func (m *Monitor) SetInterval(d time.Duration) {
	m.interval.Store(int64(d))
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Interval is the time between cycles in force: what was asked for, times what
// the governor makes of it.
func (m *Monitor) Interval() time.Duration {
	return time.Duration(m.interval.Load()) * time.Duration(m.stretch.Load())
}

// Run makes cycles until ctx ends, and publishes their frames. A cycle never
// overlaps the next: one that takes longer than the interval delays it.
func (m *Monitor) Run(ctx context.Context) error {
	for {
		began := m.opt.Clock.Now()
		f, err := m.Cycle(ctx)
		if err != nil {
			return err
		}
		m.publish(f)
		rest := m.Interval() - m.opt.Clock.Now().Sub(began)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-m.wake:
		case <-m.opt.Clock.After(max(rest, minRest)):
		}
	}
}

// minRest is the least time between two cycles: a machine so busy that a cycle
// takes longer than the interval must not get a program that never rests.
const minRest = 20 * time.Millisecond

// Cycle makes one frame: collect, derive, detect. An error means that ctx ended.
// The caller holds the frame; it is not published.
func (m *Monitor) Cycle(ctx context.Context) (*Frame, error) {
	clock := m.opt.Clock
	var prev *metrics.Snapshot
	var before *metrics.Rates
	if m.prev != nil {
		prev, before = m.prev.Snapshot, m.prev.Rates
	}
	var left PoolStat // at its end the cycle has just handed out work for later
	if m.opt.Pool != nil {
		left = m.opt.Pool()
	}
	t0, cpu0 := clock.Now(), metrics.ProcessCPU()
	snap, err := m.opt.Collector.Collect(ctx, prev)
	if err != nil {
		return nil, err
	}
	rates := m.spareRates()
	snap.Lease(func() {
		m.opt.Collector.Recycle(snap)
		select {
		case m.rates <- rates:
		default:
		}
	})
	switch {
	case m.opt.SinceStart:
		metrics.SinceStart(rates, snap)
	case prev != nil:
		metrics.Derive(rates, prev, snap, before)
	default:
		metrics.NoRates(rates, snap)
	}
	t1, cpu1 := clock.Now(), metrics.ProcessCPU()
	report := m.opt.Analyser.Analyse(ctx, snap, prev, rates)
	t2, cpu2 := clock.Now(), metrics.ProcessCPU()
	m.took = t2.Sub(t0)

	losses := m.losses()
	m.acc.cycle(t1.Sub(t0), t2.Sub(t1), sum(losses))
	self := m.acc.self()
	self.Lost = losses
	self.Source, self.SourceWhy = m.opt.Source, m.opt.SourceWhy
	self.Sources = snap.Sources
	self.Caches = append(m.opt.Collector.Caches(), m.opt.Analyser.Caches()...)
	for _, c := range m.opt.Caches {
		self.Caches = append(self.Caches, c.Caches()...)
	}
	if m.opt.Pool != nil {
		self.Pool = m.opt.Pool()
		self.Pool.Running, self.Pool.Waiting = left.Running, left.Waiting
	}
	self.History = m.history
	if !m.opt.Ungoverned {
		m.govern.observe(clock.Now(), m.acc.load(self))
	}
	self.Governor = m.govern.state()
	m.ledger.cycle(clock.Now(), cycleCost{own: m.acc.usage.CPU, collect: cpu1 - cpu0, detect: cpu2 - cpu1, drawing: m.opt.Meter.RenderTime()},
		snap.Sources, report, m.opt.Rules)
	self.Diagnosis = diagnose(&evidence{Self: self, report: report, at: t0,
		memory: m.opt.Goals.MemoryBytes, held: m.govern.active, ledger: m.ledger})
	m.seq++
	f := &Frame{Seq: m.seq, At: snap.At, Interval: m.Interval(), Asked: time.Duration(m.interval.Load()), Snapshot: snap, Rates: rates, Threats: report, Self: self}
	snap.Hold() // until the next cycle is done; the first hold is the caller's
	m.record(f)
	if m.prev != nil {
		m.prev.Release()
	}
	m.prev = f
	return f, nil
}

// spareRates takes the rates of a recycled snapshot, or makes new ones. One spare
// is enough, as of snapshots: more would only be kept.
func (m *Monitor) spareRates() *metrics.Rates {
	select {
	case r := <-m.rates:
		return r
	default:
		return &metrics.Rates{}
	}
}

// record adds the frame's values to the history.
func (m *Monitor) record(f *Frame) {
	var v [SeriesCount]float32
	s, r := &f.Snapshot.System, f.Rates
	v[SeriesCPU] = r.CPU.Busy
	if s.Memory.Total > 0 {
		v[SeriesMemory] = float32(100 * float64(s.Memory.Used) / float64(s.Memory.Total))
	}
	if s.Memory.SwapTotal > 0 {
		v[SeriesSwap] = float32(100 * float64(s.Memory.SwapUsed) / float64(s.Memory.SwapTotal))
	}
	v[SeriesLoad] = float32(s.Load.One)
	for i := range r.DiskIO {
		v[SeriesDiskRead] += float32(r.DiskIO[i].ReadBps)
		v[SeriesDiskWrite] += float32(r.DiskIO[i].WriteBps)
	}
	for i := range r.Networks {
		if !s.Networks[i].Loopback {
			v[SeriesNetRx] += float32(r.Networks[i].RxBps)
			v[SeriesNetTx] += float32(r.Networks[i].TxBps)
		}
	}
	v[SeriesPSICPU] = float32(s.Pressure.CPUSome.Avg10)
	v[SeriesPSIMemory] = float32(s.Pressure.MemorySome.Avg10)
	v[SeriesPSIIO] = float32(s.Pressure.IOSome.Avg10)
	v[SeriesProcesses] = float32(len(f.Snapshot.Processes))
	v[SeriesCollect] = float32(f.Self.KPIs[0].Last)
	v[SeriesDetect] = float32(f.Self.KPIs[1].Last)
	v[SeriesRSS] = float32(f.Self.KPIs[2].Last)
	v[SeriesOwnCPU] = float32(f.Self.KPIs[3].Last)
	v[SeriesOwnIO] = float32(f.Self.IO.ReadBps + f.Self.IO.WriteBps)
	m.history.Push(f.At, &v)
}
