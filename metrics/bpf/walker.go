//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// walker runs the program that walks the kernel's list of tasks.
type walker struct {
	prog   *program
	memory []byte
}

// walkRoom is how many processes one run has room for, ROOM of walk.bpf.c.
const walkRoom = 4096

func newWalker(p *program) (*walker, error) {
	memory, err := p.share("processes", walkRoom*processSize)
	if err != nil {
		return nil, err
	}
	return &walker{p, memory}, nil
}

// errLost says that the process to go on with ended between two runs.
var errLost = errors.New("the process at which the walk was to go on has ended")

// pass calls give with the records of all processes, in the order of birth. They
// are valid until give returns.
func (w *walker) pass(ctx context.Context, give func([]byte)) error {
	var state walkWalk
	for range maxPID / walkRoom {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.run(&state); err != nil {
			return err
		}
		give(w.memory[:min(int(state.Count), walkRoom)*processSize])
		if state.Next == 0 {
			return nil
		}
	}
	return errLost
}

// run is BPF_PROG_RUN of bpf(2), which gives the program its argument and brings it
// back.
func (w *walker) run(state *walkWalk) error {
	attr := struct {
		fd, result           uint32
		dataIn, dataOut      uint32
		data, dataBack       uint64
		repeat, duration     uint32
		contextIn, contextTo uint32
		context              unsafe.Pointer
		contextBack          uint64
		flags, cpu, batch    uint32
		_                    uint32
	}{fd: uint32(w.prog.FD()), contextIn: uint32(unsafe.Sizeof(*state)), context: unsafe.Pointer(state)}
	_, _, e := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_TEST_RUN, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(state)
	switch {
	case e != 0:
		return fmt.Errorf("run the program walk_tasks: %w", e)
	case attr.result != 0:
		return errLost
	}
	return nil
}

func (w *walker) close() error { return errors.Join(unix.Munmap(w.memory), w.prog.close()) }
