package host

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// links asks the kernel over route netlink, rtnetlink(7), in two dumps. The net
// package, which gopsutil uses, dumps all addresses anew for each interface, and
// neither tells that an interface is promiscuous.
func links() (map[string]link, error) {
	linkDump, err := syscall.NetlinkRIB(syscall.RTM_GETLINK, syscall.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("dumping links: %w", err)
	}
	addrDump, err := syscall.NetlinkRIB(syscall.RTM_GETADDR, syscall.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("dumping addresses: %w", err)
	}
	return parseLinks(linkDump, addrDump)
}

func parseLinks(linkDump, addrDump []byte) (map[string]link, error) {
	linkMessages, err := syscall.ParseNetlinkMessage(linkDump)
	if err != nil {
		return nil, fmt.Errorf("parsing links: %w", err)
	}
	addrMessages, err := syscall.ParseNetlinkMessage(addrDump)
	if err != nil {
		return nil, fmt.Errorf("parsing addresses: %w", err)
	}
	addresses := make(map[uint32][]string)
	for i := range addrMessages {
		if index, a := parseAddr(&addrMessages[i]); a.IsValid() {
			addresses[index] = append(addresses[index], a.String())
		}
	}
	known := make(map[string]link)
	for i := range linkMessages {
		if index, name, l := parseLink(&linkMessages[i]); name != "" && len(known) < maxInterfaces {
			l.addresses = addresses[index]
			known[name] = l
		}
	}
	return known, nil
}

// parseLink reads struct ifinfomsg and its attributes.
func parseLink(m *syscall.NetlinkMessage) (index uint32, name string, l link) {
	if m.Header.Type != syscall.RTM_NEWLINK || len(m.Data) < syscall.SizeofIfInfomsg {
		return 0, "", l
	}
	index = binary.NativeEndian.Uint32(m.Data[4:])
	flags := binary.NativeEndian.Uint32(m.Data[8:])
	l.up, l.loopback = flags&unix.IFF_UP != 0, flags&unix.IFF_LOOPBACK != 0
	l.promiscuous = flags&unix.IFF_PROMISC != 0
	attributes, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return 0, "", l
	}
	for _, a := range attributes {
		switch a.Attr.Type {
		case unix.IFLA_IFNAME:
			name = unix.ByteSliceToString(a.Value)
		case unix.IFLA_PROMISCUITY:
			// Counts listeners too, such as tcpdump, which do not show in the flag.
			l.promiscuous = l.promiscuous || len(a.Value) == 4 && binary.NativeEndian.Uint32(a.Value) > 0
		}
	}
	return index, name, l
}

// parseAddr reads struct ifaddrmsg and its attributes. IFA_LOCAL is our end of a
// point-to-point link, where IFA_ADDRESS is the other.
func parseAddr(m *syscall.NetlinkMessage) (index uint32, p netip.Prefix) {
	if m.Header.Type != syscall.RTM_NEWADDR || len(m.Data) < syscall.SizeofIfAddrmsg {
		return 0, p
	}
	bits, index := int(m.Data[1]), binary.NativeEndian.Uint32(m.Data[4:])
	attributes, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return 0, p
	}
	var address, local netip.Addr
	for _, a := range attributes {
		switch a.Attr.Type {
		case unix.IFA_ADDRESS:
			address, _ = netip.AddrFromSlice(a.Value)
		case unix.IFA_LOCAL:
			local, _ = netip.AddrFromSlice(a.Value)
		}
	}
	if local.IsValid() {
		address = local
	}
	return index, netip.PrefixFrom(address, bits)
}
