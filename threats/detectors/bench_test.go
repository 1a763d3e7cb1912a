package detectors

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
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

func engine(pool metrics.Pool) *threats.Engine {
	return threats.New(threats.Options{Detectors: All(Options{}), Root: "/nonexistent", Inspector: silent{}, Submit: pool})
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

// BenchmarkAnalyseFirst10000 is the first look at everything.
func BenchmarkAnalyseFirst10000(b *testing.B) {
	s := threatstest.Crowd(crowdProcs, crowdSocks)
	b.ReportAllocs()
	for b.Loop() {
		e := engine(drop{})
		e.Analyse(context.Background(), s, nil, nil)
		e.Close()
	}
}

// BenchmarkDetector is one run of each detector: over 10,000 processes that are new
// (identity), over 10,000 and 18,000 sockets (state), over one process (deep),
// over an empty root (host).
func BenchmarkDetector(b *testing.B) {
	list := seconds(2)
	for _, d := range All(Options{}) {
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
	e := engine(nil)
	defer e.Close()
	for _, s := range seconds(3) {
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
