//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"unsafe"
)

// walker runs the program that walks the kernel's list of tasks. One run has room
// for so many processes.
type walker struct {
	prog             *program
	steps, processes mapping
	room             int // in processes
}

const stepSize = int(unsafe.Sizeof(walkStep{}))

func newWalker(p *program) *walker {
	steps, room := int(p.maps["steps"].MaxEntries()), int(p.maps["processes"].MaxEntries())
	return &walker{prog: p, room: min(steps, room),
		steps:     mapping{prog: p, name: "steps", size: steps * stepSize},
		processes: mapping{prog: p, name: "processes", size: room * processSize},
	}
}

// errLost says that the process to go on with ended between two runs.
var errLost = errors.New("the process at which the walk was to go on has ended")

// part is what one run brought: all processes in the order of birth, and records of
// those that may have changed. It is valid until the next run.
type part struct {
	steps   []walkStep
	records records
	left    int // processes that are still to come, roughly
}

// pass calls give with all processes, until it returns false. whole asks for a
// record of each.
func (w *walker) pass(ctx context.Context, whole bool, give func(part) bool) error {
	var state walkWalk
	if whole {
		state.Whole = 1
	}
	for range 1 + maxPID/w.room {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.prog.run(unsafe.Pointer(&state), unsafe.Sizeof(state)); err != nil {
			return err
		}
		stepMemory, err := w.steps.first(int(state.Steps) * stepSize)
		if err != nil {
			return err
		}
		memory, err := w.processes.first(int(state.Count) * processSize)
		if err != nil {
			return err
		}
		p := part{
			records: records{memory[:min(int(state.Count)*processSize, w.processes.size)]},
			left:    int(state.Left),
		}
		if n := min(int(state.Steps), w.steps.size/stepSize); n > 0 {
			p.steps = unsafe.Slice((*walkStep)(unsafe.Pointer(unsafe.SliceData(stepMemory))), n)
		}
		if !give(p) {
			return errLost
		}
		if state.Next == 0 {
			return nil
		}
	}
	return errLost
}

func (w *walker) close() error {
	return errors.Join(w.steps.close(), w.processes.close(), w.prog.close())
}
