package detectors

import (
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// odd reports whether a socket is below TCP and UDP.
func odd(s *metrics.Socket) bool { return s.Proto == metrics.Packet || s.Proto == metrics.Raw }

// socketText is a socket of any kind for a reader.
func socketText(s *metrics.Socket) string {
	switch {
	case s.Proto == metrics.Packet:
		return "packet socket for " + s.Name
	case s.Proto == metrics.Raw:
		return "raw socket for " + protocolName(s.LocalPort)
	case s.RemotePort != 0:
		return connectionText(s)
	}
	return s.Proto.String() + " " + s.Local().String()
}

// protocolName names a protocol of IP, of which a raw socket has the number in
// the place of its port.
func protocolName(n uint16) string {
	switch n {
	case 1:
		return "icmp"
	case 2:
		return "igmp"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 58:
		return "icmpv6"
	case 89:
		return "ospf"
	case 112:
		return "vrrp"
	case 255:
		return "any protocol"
	}
	return "protocol " + strconv.Itoa(int(n))
}

// The programs that need such sockets for their work, and those by which people
// look at a network.
var (
	packetServices = setOf("dhclient dhcpcd dhcpcd5 dhcpd dhcpd3 dhcp6c kea-dhcp4 kea-dhcp6 udhcpc udhcpd dhcrelay dnsmasq NetworkManager systemd-networkd connmand " +
		"wpa_supplicant hostapd iwd ifupdown2 pppd pppoe pppoe-server lldpd lldpad ladvd arpwatch addrwatch avahi-autoipd zcip keepalived ucarp vrrpd " +
		"suricata snort zeek bro ntopng softflowd nprobe fprobe pmacctd argus p0f darkstat iftop-daemon netdata ntop packetbeat tailscaled dockerd containerd ovs-vswitchd " +
		"ospfd ospf6d isisd bgpd zebra ripd eigrpd pimd nhrpd bird bird6 babeld olsrd batadv-vis radvd rdisc6 ndppd miredo ptp4l phc2sys lldpcli teamd mstpd mrpd " +
		"qemu-system-x86_64 qemu-system-aarch64 qemu-kvm VBoxHeadless vmnet-dhcpd cloud-hypervisor firecracker slirp4netns pasta passt")
	rawServices = setOf("keepalived radvd ospfd ospf6d pimd pim6d ripd bgpd zebra eigrpd nhrpd ldpd vrrpd bird bird6 babeld mrouted igmpproxy smcroute smcrouted pimd-dense ucarp NetworkManager systemd-networkd " +
		"dhclient dhcpcd dhcpcd5 dhcpd dhcp6c odhcpd wide-dhcpv6-client connmand avahi-autoipd ndppd rdisc6 " +
		"fping smokeping blackbox_exporter ping_exporter smokeping_prober telegraf zabbix_server zabbix_proxy zabbix_agentd nagios icinga2 naemon check_icmp check_ping check_fping check_host check_dhcp monit netdata ping.plugin apps.plugin consul uptime-kuma gatus " +
		"charon charon-systemd starter pluto racoon xl2tpd pptpd pptpctrl openvpn vtund 6tunnel haproxy pacemaker-attrd pingd gdnsd unbound dockerd libreswan wg-quick")
	packetTools = setOf("tcpdump dumpcap tshark wireshark nmap masscan zmap ngrep tcpflow ettercap bettercap dsniff arpspoof arping arp-scan netdiscover iftop nethogs bandwhich trafshow iptraf iptraf-ng bmon hping3 hping nping scapy netsniff-ng trafgen sngrep termshark jnettop pktstat justniffer responder")
	rawTools    = setOf("ping ping4 ping6 traceroute traceroute6 tracepath tracepath6 mtr mtr-packet lft tcptraceroute paris-traceroute dublin-traceroute trip trippy gping oping noping nmap nping hping3 hping masscan zmap arping clockdiff rdisc ninfod")
)

// weighOdd says how much a packet or raw socket of process i matters; false when
// it does not.
func weighOdd(in *threats.Input, i int32, services, tools *nameSet) (threats.Severity, threats.Confidence, bool) {
	p := in.Process(i)
	switch {
	case p.Kthread() || p.ID.Exe == "":
		return 0, 0, false
	case removed(in, p) || oddProgram(p.ID.Exe) || posesAsKthread(p):
		return threats.High, threats.Moderate, true
	case installedAs(in, p, services):
		return 0, 0, false
	case installedAs(in, p, tools):
		return threats.Low, threats.Weak, true
	}
	return threats.Medium, threats.Moderate, true
}
