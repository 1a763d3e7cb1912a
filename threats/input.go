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
	Previous *metrics.Snapshot // nil in the first cycle, and for Deep and Host detectors
	Rates    *metrics.Rates    // nil in the first cycle

	// Look lists the processes to judge, as indices into Snapshot.Processes: the
	// new identities for an Identity detector, one process for a Deep one. A State
	// detector gets the new identities too, and may range over all.
	Look   []int32
	Detail *metrics.Detail // of the process in Look; for Deep detectors

	Files    *Files    // host files below the root, cached; never nil
	Baseline *Baseline // what the operator said is well; nil without one

	index *index
}

// NewInput makes the input for a look at all processes of snap. A nil Files
// becomes one that finds no file.
func NewInput(now time.Time, snap, prev *metrics.Snapshot, rates *metrics.Rates, files *Files) *Input {
	if files == nil {
		files = NewFiles("/nonexistent")
	}
	in := &Input{Now: now, Snapshot: snap, Previous: prev, Rates: rates, Files: files, index: new(index)}
	in.index.reset(snap)
	in.Look = make([]int32, len(snap.Processes))
	for i := range in.Look {
		in.Look[i] = int32(i)
	}
	return in
}

// Process returns the process at an index of Snapshot.Processes.
func (in *Input) Process(i int32) *metrics.Process { return &in.Snapshot.Processes[i] }

// Socket returns the socket at an index of Snapshot.Sockets.
func (in *Input) Socket(s int32) *metrics.Socket { return &in.Snapshot.Sockets[s] }

// Find returns the index of the process with the pid, or -1.
func (in *Input) Find(pid int32) int32 {
	if pid <= 0 {
		return -1
	}
	return in.index.find(pid)
}

// Parent returns the index of the parent of process i, or -1. A parent that
// started after its child is another process with a reused pid.
func (in *Input) Parent(i int32) int32 {
	in.index.family()
	return in.index.parent[i]
}

// Children returns the indices of the children of process i, rising. The slice
// belongs to the input.
func (in *Input) Children(i int32) []int32 {
	in.index.family()
	return in.index.children.of(i)
}

// maxAncestors bounds the way up a process tree.
const maxAncestors = 16

// Ancestors calls visit for the ancestors of process i, nearest first, until it
// returns false or the way gets long.
func (in *Input) Ancestors(i int32, visit func(j int32) bool) {
	for n := 0; n < maxAncestors; n++ {
		if i = in.Parent(i); i < 0 || !visit(i) {
			return
		}
	}
}

// Owner returns the index of the process that holds socket s, or -1.
func (in *Input) Owner(s int32) int32 {
	in.index.owners()
	return in.index.owner[s]
}

// Sockets returns the indices of the sockets that process i owns, rising. The
// slice belongs to the input.
func (in *Input) Sockets(i int32) []int32 {
	in.index.owners()
	return in.index.sockets.of(i)
}

// Programs calls visit for the processes that run the program file with the
// given device and inode, rising, until it returns false.
func (in *Input) Programs(dev, inode uint64, visit func(i int32) bool) {
	in.index.exes()
	i, ok := in.index.programs[program{dev, inode}]
	for ok && i >= 0 && visit(i) {
		i = in.index.sameExe[i]
	}
}
