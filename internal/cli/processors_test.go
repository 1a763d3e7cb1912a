package cli

import (
	"runtime"
	"testing"

	"github.com/smoothtask/smoothtask/monitor"
)

// Cycles that are short for a while need one processor, a long one all that the
// runtime would take, and neither changes with every cycle.
func TestProcessorsFollowTheCycles(t *testing.T) {
	t.Setenv("GOMAXPROCS", "") // and the default again
	t.Cleanup(runtime.SetDefaultGOMAXPROCS)
	runtime.SetDefaultGOMAXPROCS()
	all := runtime.GOMAXPROCS(0)
	if all == 1 {
		t.Skip("there is one processor only")
	}
	p := newProcessors()
	for i, step := range []struct {
		ms   float64
		n    int // cycles
		want int
	}{{5, calmCycles - 1, all}, {20, 1, all}, {5, calmCycles, 1}, {20, 10, 1}, {100, 1, all}, {5, 1, all}, {5, calmCycles, 1}} {
		s := &monitor.Self{}
		s.KPIs[0].Last, s.KPIs[1].Last = step.ms*0.9, step.ms*0.1
		for range step.n {
			p.follow(s)
		}
		if got := runtime.GOMAXPROCS(0); got != step.want {
			t.Errorf("step %d: %d processors, want %d", i, got, step.want)
		}
	}
}

func TestProcessorsLeaveTheEnvironmentItsWay(t *testing.T) {
	t.Setenv("GOMAXPROCS", "3")
	before := runtime.GOMAXPROCS(0)
	p := newProcessors()
	for range 2 * calmCycles {
		p.follow(&monitor.Self{})
	}
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("%d processors, want %d", got, before)
	}
}
