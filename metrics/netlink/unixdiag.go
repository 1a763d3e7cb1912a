//go:build linux

package netlink

import (
	"bytes"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// Sizes and numbers of include/uapi/linux/unix_diag.h.
const (
	sizeofUnixDiagReq = 24
	sizeofUnixDiagMsg = 16

	udiagShowName  = 1 << 0
	udiagShowRqlen = 1 << 4
	udiagShowUID   = 1 << 6 // since Linux 5.3

	unixDiagName  = 0
	unixDiagRqlen = 4
	unixDiagUID   = 7
)

// maxUnixName is the room for a name in struct sockaddr_un, unix(7).
const maxUnixName = 108

func unixRequest() []byte {
	b := make([]byte, sizeofUnixDiagReq)
	b[0] = unix.AF_UNIX
	native.PutUint32(b[4:], ^uint32(0))
	native.PutUint32(b[12:], udiagShowName|udiagShowRqlen|udiagShowUID)
	return dumpRequest(unix.SOCK_DIAG_BY_FAMILY, b)
}

// decodeUnix reads a unix_diag_msg and its attributes into s, and returns the
// socket's name, which belongs to b. The states of a unix socket are numbered
// like those of TCP: established, close, listen.
func decodeUnix(b []byte, s *metrics.Socket) (name []byte, ok bool) {
	if len(b) < sizeofUnixDiagMsg {
		return nil, false
	}
	s.Family = b[0]
	s.State = metrics.SocketState(b[2])
	s.Inode = uint64(native.Uint32(b[4:]))
	s.Cookie = uint64(native.Uint32(b[8:])) | uint64(native.Uint32(b[12:]))<<32

	for rest := b[sizeofUnixDiagMsg:]; ; {
		kind, value, next, ok := nextAttribute(rest)
		switch {
		case !ok:
			return name, true
		case kind == unixDiagName:
			name = unixName(value)
		case kind == unixDiagRqlen && len(value) >= 8:
			s.RxQueue, s.TxQueue = native.Uint32(value), native.Uint32(value[4:])
		case kind == unixDiagUID && len(value) >= 4:
			s.UID = native.Uint32(value)
		}
		rest = next
	}
}

// unixName turns the bytes of a sun_path, in place, into the form that
// /proc/net/unix shows: a path ends at its NUL; in an abstract name, which begins
// with one, each NUL becomes an @.
func unixName(b []byte) []byte {
	b = b[:min(len(b), maxUnixName)]
	if len(b) == 0 {
		return nil
	}
	if b[0] != 0 {
		if i := bytes.IndexByte(b, 0); i >= 0 {
			b = b[:i]
		}
		return b
	}
	for i := range b {
		if b[i] == 0 {
			b[i] = '@'
		}
	}
	return b
}
