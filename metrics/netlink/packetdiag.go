//go:build linux

package netlink

import (
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// Sizes and numbers of include/uapi/linux/packet_diag.h.
const (
	sizeofPacketDiagReq = 20
	sizeofPacketDiagMsg = 16

	packetShowInfo = 1 << 0 // brings PACKET_DIAG_UID as well

	packetDiagInfo = 0
	packetDiagUID  = 5
)

func packetRequest() []byte {
	b := make([]byte, sizeofPacketDiagReq)
	b[0] = unix.AF_PACKET
	native.PutUint32(b[8:], packetShowInfo)
	return dumpRequest(unix.SOCK_DIAG_BY_FAMILY, b)
}

// decodePacket reads a packet_diag_msg and its attributes into s. A packet
// socket has no state: it is Close, as ss(8) has it.
func decodePacket(b []byte, s *metrics.Socket) (name []byte, ok bool) {
	if len(b) < sizeofPacketDiagMsg {
		return nil, false
	}
	s.Family = b[0]
	s.State = metrics.Close
	s.Name = etherType(native.Uint16(b[2:]))
	s.Inode = uint64(native.Uint32(b[4:]))
	s.Cookie = uint64(native.Uint32(b[8:])) | uint64(native.Uint32(b[12:]))<<32

	for rest := b[sizeofPacketDiagMsg:]; ; {
		kind, value, next, ok := nextAttribute(rest)
		switch {
		case !ok:
			return nil, true
		case kind == packetDiagInfo && len(value) >= 4:
			s.Interface = native.Uint32(value)
		case kind == packetDiagUID && len(value) >= 4:
			s.UID = native.Uint32(value)
		}
		rest = next
	}
}

// etherType names the protocol that a packet socket receives, by
// include/uapi/linux/if_ether.h; 0 is none.
func etherType(n uint16) string {
	switch n {
	case 0:
		return "none"
	case unix.ETH_P_ALL:
		return "all"
	case unix.ETH_P_802_2:
		return "802.2"
	case unix.ETH_P_IP:
		return "ip"
	case unix.ETH_P_ARP:
		return "arp"
	case unix.ETH_P_IPV6:
		return "ipv6"
	case unix.ETH_P_PAE:
		return "eapol"
	case unix.ETH_P_LLDP:
		return "lldp"
	}
	return "0x" + strconv.FormatUint(uint64(n), 16)
}
