package detectors

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/rules"
	"github.com/smoothtask/smoothtask/threats/sigma"
	"github.com/smoothtask/smoothtask/threats/threatstest"
)

const (
	crowdProcs = 10_000
	crowdSocks = 18_000
)

// silent is an inspector that shows nothing at once.
type silent struct{}

func (silent) Inspect(_ context.Context, k metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	return &metrics.Detail{Key: k, Read: parts}, nil
}

// drop is a pool that is always busy: what it is given does not count.
type drop struct{}

func (drop) Submit(func()) bool { return false }

// pair runs detectors on two goroutines, as the pool of a machine with two cores
// does.
type pair struct{}

func (pair) Each(ctx context.Context, n int, fn func(ctx context.Context, lo, hi int) error) error {
	var wg sync.WaitGroup
	var next atomic.Int32
	for range 2 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				_ = fn(ctx, i, i+1)
			}
		})
	}
	wg.Wait()
	return nil
}

// ownRules is what the program knows without being told.
var ownRules = sync.OnceValue(func() RuleSource {
	return &changing{sigma.Load(sigma.Options{}, sigma.Embedded(rules.Name, rules.FS))}
})

func engine(pool metrics.Pool) *threats.Engine {
	return threats.New(threats.Options{Detectors: All(Options{Rules: ownRules()}), Root: "/nonexistent", Inspector: silent{}, Batch: pair{}, Submit: pool})
}

// seconds are some snapshots of a big machine, one second apart.
func seconds(n int) []*metrics.Snapshot {
	list := []*metrics.Snapshot{threatstest.Crowd(crowdProcs, crowdSocks)}
	for i := 1; i < n; i++ {
		list = append(list, threatstest.Next(list[i-1], i))
	}
	return list
}

// BenchmarkAnalyseSteady10000 is one analysis among 10,000 processes and 18,000
// sockets, of which 10 processes are new in each.
func BenchmarkAnalyseSteady10000(b *testing.B) {
	e := engine(drop{})
	defer e.Close()
	list := seconds(8)
	e.Analyse(context.Background(), list[0], nil, nil)
	var took []time.Duration
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		n := 1 + i%(len(list)-1)
		r := e.Analyse(context.Background(), list[n], list[n-1], nil)
		took = append(took, r.Took)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}

// BenchmarkFirstAnalysis is the first look at everything, of a crowd that runs ten
// programs, and of one in which no two processes are alike.
func BenchmarkFirstAnalysis(b *testing.B) {
	for name, s := range map[string]*metrics.Snapshot{
		"alike":  threatstest.Crowd(crowdProcs, crowdSocks),
		"varied": threatstest.Varied(crowdProcs, crowdSocks),
	} {
		b.Run(name, func(b *testing.B) {
			best := time.Hour
			b.ReportAllocs()
			for b.Loop() {
				e := engine(drop{})
				best = min(best, e.Analyse(context.Background(), s, nil, nil).Took)
				e.Close()
			}
			b.ReportMetric(float64(best.Microseconds())/1000, "best-ms")
		})
	}
}

// BenchmarkDetector is one run of each detector: over 10,000 processes that are new
// (identity), over 10,000 and 18,000 sockets (state), over one process (deep),
// over an empty root (host).
func BenchmarkDetector(b *testing.B) {
	list := seconds(2)
	for _, d := range All(Options{Rules: ownRules()}) {
		b.Run(d.Info().ID, func(b *testing.B) {
			in := threats.NewInput(list[1].At, list[1], list[0], nil, nil)
			in.Children(0)
			in.Sockets(0)
			switch d.Info().Cost {
			case threats.Deep:
				in.Look = in.Look[:1]
				in.Detail = &metrics.Detail{Key: list[1].Processes[0].Key, Read: metrics.PartsAll}
			case threats.State:
				in.Look = in.Look[:10]
			}
			var dst []threats.Finding
			b.ReportAllocs()
			for b.Loop() {
				dst = d.Detect(in, dst[:0])
			}
		})
	}
}

// TestCrowdIsQuiet: a healthy machine gives no findings, however big.
func TestCrowdIsQuiet(t *testing.T) {
	for name, list := range map[string][]*metrics.Snapshot{
		"alike":  seconds(3),
		"varied": {threatstest.Varied(crowdProcs, crowdSocks)},
	} {
		t.Run(name, func(t *testing.T) { quiet(t, list) })
	}
}

func quiet(t *testing.T, list []*metrics.Snapshot) {
	e := engine(nil)
	defer e.Close()
	for _, s := range list {
		if r := e.Analyse(context.Background(), s, nil, nil); len(r.Findings) != 0 || len(r.Errors) != 0 {
			t.Fatalf("%q%s", r.Errors, threatstest.String(r.Findings))
		}
	}
}

// TestSteadyStateBudget holds the memory and the allocations of the engine with
// all detectors to their budget.
func TestSteadyStateBudget(t *testing.T) {
	list := seconds(3)
	base := heap()
	e := engine(drop{})
	defer e.Close()
	for _, s := range list {
		e.Analyse(context.Background(), s, nil, nil)
	}
	if held := heap() - base; held > 8<<20 {
		t.Errorf("the engine holds %d KB, the budget is 8 MB", held>>10)
	}
	// The same with all that runs in the background, on this machine's own files.
	base = heap()
	all := threats.New(threats.Options{Detectors: All(Options{Rules: ownRules()}), Inspector: silent{}, Batch: pair{}})
	defer all.Close()
	for _, s := range list {
		all.Analyse(context.Background(), s, nil, nil)
	}
	held := heap() - base
	if held > 8<<20 {
		t.Errorf("with its background work it holds %d KB, the budget is 8 MB", held>>10)
	}
	t.Logf("with its background work it holds %d KB, and estimates %d KB", held>>10, all.Bytes()>>10)
	last := list[len(list)-1]
	allocs := testing.AllocsPerRun(5, func() { e.Analyse(context.Background(), last, nil, nil) })
	if limit := float64(200); allocs > limit { // for the report, whatever the number of processes
		t.Errorf("%.0f allocations in an analysis of %d unchanged processes, the budget is %.0f", allocs, crowdProcs, limit)
	}
	runtime.KeepAlive(list)
	t.Logf("the engine estimates %d KB, %.0f allocations", e.Bytes()>>10, allocs)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
