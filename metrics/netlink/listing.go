//go:build linux

package netlink

import (
	"context"
	"errors"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// listing is one kind of socket and the two ways to list it.
type listing struct {
	what    string
	proto   metrics.Proto
	request []byte
	decode  decoder
	file    string // below the proc directory
	parse   lineParser
	lost    string     // what the file does not tell
	v6      bool       // there is no file where IPv6 is switched off
	instead []*listing // what takes its place where it fails; then it has no file
	choice  *tcpChoice // a faster way than sock_diag; nil where there is none

	refused  error // why sock_diag does not list it; not asked again
	failed   error // why the last cycle has none of them
	partial  bool  // the last listing was errInterrupted
	replaced bool  // the last listing came from those in instead
}

const lostOfTCP = "bytes, round trip times and retransmits of TCP sockets"

// listings are all kinds, in the order in which they are listed.
func listings(choice *tcpChoice) []*listing {
	tcp := []*listing{
		{what: "TCP sockets over IPv4", proto: metrics.TCP, file: "net/tcp", parse: parseInet4, lost: lostOfTCP,
			request: inetRequest(unix.AF_INET, unix.IPPROTO_TCP, true), decode: decodeInet},
		{what: "TCP sockets over IPv6", proto: metrics.TCP, file: "net/tcp6", v6: true, parse: parseInet6, lost: lostOfTCP,
			request: inetRequest(unix.AF_INET6, unix.IPPROTO_TCP, true), decode: decodeInet},
	}
	return []*listing{
		{what: "TCP sockets", proto: metrics.TCP, request: tcpRequest(allStates), decode: decodeInet, instead: tcp, choice: choice},
		{what: "UDP sockets over IPv4", proto: metrics.UDP, file: "net/udp", parse: parseInet4,
			request: inetRequest(unix.AF_INET, unix.IPPROTO_UDP, false), decode: decodeInet},
		{what: "UDP sockets over IPv6", proto: metrics.UDP, file: "net/udp6", v6: true, parse: parseInet6,
			request: inetRequest(unix.AF_INET6, unix.IPPROTO_UDP, false), decode: decodeInet},
		{what: "raw sockets over IPv4", proto: metrics.Raw, file: "net/raw", parse: parseInet4,
			request: inetRequest(unix.AF_INET, unix.IPPROTO_RAW, false), decode: decodeInet},
		{what: "raw sockets over IPv6", proto: metrics.Raw, file: "net/raw6", v6: true, parse: parseInet6,
			request: inetRequest(unix.AF_INET6, unix.IPPROTO_RAW, false), decode: decodeInet},
		{what: "packet sockets", proto: metrics.Packet, file: "net/packet", parse: parsePacket,
			request: packetRequest(), decode: decodePacket},
		{what: "unix sockets", proto: metrics.Unix, file: "net/unix", parse: parseUnix, lost: "users of unix sockets",
			request: unixRequest(), decode: decodeUnix},
	}
}

// active appends to dst the listings that made the last list: l or those instead.
func (l *listing) active(dst []*listing) []*listing {
	if l.replaced {
		return append(dst, l.instead...)
	}
	return append(dst, l)
}

// list appends the sockets of the kind. It asks sock_diag first, and reads the
// file where that fails; a refusal is remembered, since each request for a
// protocol without its diag module makes the kernel look for the module anew.
// The error is that of ctx: what else goes wrong is kept in l.
func (l *listing) list(ctx context.Context, d *dumper, p *procReader, dst []metrics.Socket) ([]metrics.Socket, error) {
	l.failed, l.partial, l.replaced = nil, false, false
	if l.refused == nil {
		if l.choice != nil {
			var done bool
			if dst, done = l.choice.list(ctx, d, dst); done {
				return dst, nil
			}
		}
		begin := len(dst)
		var err error
		dst, err = d.dump(ctx, l.request, l.proto, l.decode, dst)
		l.partial = errors.Is(err, errInterrupted)
		switch {
		case err == nil || l.partial:
			if l.choice != nil {
				l.choice.note(len(dst) - begin)
			}
			return dst, nil
		case ctx.Err() != nil:
			return dst, ctx.Err()
		case refusal(err):
			l.refused = err
		}
	}
	if l.instead != nil {
		l.replaced = true
		for _, other := range l.instead {
			var err error
			if dst, err = other.list(ctx, d, p, dst); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}
	var err error
	if dst, err = p.read(ctx, l.file, l.proto, l.parse, dst); err != nil {
		if ctx.Err() != nil {
			return dst, ctx.Err()
		}
		if !l.v6 || !errors.Is(err, unix.ENOENT) {
			l.failed = err
		}
	}
	return dst, nil
}

// refusal reports whether the kernel will give the same answer the next time: no
// such protocol, no module for it, or no right to ask.
func refusal(err error) bool {
	for _, e := range [...]error{unix.ENOENT, unix.EINVAL, unix.EOPNOTSUPP, unix.EPROTONOSUPPORT,
		unix.EAFNOSUPPORT, unix.ESOCKTNOSUPPORT, unix.EPERM, unix.EACCES, unix.ENOSYS, unix.ECONNREFUSED} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
