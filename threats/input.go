package threats

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// Input is what one call of a detector may look at. The engine owns it and
// reuses it; Snapshot, Previous and Rates are immutable.
type Input struct {
	Now      time.Time
	Snapshot *metrics.Snapshot
	Previous *metrics.Snapshot // nil in the first cycle
	Rates    *metrics.Rates    // nil in the first cycle

	// Look lists the processes to judge, as indices into Snapshot.Processes: the
	// new identities for an Identity detector, one process for a Deep one. A State
	// detector gets the new identities too, and may range over all.
	Look   []int32
	Detail *metrics.Detail // of the process in Look; for Deep detectors

	Files *Files // host files below the root, cached; never nil

	index *index
}

// Process returns the process at an index of Snapshot.Processes.
func (in *Input) Process(i int32) *metrics.Process { return &in.Snapshot.Processes[i] }

// Parent returns the index of the parent of process i, or -1. A parent that
// started after its child is another process with a reused pid.
func (in *Input) Parent(i int32) int32 {
	p := &in.Snapshot.Processes[i]
	j := in.Snapshot.Find(p.PPID)
	if j < 0 || in.Snapshot.Processes[j].Key.Start > p.Key.Start {
		return -1
	}
	return int32(j)
}
