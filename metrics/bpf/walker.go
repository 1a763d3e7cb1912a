//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// walker runs the program that walks the kernel's list of tasks. One run has room
// for so many processes.
type walker struct {
	prog               *program
	stepMemory, memory []byte
	steps              []walkStep
	room               int // of memory, in processes
}

func newWalker(p *program) (w *walker, err error) {
	w = &walker{prog: p, room: int(p.maps["processes"].MaxEntries())}
	steps := int(p.maps["steps"].MaxEntries())
	if w.stepMemory, err = p.share("steps", steps*int(unsafe.Sizeof(walkStep{}))); err != nil {
		return nil, err
	}
	if w.memory, err = p.share("processes", w.room*processSize); err != nil {
		return nil, errors.Join(err, unix.Munmap(w.stepMemory))
	}
	w.steps = unsafe.Slice((*walkStep)(unsafe.Pointer(unsafe.SliceData(w.stepMemory))), steps)
	return w, nil
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
	for range 1 + maxPID/min(w.room, len(w.steps)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.prog.run(unsafe.Pointer(&state), unsafe.Sizeof(state)); err != nil {
			return err
		}
		p := part{
			steps:   w.steps[:min(int(state.Steps), len(w.steps))],
			records: records{w.memory[:min(int(state.Count), w.room)*processSize]},
			left:    int(state.Left),
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
	return errors.Join(unix.Munmap(w.stepMemory), unix.Munmap(w.memory), w.prog.close())
}
