//go:build linux

package netlink

import (
	"bytes"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// lineParser reads one line of a file in /proc/net into a zero Socket and returns
// its name, which belongs to the line. A heading is not ok.
type lineParser func(line []byte, s *metrics.Socket) (name []byte, ok bool)

// parseInet4 reads a line of /proc/net/tcp, udp or raw, proc_pid_net(5):
//
//	sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …
//
// A listener's limit of waiting connections is not in these files.
func parseInet4(line []byte, s *metrics.Socket) ([]byte, bool) {
	return nil, parseInet(line, unix.AF_INET, s)
}

// parseInet6 reads a line of /proc/net/tcp6, udp6 or raw6.
func parseInet6(line []byte, s *metrics.Socket) ([]byte, bool) {
	return nil, parseInet(line, unix.AF_INET6, s)
}

func parseInet(line []byte, family uint8, s *metrics.Socket) bool {
	f := fields{rest: line}
	f.next() // slot
	ok := parseEndpoint(f.next(), family, &s.LocalIP, &s.LocalPort) &&
		parseEndpoint(f.next(), family, &s.RemoteIP, &s.RemotePort)
	state, ok1 := number(f.next(), 16, 8)
	tx, rx, ok2 := bytes.Cut(f.next(), colon)
	txq, ok3 := number(tx, 16, 32)
	rxq, ok4 := number(rx, 16, 32)
	f.next() // timer
	f.next() // retransmissions that go on
	uid, ok5 := number(f.next(), 10, 32)
	f.next() // probes
	inode, ok6 := number(f.next(), 10, 64)
	if !ok || !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return false
	}
	s.Family = family
	s.State = metrics.SocketState(state)
	s.TxQueue, s.RxQueue = uint32(txq), uint32(rxq)
	s.UID, s.Inode = uint32(uid), inode
	return true
}

var colon = []byte{':'}

// parseEndpoint reads ADDRESS:PORT in hexadecimal. The address is printed as
// words of 32 bits in the byte order of the machine, though it is kept in that of
// the network.
func parseEndpoint(b []byte, family uint8, ip *[16]byte, port *uint16) bool {
	size := 8
	if family == unix.AF_INET6 {
		size = 32
	}
	if len(b) != size+1+4 || b[size] != ':' {
		return false
	}
	var a [16]byte
	for w := 0; w < size/8; w++ {
		word, ok := number(b[w*8:w*8+8], 16, 32)
		if !ok {
			return false
		}
		native.PutUint32(a[w*4:], uint32(word))
	}
	p, ok := number(b[size+1:], 16, 16)
	if !ok {
		return false
	}
	*port, *ip = uint16(p), a
	if family == unix.AF_INET {
		*ip = mapped([4]byte(a[:4]))
	}
	return true
}

// parseUnix reads a line of /proc/net/unix:
//
//	Num: RefCount Protocol Flags Type St Inode Path
//
// St is that of enum socket_state in include/uapi/linux/net.h, 3 is connected and
// 2 a connection that nobody has accepted yet; flag 0x10000 marks a listener. A
// name with a line break in it looks like more lines here: sock_diag has no such
// weakness.
func parseUnix(line []byte, s *metrics.Socket) ([]byte, bool) {
	f := fields{rest: line}
	num := f.next()
	_, ok := number(f.next(), 16, 32)
	f.next() // protocol, always 0
	flags, ok1 := number(f.next(), 16, 32)
	f.next() // type
	state, ok2 := number(f.next(), 16, 8)
	inode, ok3 := number(f.next(), 10, 64)
	if len(num) == 0 || num[len(num)-1] != ':' || !ok || !ok1 || !ok2 || !ok3 {
		return nil, false
	}
	const acceptcon, connecting, connected = 0x10000, 2, 3
	s.Family, s.Inode = unix.AF_UNIX, inode
	switch {
	case flags&acceptcon != 0:
		s.State = metrics.Listen
	case state == connected || state == connecting:
		s.State = metrics.Established
	default:
		s.State = metrics.Close
	}
	name := f.rest
	if len(name) > 0 && name[0] == ' ' {
		name = name[1:]
	}
	if len(name) == 0 {
		return nil, true
	}
	return name[:min(len(name), maxUnixName)], true
}

// parsePacket reads a line of /proc/net/packet:
//
//	sk RefCnt Type Proto Iface R Rmem User Inode
func parsePacket(line []byte, s *metrics.Socket) ([]byte, bool) {
	f := fields{rest: line}
	f.next() // address of the socket
	f.next() // references
	f.next() // type
	proto, ok := number(f.next(), 16, 16)
	iface, ok1 := number(f.next(), 10, 32)
	f.next() // running
	rmem, ok2 := number(f.next(), 10, 32)
	uid, ok3 := number(f.next(), 10, 32)
	inode, ok4 := number(f.next(), 10, 64)
	if !ok || !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, false
	}
	s.Family, s.State = unix.AF_PACKET, metrics.Close
	s.Name = etherType(uint16(proto))
	s.Interface, s.RxQueue = uint32(iface), uint32(rmem)
	s.UID, s.Inode = uint32(uid), inode
	return nil, true
}

// fields takes a line apart at runs of spaces.
type fields struct{ rest []byte }

func (f *fields) next() []byte {
	i := 0
	for i < len(f.rest) && f.rest[i] == ' ' {
		i++
	}
	j := i
	for j < len(f.rest) && f.rest[j] != ' ' {
		j++
	}
	field := f.rest[i:j]
	f.rest = f.rest[j:]
	return field
}

// number parses an unsigned number of at most so many bits; the whole of b must
// be one.
func number(b []byte, base uint64, bits int) (uint64, bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	limit := uint64(1)<<bits - 1
	var n uint64
	for _, c := range b {
		var d uint64
		switch {
		case c >= '0' && c <= '9':
			d = uint64(c - '0')
		case c >= 'a' && c <= 'f':
			d = uint64(c-'a') + 10
		case c >= 'A' && c <= 'F':
			d = uint64(c-'A') + 10
		default:
			return 0, false
		}
		if d >= base || n > (limit-d)/base {
			return 0, false
		}
		n = n*base + d
	}
	return n, true
}
