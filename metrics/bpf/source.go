//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// readSize is what one read(2) of an iterator may bring: the kernel collects up to
// 8 pages, and hands over more only if one record is larger.
const readSize = 128 << 10

// Source lists processes with the task iterator. One goroutine at a time may use
// it.
type Source struct {
	opts  Options
	iter  *iterator
	table table
	ids   identities
	cmds  *cmdlines
	buf   []byte
	retry bool // some command line was not asked for, or not had
}

// sweepEvery is the number of cycles between two visits of the caches.
const sweepEvery = 64

// New loads the programs. The error wraps ErrUnsupported when the machine or the
// privilege does not allow them.
func New(opts Options) (*Source, error) {
	iters, err := loadIterators(
		object{spec: loadTask, program: taskProgListTasks},
		object{spec: loadCmdline, program: cmdlineProgListCmdlines, optional: true},
	)
	if err != nil {
		return nil, err
	}
	s := &Source{opts: opts.withDefaults(), iter: iters[0], buf: make([]byte, readSize)}
	s.table.pageSize = uint64(os.Getpagesize())
	s.ids.opts = &s.opts
	var b *bulk
	if iters[1] != nil {
		if b, err = newBulk(iters[1]); err != nil {
			closeAll(iters)
			return nil, fmt.Errorf("map the memory of the program list_cmdlines: %w", err)
		}
	}
	s.cmds = newCmdlines(s.opts.ReadCmdline, b)
	return s, nil
}

// Name is "ebpf".
func (s *Source) Name() string { return "ebpf" }

// Append implements metrics.ProcessSource. It waits for the command lines of new
// images, but not longer than Options.IdentityWait.
func (s *Source) Append(ctx context.Context, dst []metrics.Process) ([]metrics.Process, error) {
	base := len(dst)
	s.table.begin(dst)
	dst, err := s.list(ctx, dst)
	if err != nil {
		s.table.abandon()
		return dst[:base], err
	}
	s.table.finish(dst)
	s.identify(ctx, dst[base:])
	return dst, nil
}

// list runs the iterator once.
func (s *Source) list(ctx context.Context, dst []metrics.Process) ([]metrics.Process, error) {
	r, err := s.iter.open()
	if err != nil {
		return dst, fmt.Errorf("open the task iterator: %w", err)
	}
	defer r.Close()
	carried := 0
	for {
		if err := ctx.Err(); err != nil {
			return dst, err
		}
		n, err := r.Read(s.buf[carried:])
		switch {
		case n > 0:
			b := s.buf[:carried+n]
			dst, carried = s.table.decode(b, dst)
			copy(s.buf, b[len(b)-carried:])
		case err == nil || errors.Is(err, io.EOF):
			return dst, nil
		case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
			// A million tasks went by without a record.
		default:
			return dst, fmt.Errorf("read the task iterator: %w", err)
		}
	}
}

// identify completes the processes that are new or changed: from here on, work
// follows change.
func (s *Source) identify(ctx context.Context, procs []metrics.Process) {
	t := &s.table
	for i := range t.fresh {
		c := &t.fresh[i]
		k, p := &t.now[c.now], &procs[c.now]
		s.ids.make(k, c, p, t.cycle)
		p.ID = k.id
		if k.cmd == cmdRead {
			p.Have |= metrics.HasCmdline
		}
	}
	job := s.ask()
	if len(s.cmds.jobs) > 0 {
		ctx, cancel := context.WithTimeout(ctx, s.opts.IdentityWait)
		s.cmds.collect(ctx, job, func(a *answer) { s.take(a, procs) })
		cancel()
	}
	if t.cycle%sweepEvery == 0 {
		s.ids.sweep(t.cycle)
		s.retry = true
	}
}

// ask has the command lines read that are not known.
func (s *Source) ask() *job {
	t := &s.table
	s.cmds.heldUp(func(q ask) {
		if i, ok := t.find(q.pid); ok && t.now[i].cmd == cmdAsked && t.now[i].ask() == q {
			t.now[i].cmd = cmdFailed
			s.retry = true
		}
	})
	var asks []ask
	if s.retry {
		for i := range t.now {
			if k := &t.now[i]; k.cmd == cmdWanted || k.cmd == cmdFailed {
				asks = append(asks, k.ask())
			}
		}
	} else {
		for _, c := range t.fresh {
			if k := &t.now[c.now]; k.cmd == cmdWanted {
				asks = append(asks, k.ask())
			}
		}
	}
	s.retry = false
	if len(asks) == 0 {
		return nil
	}
	job, ok := s.cmds.start(asks, len(t.now))
	if !ok {
		s.retry = true
		return nil
	}
	for i := range asks {
		if n, ok := t.find(asks[i].pid); ok {
			t.now[n].cmd = cmdAsked
		}
	}
	return job
}

// take completes an identity with its command line.
func (s *Source) take(a *answer, procs []metrics.Process) {
	t := &s.table
	i, ok := t.find(a.pid)
	if !ok {
		return
	}
	k := &t.now[i]
	if k.cmd == cmdRead || k.ask() != a.ask {
		return
	}
	if !a.read {
		k.cmd = cmdFailed
		return
	}
	if k.published {
		// Without the command line: others hold it now.
		id := *k.id
		k.id = &id
	}
	setCmdline(k.id, a)
	k.cmd = cmdRead
	procs[i].ID = k.id
	procs[i].Have |= metrics.HasCmdline
}

// Close releases the programs. Readings that hang in the kernel end on their own.
func (s *Source) Close() error { return errors.Join(s.iter.Close(), s.cmds.close()) }
