//go:build linux

package netlink

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// Netlink numbers are in the byte order of the machine, netlink(7).
var native = binary.NativeEndian

var (
	errTruncated = errors.New("message is cut short")
	errMalformed = errors.New("message is malformed")
)

// nlaTypeMask takes the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER off the type
// of an attribute.
const nlaTypeMask = 0x3fff

// message is one netlink message; payload belongs to the buffer it was read from.
type message struct {
	kind, flags uint16
	seq         uint32
	payload     []byte
}

// nextMessage takes the first message off b and returns what follows it. The
// kernel aligns messages to four bytes, and the last may lack its padding.
func nextMessage(b []byte) (m message, rest []byte, err error) {
	if len(b) < unix.SizeofNlMsghdr {
		return m, nil, errTruncated
	}
	n := native.Uint32(b)
	if n < unix.SizeofNlMsghdr {
		return m, nil, errMalformed
	}
	if uint64(n) > uint64(len(b)) {
		return m, nil, errTruncated
	}
	m = message{
		kind:    native.Uint16(b[4:]),
		flags:   native.Uint16(b[6:]),
		seq:     native.Uint32(b[8:]),
		payload: b[unix.SizeofNlMsghdr:n],
	}
	return m, b[min(align(int(n)), len(b)):], nil
}

// errno is the error number that an NLMSG_ERROR or NLMSG_DONE carries: the first
// four bytes, negative; 0 is none. Older kernels send an NLMSG_DONE without it.
func (m message) errno() unix.Errno {
	if len(m.payload) < 4 {
		return 0
	}
	if n := int32(native.Uint32(m.payload)); n < 0 {
		return unix.Errno(-int64(n))
	}
	return 0
}

// nextAttribute takes the first attribute off b. ok is false at the end and at
// an attribute that does not fit, which ends the list.
func nextAttribute(b []byte) (kind uint16, value, rest []byte, ok bool) {
	if len(b) < unix.SizeofNlAttr {
		return 0, nil, nil, false
	}
	n := int(native.Uint16(b))
	if n < unix.SizeofNlAttr || n > len(b) {
		return 0, nil, nil, false
	}
	kind = native.Uint16(b[2:]) & nlaTypeMask
	return kind, b[unix.SizeofNlAttr:n], b[min(align(n), len(b)):], true
}

func align(n int) int { return (n + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }

// dumpRequest is a message of the kind that asks for a listing; the kernel answers
// with messages of the same kind. The sequence number is set when it is sent.
func dumpRequest(kind uint16, payload []byte) []byte {
	b := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(payload))
	native.PutUint32(b, uint32(cap(b)))
	native.PutUint16(b[4:], kind)
	native.PutUint16(b[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	return append(b, payload...)
}
