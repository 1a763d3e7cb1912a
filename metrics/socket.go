package metrics

import (
	"net/netip"
	"syscall"
)

// Proto is the kind of a socket.
type Proto uint8

// The kinds of socket that are listed.
const (
	ProtoUnknown Proto = iota
	TCP
	UDP
	Raw
	Packet
	Unix
)

// SocketState is the state of a socket, numbered as in include/net/tcp_states.h.
// A UDP socket is Established when it is connected, else Close.
type SocketState uint8

// The states.
const (
	Established SocketState = iota + 1
	SynSent
	SynRecv
	FinWait1
	FinWait2
	TimeWait
	Close
	CloseWait
	LastAck
	Listen
	Closing
	NewSynRecv
)

// Socket is one socket at the moment of a snapshot. Addresses are plain bytes,
// so that a list of thousands holds few pointers.
type Socket struct {
	Inode  uint64  // of the socket file; 0 for one that no file holds (TIME_WAIT)
	Cookie uint64  // the kernel's identity of the socket, unique until reboot; 0 when unknown
	Owner  ProcKey // the process that holds it, the oldest of several; PID 0 when unknown

	RxBytes, TxBytes  uint64   // payload received, and sent and acknowledged; with HasInfo
	LocalIP, RemoteIP [16]byte // IPv4 as IPv4-mapped IPv6; zero with FamilyUnix and packet sockets

	RTTMicros   uint32 // smoothed round trip time, µs; with HasInfo
	Retransmits uint32 // segments sent again since the start; with HasInfo
	RxQueue     uint32 // bytes waiting for the program; of a listener: connections waiting
	TxQueue     uint32 // bytes not yet acknowledged; of a listener: the limit of waiting connections
	UID         uint32
	Interface   uint32 // index of the interface it is bound to; 0 is none
	FD          int32  // lowest descriptor by which Owner holds it; -1 when unknown
	Holders     uint16 // how many processes hold it, as far as known

	LocalPort, RemotePort uint16
	Family                uint8 // syscall.AF_INET, AF_INET6, AF_UNIX, AF_PACKET
	Proto                 Proto
	State                 SocketState
	HasInfo               bool // the numbers of tcp_info are known

	Name string // path of a unix socket (abstract: begins with @); ethertype of a packet socket; hostile text
}

// Local is the address and port of this end.
func (s *Socket) Local() netip.AddrPort {
	return netip.AddrPortFrom(address(s.Family, s.LocalIP), s.LocalPort)
}

// Remote is the address and port of the other end; unspecified without one.
func (s *Socket) Remote() netip.AddrPort {
	return netip.AddrPortFrom(address(s.Family, s.RemoteIP), s.RemotePort)
}

func address(family uint8, b [16]byte) netip.Addr {
	a := netip.AddrFrom16(b)
	if family == syscall.AF_INET {
		return a.Unmap()
	}
	return a
}

// Listening reports whether the socket waits for others: a TCP or unix listener,
// or a UDP socket that is bound and not connected.
func (s *Socket) Listening() bool {
	return s.State == Listen || s.Proto == UDP && s.State == Close && s.LocalPort != 0
}

// Inet reports whether the socket speaks TCP or UDP over IPv4 or IPv6.
func (s *Socket) Inet() bool { return s.Proto == TCP || s.Proto == UDP }

func (p Proto) String() string {
	return [...]string{"unknown", "tcp", "udp", "raw", "packet", "unix"}[min(p, Unix)]
}

var socketStates = [...]string{"", "established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2",
	"time-wait", "close", "close-wait", "last-ack", "listen", "closing", "syn-recv"}

// String is the state as ss(8) writes it, in full.
func (s SocketState) String() string {
	if int(s) < len(socketStates) {
		return socketStates[s]
	}
	return "unknown"
}
