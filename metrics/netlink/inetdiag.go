//go:build linux

package netlink

import (
	"encoding/binary"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// Sizes, offsets and numbers of include/uapi/linux/inet_diag.h.
const (
	sizeofInetDiagReq = 56 // inet_diag_req_v2
	sizeofTCPDiagReq  = 60 // inet_diag_req
	sizeofInetDiagMsg = 72 // inet_diag_msg
	tcpDiagGetSock    = 18 // TCPDIAG_GETSOCK
	inetDiagInfo      = 2  // INET_DIAG_INFO
	allStates         = 1<<(uint(metrics.NewSynRecv)+1) - 1
)

// Offsets in struct tcp_info of include/uapi/linux/tcp.h. It has grown with the
// kernel, always at its end: bytes_received is there since Linux 4.1.
const (
	infoRTT           = 68
	infoTotalRetrans  = 100
	infoBytesAcked    = 120
	infoBytesReceived = 128
	infoSize          = 136 // up to what is read here
)

// inetRequest asks for all sockets of a protocol and family, and for tcp_info
// where info is set.
func inetRequest(family, protocol uint8, info bool) []byte {
	b := make([]byte, sizeofInetDiagReq)
	b[0], b[1] = family, protocol
	if info {
		b[2] = 1 << (inetDiagInfo - 1)
	}
	native.PutUint32(b[4:], allStates)
	return dumpRequest(unix.SOCK_DIAG_BY_FAMILY, b)
}

// tcpRequest asks for the TCP sockets of both families that are in one of the
// states, with tcp_info. It is of
// the older form, which the kernel turns into a request for any family: the newer
// one cannot say that, and would have the kernel walk its table twice.
func tcpRequest(states uint32) []byte {
	b := make([]byte, sizeofTCPDiagReq)
	b[0], b[3] = unix.AF_INET, 1<<(inetDiagInfo-1)
	native.PutUint32(b[52:], states)
	return dumpRequest(tcpDiagGetSock, b)
}

// decodeInet reads an inet_diag_msg and its attributes into s. A raw socket has
// its IP protocol number in the place of the local port.
func decodeInet(b []byte, s *metrics.Socket) (name []byte, ok bool) {
	if len(b) < sizeofInetDiagMsg {
		return nil, false
	}
	s.Family = b[0]
	s.State = metrics.SocketState(b[1])
	s.LocalPort = binary.BigEndian.Uint16(b[4:])
	s.RemotePort = binary.BigEndian.Uint16(b[6:])
	if s.Family == unix.AF_INET {
		s.LocalIP = mapped([4]byte(b[8:12]))
		s.RemoteIP = mapped([4]byte(b[24:28]))
	} else {
		s.LocalIP = [16]byte(b[8:24])
		s.RemoteIP = [16]byte(b[24:40])
	}
	s.Interface = native.Uint32(b[40:])
	s.Cookie = uint64(native.Uint32(b[44:])) | uint64(native.Uint32(b[48:]))<<32
	s.RxQueue = native.Uint32(b[56:])
	s.TxQueue = native.Uint32(b[60:])
	s.UID = native.Uint32(b[64:])
	s.Inode = uint64(native.Uint32(b[68:]))

	for rest := b[sizeofInetDiagMsg:]; ; {
		kind, value, next, ok := nextAttribute(rest)
		if !ok {
			return nil, true
		}
		if kind == inetDiagInfo {
			decodeTCPInfo(value, s)
		}
		rest = next
	}
}

// decodeTCPInfo reads struct tcp_info. Of a listener the kernel fills in its
// queue alone, so that the rest is no measurement. The byte counts include the
// SYN and FIN, which take one sequence number each.
func decodeTCPInfo(b []byte, s *metrics.Socket) {
	if len(b) < infoSize || s.State == metrics.Listen {
		return
	}
	s.HasInfo = true
	s.RTTMicros = native.Uint32(b[infoRTT:])
	s.Retransmits = native.Uint32(b[infoTotalRetrans:])
	s.TxBytes = native.Uint64(b[infoBytesAcked:])
	s.RxBytes = native.Uint64(b[infoBytesReceived:])
}

// mapped is the IPv4-mapped IPv6 form of an IPv4 address.
func mapped(a [4]byte) [16]byte {
	return [16]byte{10: 0xff, 11: 0xff, 12: a[0], 13: a[1], 14: a[2], 15: a[3]}
}
