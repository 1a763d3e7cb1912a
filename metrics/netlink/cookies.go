//go:build linux

package netlink

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// askedAtOnce is how many sockets one datagram asks for. The answers wait in the
// receive buffer until they are read, each for about 1 KiB of it.
const askedAtOnce = 64

// fillCookies asks for the cookies of the TCP sockets that have none: the kernel
// makes one when it is asked for the first time. A socket that is gone keeps 0.
func (d *dumper) fillCookies(ctx context.Context, socks []metrics.Socket) error {
	var batch [askedAtOnce]int32
	n, listeners := 0, false
	for i := range socks {
		switch s := &socks[i]; {
		case s.Cookie != 0:
			continue
		case s.State == metrics.Listen:
			listeners = true
			continue
		}
		if n == len(batch) {
			if err := d.askCookies(ctx, socks, batch[:n]); err != nil {
				return err
			}
			n = 0
		}
		batch[n] = int32(i)
		n++
	}
	if n > 0 {
		if err := d.askCookies(ctx, socks, batch[:n]); err != nil {
			return err
		}
	}
	if listeners {
		return d.listenerCookies(ctx, socks)
	}
	return nil
}

// askCookies asks for the sockets at the indices, all in one datagram.
func (d *dumper) askCookies(ctx context.Context, socks []metrics.Socket, batch []int32) (err error) {
	if err := d.ready(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			d.drop()
		}
	}()
	first := d.seq + 1
	request := d.buf[:0]
	for _, i := range batch {
		d.seq++
		request = appendExact(request, &socks[i], d.seq)
	}
	if err := d.t.send(request); err != nil {
		return fmt.Errorf("ask sock_diag for %d sockets: %w", len(batch), err)
	}
	for waiting := len(batch); waiting > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		rest, err := d.receive()
		if err != nil {
			return err
		}
		for len(rest) > 0 {
			var m message
			if m, rest, err = nextMessage(rest); err != nil {
				return fmt.Errorf("read a sock_diag answer: %w", err)
			}
			at := m.seq - first
			if at >= uint32(len(batch)) {
				continue // belongs to an older request
			}
			waiting--
			if m.kind == unix.SOCK_DIAG_BY_FAMILY { // else NLMSG_ERROR: it is gone
				takeCookie(&socks[batch[at]], m.payload)
			}
		}
	}
	return nil
}

// takeCookie takes the cookie out of the answer if that is about the socket:
// another one may have its addresses by now.
func takeCookie(s *metrics.Socket, answer []byte) {
	var got metrics.Socket
	if _, ok := decodeInet(answer, &got); ok && got.Inode == s.Inode && got.Interface == s.Interface &&
		got.LocalPort == s.LocalPort && got.RemotePort == s.RemotePort && got.LocalIP == s.LocalIP && got.RemoteIP == s.RemoteIP {
		s.Cookie = got.Cookie
	}
}

// appendExact appends a request for one TCP socket: an inet_diag_req_v2 with any
// cookie, INET_DIAG_NOCOOKIE.
func appendExact(b []byte, s *metrics.Socket, seq uint32) []byte {
	const size = unix.SizeofNlMsghdr + sizeofInetDiagReq
	begin := len(b)
	b = b[:begin+size]
	m := b[begin:]
	clear(m)
	native.PutUint32(m, size)
	native.PutUint16(m[4:], unix.SOCK_DIAG_BY_FAMILY)
	native.PutUint16(m[6:], unix.NLM_F_REQUEST)
	native.PutUint32(m[8:], seq)
	q := m[unix.SizeofNlMsghdr:]
	q[0], q[1] = s.Family, unix.IPPROTO_TCP
	native.PutUint32(q[4:], allStates)
	binary.BigEndian.PutUint16(q[8:], s.LocalPort)
	binary.BigEndian.PutUint16(q[10:], s.RemotePort)
	if s.Family == unix.AF_INET {
		copy(q[12:], s.LocalIP[12:])
		copy(q[28:], s.RemoteIP[12:])
	} else {
		copy(q[12:], s.LocalIP[:])
		copy(q[28:], s.RemoteIP[:])
	}
	native.PutUint32(q[44:], s.Interface)
	native.PutUint64(q[48:], ^uint64(0))
	return b
}

// listenerCookies lists the listeners, of which several may have one address, and
// takes the cookies from there.
func (d *dumper) listenerCookies(ctx context.Context, socks []metrics.Socket) error {
	found, err := d.dump(ctx, tcpRequest(1<<metrics.Listen), metrics.TCP, decodeInet, nil)
	if err != nil && !errors.Is(err, errInterrupted) {
		return err
	}
	at := 0
	for i := range socks {
		s := &socks[i]
		if s.Cookie != 0 || s.State != metrics.Listen {
			continue
		}
		for range found { // both lists have mostly the same order
			f := &found[at]
			at = (at + 1) % len(found)
			if f.Inode == s.Inode {
				s.Cookie = f.Cookie
				break
			}
		}
	}
	return nil
}
