package threats_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

func TestHostileCrowdIsBounded(t *testing.T) {
	d := detector("a.all", threats.Identity, nil)
	d.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for _, i := range in.Look {
			dst = append(dst, in.OnProcess(i, &d.info).With("x", "/proc", strings.Repeat("y", 10_000)))
		}
		return dst
	}
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	for range 5000 {
		m.Run("x")
	}
	r := m.step(time.Second)
	if n := len(r.Findings); n == 0 || n > 2048 {
		t.Errorf("%d findings", n)
	}
	if len(r.Findings[0].Evidence[0].Value) > threats.MaxEvidence {
		t.Error("unbounded evidence")
	}
	if len(r.Errors)+len(r.Coverage.Unavailable) == 0 {
		t.Error("nothing says that findings were left out")
	}
}

// TestNobodyHidesInACrowd floods the engine with findings of other kinds: what
// matters more has its place.
func TestNobodyHidesInACrowd(t *testing.T) {
	for name, cost := range map[string]threats.Cost{"identity": threats.Identity, "state": threats.State} {
		t.Run(name, func(t *testing.T) {
			noise := make([]*threats.Info, 20)
			for i := range noise {
				noise[i] = &threats.Info{ID: fmt.Sprintf("a.noise%02d", i), Set: "a.rules", Severity: threats.Medium, Confidence: threats.Moderate}
			}
			rules := detector("a.rules", cost, func(in *threats.Input, dst []threats.Finding) []threats.Finding {
				for i := range in.Snapshot.Processes {
					f := in.OnProcess(int32(i), noise[i%len(noise)])
					if in.Snapshot.Processes[i].ID.Comm == "evil" {
						f = in.OnProcess(int32(i), &threats.Info{ID: "a.rule", Set: "a.rules"}).As(threats.High, threats.Strong)
					}
					dst = append(dst, f)
				}
				return dst
			})
			other := named("b.other", cost, "evil")
			other.info.Severity, other.info.Confidence = threats.High, threats.Strong
			m := start(t, threats.Options{Detectors: []threats.Detector{rules, other}})
			for range 5000 {
				m.Run("x")
			}
			m.Run("evil")
			r := m.step(time.Second)
			found := map[string]bool{}
			for i := range r.Findings {
				found[r.Findings[i].Info.ID] = true
				for _, p := range r.Findings[i].Parts {
					found[p.Detector] = true
				}
			}
			if !found["a.rule"] || !found["b.other"] {
				t.Errorf("left out with the noise: %v, %q", found, r.Errors)
			}
			if len(r.Errors) == 0 && len(r.Coverage.Unavailable) == 0 {
				t.Error("nothing says that findings were left out")
			}
		})
	}
}

func TestWeakSignalsStayAtMedium(t *testing.T) {
	d := named("a.loud", threats.State, "evil")
	d.info.Severity = threats.Critical
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	m.Run("evil")
	expect(t, m.step(time.Second), "a.loud/medium")
}

func TestSteadyStateDoesNotAllocatePerProcess(t *testing.T) {
	allocs := func(n int) float64 {
		d := named("a.identity", threats.Identity, "evil")
		s := detector("a.state", threats.State, func(in *threats.Input, dst []threats.Finding) []threats.Finding {
			for i := range in.Snapshot.Processes {
				_ = in.Children(int32(i))
			}
			return dst
		})
		m := start(t, threats.Options{Detectors: []threats.Detector{d, s}})
		for range n {
			m.Run("x")
		}
		snaps := []*metrics.Snapshot{m.Snapshot(), m.Snapshot()}
		i := 0
		step := func() { m.e.Analyse(context.Background(), snaps[i%2], nil, nil); i++ }
		step()
		step()
		return testing.AllocsPerRun(20, step)
	}
	few, many := allocs(10), allocs(2000)
	if many > few+1 {
		t.Errorf("%.0f allocations with 10 processes, %.0f with 2000", few, many)
	}
}
