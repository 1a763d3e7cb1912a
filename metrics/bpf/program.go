//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// program is a loaded program and what belongs to it.
type program struct {
	*ebpf.Program
	iter *link.Iter // nil if it is not an iterator
	maps map[string]*ebpf.Map
}

// open begins a pass of an iterator: the kernel runs it for each of its tasks, or
// files, while somebody reads.
func (p *program) open() (io.ReadCloser, error) { return p.iter.Open() }

func (p *program) close() error {
	if p == nil {
		return nil
	}
	var errs []error
	if p.iter != nil {
		errs = append(errs, p.iter.Close())
	}
	if p.Program != nil {
		errs = append(errs, p.Program.Close())
	}
	for _, m := range p.maps {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}

// share maps the memory of a map, to be let go with munmap(2).
func (p *program) share(name string, size int) ([]byte, error) {
	m := mapping{prog: p, name: name, size: size}
	return m.first(size)
}

// read makes a pass of an iterator. give is told what came, and returns how many
// bytes of a broken record are left at its end.
func (p *program) read(ctx context.Context, buf []byte, give func([]byte) int) error {
	r, err := p.open()
	if err != nil {
		return fmt.Errorf("open the iterator: %w", err)
	}
	defer r.Close()
	carried := 0
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf[carried:])
		switch {
		case n > 0:
			b := buf[:carried+n]
			carried = give(b)
			copy(buf, b[len(b)-carried:])
		case err == nil || errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
			// A million objects went by without a record.
		default:
			return fmt.Errorf("read the iterator: %w", err)
		}
	}
}

// run is BPF_PROG_RUN of bpf(2), which gives the program its argument and brings it
// back. A program that returns 1 has lost its place.
func (p *program) run(argument unsafe.Pointer, size uintptr) error {
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
	}{fd: uint32(p.FD()), contextIn: uint32(size), context: argument}
	_, _, e := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_TEST_RUN, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(p)
	switch {
	case e != 0:
		return fmt.Errorf("run the program: %w", e)
	case attr.result != 0:
		return errLost
	}
	return nil
}
