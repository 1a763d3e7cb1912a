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
	prog   *program
	memory []byte
	room   int
}

func newWalker(p *program) (*walker, error) {
	room := int(p.maps["processes"].MaxEntries())
	memory, err := p.share("processes", room*processSize)
	if err != nil {
		return nil, err
	}
	return &walker{p, memory, room}, nil
}

// errLost says that the process to go on with ended between two runs.
var errLost = errors.New("the process at which the walk was to go on has ended")

// pass calls give with the records of all processes, in the order of birth. They
// are valid until give returns.
func (w *walker) pass(ctx context.Context, give func([]byte)) error {
	var state walkWalk
	for range 1 + maxPID/w.room {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.prog.run(unsafe.Pointer(&state), unsafe.Sizeof(state)); err != nil {
			return err
		}
		give(w.memory[:min(int(state.Count), w.room)*processSize])
		if state.Next == 0 {
			return nil
		}
	}
	return errLost
}

func (w *walker) close() error { return errors.Join(unix.Munmap(w.memory), w.prog.close()) }
