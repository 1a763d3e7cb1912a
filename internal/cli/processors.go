package cli

import (
	"os"
	"runtime"
	"time"

	"github.com/smoothtask/smoothtask/monitor"
)

// processors chooses how many processors the program may use at a time. On a
// quiet machine it is one: handing small pieces of work from thread to thread
// wakes processors, which costs more than the work. Measured with 95 processes:
// 5.5 ms of CPU a second with two, 4.5 with one. A machine on which cycles take
// long gets what the runtime would use by itself, the cgroup's limit respected.
type processors struct {
	calm int  // cycles in a row that were short
	one  bool // in force
}

const (
	shortCycle = 15 * time.Millisecond // collection and detection
	longCycle  = 40 * time.Millisecond
	calmCycles = 5
)

// newProcessors is nil, which changes nothing, when the environment says how many.
func newProcessors() *processors {
	if os.Getenv("GOMAXPROCS") != "" {
		return nil
	}
	return &processors{}
}

// follow looks at what a cycle took.
func (p *processors) follow(s *monitor.Self) {
	if p == nil {
		return
	}
	switch took := time.Duration((s.KPIs[0].Last + s.KPIs[1].Last) * float64(time.Millisecond)); {
	case took > longCycle:
		p.reset()
	case took > shortCycle:
		p.calm = 0
	default:
		if p.calm++; p.calm >= calmCycles && !p.one {
			p.one = true
			runtime.GOMAXPROCS(1)
		}
	}
}

// reset gives the program what the runtime would use by itself.
func (p *processors) reset() {
	if p == nil {
		return
	}
	p.calm = 0
	if p.one {
		p.one = false
		runtime.SetDefaultGOMAXPROCS()
	}
}
