package cli

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/metrics/host"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/pool"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/detectors"
	"github.com/smoothtask/smoothtask/threats/indicators"
)

// machine is everything that one run needs, wired together.
type machine struct {
	pool      *pool.Pool
	sources   *sources
	collector *metrics.Collector
	engine    *threats.Engine
	monitor   *monitor.Monitor
}

// sources are where the data of a run comes from.
type sources struct {
	processes metrics.ProcessSource
	sockets   metrics.SocketSource
	inspector metrics.Inspector                    // nil where there is none
	screener  metrics.Screener                     // nil where there is none
	watch     func(pids []int32)                   // nil where the source needs no hint
	why       string                               // why this process source
	programs  func() ([]metrics.BPFProgram, error) // eBPF programs in the kernel; nil where they cannot be listed
	losses    []metrics.LossReporter
	traffic   []metrics.TrafficReporter
	close     []func() error // what the collector does not close
}

// blockingTasks is how many readings may be held up by the kernel at the same
// time before no more are begun.
const blockingTasks = 24

// purpose is what a machine is built for.
type purpose struct {
	once       bool
	sinceStart bool          // rates over the life of each process
	deadline   time.Duration // of a cycle
	ungoverned bool
	meter      *monitor.Meter // counts the screen; nil without one
}

// build wires a machine together. close ends it.
func build(c *config.Config, p purpose) (*machine, error) {
	limit := memoryLimit(c.Performance.MaxMemoryMB)
	limitMemory(limit, p.once)
	m := &machine{}
	loading := make(chan loaded, 1) // rules load while programs are loaded into the kernel
	go func() { loading <- loadRules(c, p.once) }()
	m.pool = pool.New(pool.Options{
		Workers:  min(c.Performance.ParallelWorkers, max(runtime.GOMAXPROCS(0), 1)),
		Batch:    c.Performance.MetricsBatchSize,
		Adaptive: c.Performance.Adaptive,
		Blocking: blockingTasks,
	})
	users := metrics.NewUsers("/", limit)
	src, err := openSources(sourceOptions{name: c.Monitor.Source, ttl: cacheTTL(c), memory: limit, pool: m.pool, users: users, once: p.once})
	if err != nil {
		m.pool.Close()
		(<-loading).close()
		return nil, err
	}
	m.sources = src
	rules := <-loading
	src.close = append(src.close, func() error { rules.close(); return nil })
	readers := append(host.Readers(host.Options{Pool: m.pool}), host.NewCgroups(host.CgroupOptions{Memory: limit}))
	m.collector = metrics.NewCollector(metrics.CollectorOptions{
		Processes: src.processes, Sockets: src.sockets, Host: readers,
		Pool: m.pool, Deadline: p.deadline, Now: time.Now,
	})
	if rules.err != nil {
		return nil, errors.Join(rules.err, m.close())
	}
	if p.sinceStart {
		src.screener = nil // one cycle: nothing would take what it finds
	}
	if m.engine, err = newEngine(c, m.pool, src, rules.source, p.once && !p.sinceStart); err != nil {
		return nil, errors.Join(err, m.close())
	}
	m.monitor = monitor.New(monitor.Options{
		Collector: m.collector, Analyser: m.engine, Interval: c.Monitor.Interval, Meter: p.meter,
		Goals: monitor.Goals{
			Collect:    time.Duration(c.Goals.CollectMS * float64(time.Millisecond)),
			Detect:     time.Duration(c.Goals.DetectMS * float64(time.Millisecond)),
			RSSBytes:   uint64(c.Goals.RSSMB * (1 << 20)),
			CPUPercent: c.Goals.CPUPercent,

			MemoryBytes: limit,
		},
		Rules:  ruleCosts(rules.source),
		Pool:   func() monitor.PoolStat { return poolStat(m.pool.Stats()) },
		Caches: []metrics.CacheReporter{users, metrics.InvokedPaths()},
		Losses: src.losses, Traffic: src.traffic,
		History: int(c.Monitor.History / c.Monitor.Interval),
		Source:  src.processes.Name(), SourceWhy: src.why, SinceStart: p.sinceStart, Ungoverned: p.ungoverned,
	})
	return m, nil
}

func (m *machine) close() error {
	var err error
	if m.monitor != nil {
		m.monitor.Close()
	}
	if m.engine != nil {
		err = m.engine.Close()
	}
	if m.collector != nil {
		err = errors.Join(err, m.collector.Close())
	}
	for _, c := range m.sources.close {
		err = errors.Join(err, c())
	}
	m.pool.Close()
	return err
}

// onceDeepBudget is the time for deep looks of a single report, which has no
// later cycle to spread them over.
const onceDeepBudget = 500 * time.Millisecond

// newEngine makes the threat engine with all detectors that are not disabled.
func newEngine(c *config.Config, p *pool.Pool, src *sources, rules detectors.RuleSource, eager bool) (*threats.Engine, error) {
	o := threats.Options{
		Inspector: src.inspector, Screener: src.screener, Root: "/", Batch: p.LaneFrom("detectors", 1), Submit: p, Eager: eager,
		TTL: cacheTTL(c), Memory: memoryLimit(c.Performance.MaxMemoryMB),
	}
	var err error
	if c.Threats.Enabled {
		lists, err := indicators.Open(c.Threats.Indicators, indicators.Options{})
		if err != nil {
			return nil, usageError{err}
		}
		b := &c.Threats.BruteForce
		all := detectors.All(detectors.Options{
			Rules: rules, Indicators: lists, Inspector: src.inspector, Eager: eager, BPFPrograms: src.programs,
			Logins: detectors.LoginLimits{
				Fast:   detectors.Rate{Count: b.Failures, In: b.Window},
				Slow:   detectors.Rate{Count: b.SlowFailures, In: b.SlowWindow},
				Before: b.LoginAfterFailures,
			},
		})
		if o.Detectors, err = without(all, c.Threats.Disabled); err != nil {
			return nil, err
		}
	}
	if eager {
		o.DeepBudget = onceDeepBudget
	}
	o.Allow = threatsAllow(c.Threats.Allow)
	if o.Baseline, err = loadBaseline(c); err != nil {
		return nil, err
	}
	o.BaselineFile = c.Threats.Baseline
	return threats.New(o), nil
}

func cacheTTL(c *config.Config) time.Duration {
	return time.Duration(c.Performance.CacheTTLSeconds) * time.Second
}

// without leaves out the detectors with the given ids; an unknown id is an error.
func without(all []threats.Detector, disabled []string) ([]threats.Detector, error) {
	off := make(map[string]bool, len(disabled))
	for _, id := range disabled {
		off[id] = true
	}
	kept := make([]threats.Detector, 0, len(all))
	for _, d := range all {
		if id := d.Info().ID; off[id] {
			delete(off, id)
		} else {
			kept = append(kept, d)
		}
	}
	for id := range off {
		return nil, usagef("threats.disabled: found %q, which is no detector; allowed: the ids in docs/detections.md", id)
	}
	return kept, nil
}

// threatsAllow turns entries of the configuration into those of the engine.
func threatsAllow(list []config.Allow) (out []threats.Allow) {
	for _, a := range list {
		out = append(out, threats.Allow{Detector: a.Detector, Exe: a.Exe, SHA256: a.SHA256, User: a.User,
			Cmdline: a.Cmdline, Image: a.Image, Subject: a.Subject, Reason: a.Reason, Expires: a.Expires})
	}
	return out
}

// ruleCosts tells what the rules in force cost; nil when there are none.
func ruleCosts(source detectors.RuleSource) func([]threats.RuleCost) []threats.RuleCost {
	if source == nil {
		return nil
	}
	return func(dst []threats.RuleCost) []threats.RuleCost { return detectors.RuleCosts(source.Set(), dst) }
}

func poolStat(s pool.Stats) monitor.PoolStat {
	out := monitor.PoolStat{Workers: s.Workers, Blocking: s.Blocking, Running: s.Running, Waiting: s.Waiting,
		Submitted: s.Submitted, Completed: s.Completed, Failed: s.Failed}
	for _, l := range s.Lanes {
		out.Kinds = append(out.Kinds, monitor.PoolKind{Name: l.Name, Batch: l.Batch, Adaptive: l.Adaptive,
			Batches: l.Batches, LatencyP50: l.P50, LatencyP95: l.P95, PerItemNanos: l.PerItemNanos, Why: l.Why})
	}
	return out
}

// sourceOptions say which sources to open, and with what.
type sourceOptions struct {
	name   string        // of the process source; auto is the best
	ttl    time.Duration // bounds the age of what is read in turns
	memory uint64        // that the program may take, bytes
	pool   *pool.Pool
	users  *metrics.Users
	once   bool // for a single report
}

// openSources opens the process source that is asked for, and the sockets.
func openSources(o sourceOptions) (*sources, error) {
	s, err := platformSources(o)
	if err != nil || s != nil {
		return s, err
	}
	// The portable way, where nothing better is there or it was asked for.
	why := "asked for"
	if o.name == "auto" {
		why = "the portable source for " + runtime.GOOS
	}
	return &sources{
		processes: host.NewProcesses(host.ProcessOptions{Users: o.users, Batcher: o.pool.Lane("processes")}),
		sockets:   host.NewSockets(host.SocketOptions{}),
		why:       why,
	}, nil
}

// unsupported is the error for a source that cannot work here.
func unsupported(name string, err error) error {
	return usagef("--source %s cannot work on this machine: %w; use --source auto", name, err)
}

// settle waits a moment for the checks that run in the background, so that a
// single report is as complete as it can be.
func (m *machine) settle(ctx context.Context, atMost time.Duration) {
	end := time.Now().Add(atMost)
	for time.Now().Before(end) && ctx.Err() == nil && !m.engine.Settled() {
		time.Sleep(5 * time.Millisecond)
	}
}
