//go:build linux

package netlink

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// receiveSize is the size of the receive buffer. The kernel fills at most 32 KiB
// for one recvmsg, whatever the room, and a message never spans two. Measured
// with 18,000 TCP sockets with tcp_info: 8 KiB 902 calls, 16 KiB 452, 32 KiB and
// everything above it 230; the time differs by less than 5 %, as the kernel's
// work per socket (about 0.8 µs) outweighs the system calls.
const receiveSize = 64 << 10

// dumpAttempts bounds how often a listing is begun anew, when the kernel says
// that it changed underway or had no room for an answer.
const dumpAttempts = 3

// errInterrupted comes with a listing during which the tables changed each time:
// it may miss a socket or hold one twice.
var errInterrupted = errors.New("the kernel's table changed during each of the attempts to list it")

// decoder reads the payload of one answer into a zero Socket and returns its
// name, if it has one that is not in the Socket yet; name belongs to payload.
type decoder func(payload []byte, s *metrics.Socket) (name []byte, ok bool)

// dumper lists sockets over one transport, which it opens when needed and
// replaces after an error: what is left over of a broken answer goes with it.
type dumper struct {
	open func() (transport, error)
	t    transport
	buf  []byte
	seq  uint32
	// name gives the text of b for the socket, without allocating where it is known.
	name func(s *metrics.Socket, b []byte) string
	received
}

// received counts what came, for others: it can be read at any time.
type received struct {
	calls, bytes atomic.Uint64 // of recvfrom(2)
	overruns     atomic.Uint64 // answers that there was no room for
	interrupted  atomic.Uint64 // listings during which the tables changed
}

// dump sends the request and appends a socket for each answer. After an error
// dst is as it was, except with errInterrupted.
func (d *dumper) dump(ctx context.Context, request []byte, proto metrics.Proto, decode decoder, dst []metrics.Socket) ([]metrics.Socket, error) {
	begin := len(dst)
	var err error
	for range dumpAttempts {
		if err = ctx.Err(); err != nil {
			return dst[:begin], err
		}
		dst, err = d.attempt(ctx, request, proto, decode, dst[:begin])
		if err == nil {
			return dst, nil
		}
		if errors.Is(err, errInterrupted) {
			continue // complete, so the transport is good
		}
		d.drop()
		dst = dst[:begin]
		if !errors.Is(err, unix.ENOBUFS) && !errors.Is(err, errTruncated) {
			break
		}
	}
	return dst, err
}

func (d *dumper) attempt(ctx context.Context, request []byte, proto metrics.Proto, decode decoder, dst []metrics.Socket) ([]metrics.Socket, error) {
	if err := d.ready(); err != nil {
		return dst, err
	}
	d.seq++
	kind := native.Uint16(request[4:])
	native.PutUint32(request[8:], d.seq)
	if err := d.t.send(request); err != nil {
		return dst, fmt.Errorf("send a sock_diag request: %w", err)
	}

	interrupted := false
	for {
		if err := ctx.Err(); err != nil {
			return dst, err
		}
		rest, err := d.receive()
		if err != nil {
			return dst, err
		}
		for len(rest) > 0 {
			var m message
			if m, rest, err = nextMessage(rest); err != nil {
				return dst, fmt.Errorf("read a sock_diag answer: %w", err)
			}
			if m.seq != d.seq {
				continue // belongs to an older request
			}
			interrupted = interrupted || m.flags&unix.NLM_F_DUMP_INTR != 0
			switch m.kind {
			case unix.NLMSG_NOOP:
			case unix.NLMSG_DONE:
				if errno := m.errno(); errno != 0 {
					return dst, fmt.Errorf("list sockets by sock_diag: %w", errno)
				}
				if interrupted {
					d.interrupted.Add(1)
					return dst, errInterrupted
				}
				return dst, nil
			case unix.NLMSG_ERROR:
				if errno := m.errno(); errno != 0 {
					return dst, fmt.Errorf("list sockets by sock_diag: %w", errno)
				}
				return dst, fmt.Errorf("list sockets by sock_diag: the answer acknowledges and lists nothing: %w", errMalformed)
			case kind:
				dst = append(dst, metrics.Socket{Proto: proto, FD: -1})
				s := &dst[len(dst)-1]
				name, ok := decode(m.payload, s)
				if !ok {
					return dst, fmt.Errorf("read a socket of %d bytes: %w", len(m.payload), errMalformed)
				}
				if name != nil {
					s.Name = d.name(s, name)
				}
			}
		}
	}
}

// ready opens the transport and makes the buffer, if that is to be done.
func (d *dumper) ready() (err error) {
	if d.t == nil {
		if d.t, err = d.open(); err != nil {
			d.t = nil
			return err
		}
	}
	if d.buf == nil {
		d.buf = make([]byte, receiveSize)
	}
	return nil
}

// receive reads one datagram, which is valid until the next.
func (d *dumper) receive() ([]byte, error) {
	n, err := d.t.receive(d.buf)
	d.calls.Add(1)
	if errors.Is(err, unix.ENOBUFS) || n > len(d.buf) {
		d.overruns.Add(1)
	}
	if err != nil {
		return nil, fmt.Errorf("receive a sock_diag answer: %w", err)
	}
	if n > len(d.buf) {
		return nil, fmt.Errorf("receive a sock_diag answer of %d bytes: %w", n, errTruncated)
	}
	d.bytes.Add(uint64(n))
	return d.buf[:n], nil
}

func (d *dumper) drop() error {
	if d.t == nil {
		return nil
	}
	err := d.t.close()
	d.t = nil
	return err
}
