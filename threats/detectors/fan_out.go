package detectors

import (
	"net/netip"
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// fanOut finds programs that connect to many ports or many hosts in a short time.
type fanOut struct{ traffic *traffic }

var fanOutInfo = &threats.Info{
	ID: "network.fan-out", Number: 29,
	Title:    "Program connects to many ports of one host",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1046"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Includes: []string{"network.unanswered"},
	Why: "Who has got in looks around: which machines are there, which ports are open. Worms do it to spread. " +
		"It shows as one process that connects to many ports or many hosts within a minute.",
	FalsePositives: "Browsers, proxies, mail and name servers, monitoring, peer-to-peer and cluster software reach many hosts by their nature; installed ones are left out unless half of the hosts do not answer. " +
		"The data connections of FTP, ports chosen at random and the machine itself count as low or not at all. Connections that end between two looks are not seen.",
	Next: []string{
		"Look at what else the process and its parent do; a tool called nmap or masscan is somebody's.",
		"Look at the hosts that it reached: did somebody log in from here?",
	},
	References: []string{"https://attack.mitre.org/techniques/T1046/"},
}

const (
	scanPorts      = 15 // different ports of one host within a minute
	scanLowPorts   = 8  // of these, below unprivilegedRange
	scanHosts      = 30 // different hosts on a port of administration
	scanOtherHosts = 50 // different hosts on any other port
)

// administration are the ports of services that intruders look for.
var administration = map[uint16]bool{21: true, 22: true, 23: true, 135: true, 139: true, 445: true, 873: true, 1433: true, 1521: true, 2049: true,
	2222: true, 2323: true, 2375: true, 2376: true, 2379: true, 3306: true, 3389: true, 5432: true, 5555: true, 5900: true, 5985: true, 6379: true,
	7001: true, 8088: true, 8500: true, 8545: true, 9200: true, 10250: true, 11211: true, 27017: true, 37215: true}

// everyday are the ports on which ordinary clients reach many hosts.
var everyday = map[uint16]bool{25: true, 43: true, 53: true, 80: true, 123: true, 443: true, 465: true, 587: true, 853: true, 993: true, 8080: true, 8443: true}

// reachers reach many hosts by their nature.
var reachers = setOf("java node nodejs prometheus blackbox_exporter snmp_exporter zabbix_server zabbix_proxy nagios nagios4 icinga2 naemon telegraf netdata uptime-kuma gatus consul nomad vault serf etcd " +
	"firefox firefox-esr chrome chromium brave opera vivaldi msedge epiphany thunderbird nginx haproxy envoy traefik caddy squid varnishd apache2 httpd privoxy tinyproxy pound relayd " +
	"tor i2pd transmission-daemon transmission-gtk qbittorrent qbittorrent-nox deluged rtorrent aria2c ktorrent amuled ipfs kubo syncthing bitcoind geth monerod erigon lighthouse prysm parity " +
	"named unbound dnsmasq knotd kresd pdns_recursor systemd-resolved coredns master smtp smtpd exim4 sendmail opensmtpd rspamd spamd postscreen " +
	"kube-apiserver kube-controller-manager kube-proxy kubelet k3s cilium-agent calico-node flanneld containerd dockerd docker-proxy cassandra beam.smp erlang scylla mongod mongos redis-server valkey-server clickhouse-server elasticsearch ceph-osd ceph-mon ceph-mds glusterd glusterfsd corosync pacemakerd " +
	"salt-master salt-minion puppet chef-client tailscaled netbird zerotier-one nebula scrapy wget curl lftp apt-mirror debmirror httrack squidguard crawler mtr")

func (*fanOut) Info() *threats.Info { return fanOutInfo }

func (d *fanOut) Bytes() int64 { return d.traffic.Bytes() } // for all who share it

func (d *fanOut) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t := d.traffic.look(in)
	for _, who := range t.history.talkers {
		r := t.history.spread(who)
		if r.ports < scanPorts && r.hosts < scanHosts {
			continue
		}
		i := in.Find(who.key.PID)
		if i < 0 || in.Process(i).Key != who.key {
			continue
		}
		title, severity, confidence := weighReach(in, in.Process(i), who, r)
		if title == "" {
			continue
		}
		dst = append(dst, reachFinding(in, i, fanOutInfo, who, r).As(severity, confidence).Titled(title))
	}
	return dst
}

// weighReach says what the spread of a process's connections amounts to; the
// title is "" when it is ordinary.
func weighReach(in *threats.Input, p *metrics.Process, who *talker, r *reach) (title string, s threats.Severity, c threats.Confidence) {
	silent := 2*r.dead >= r.targets
	ordinary := installedAs(in, p, reachers)
	if r.ports >= scanPorts && !who.transfers(r.host) {
		title = fanOutInfo.Title
		switch local := netip.AddrFrom16(r.host).Unmap().IsLoopback(); {
		case ordinary && !silent:
			title = ""
		case ordinary, local, r.low < scanLowPorts && !silent:
			return title, threats.Low, threats.Weak
		default:
			return title, threats.Medium, threats.Moderate
		}
	}
	switch {
	case ordinary && !silent, everyday[r.port] && !silent:
	case r.hosts >= scanHosts && (administration[r.port] || silent) && !ordinary:
		return "Program connects to many hosts", threats.Medium, threats.Moderate
	case r.hosts >= scanHosts && silent, r.hosts >= scanOtherHosts:
		return "Program connects to many hosts", threats.Low, threats.Weak
	}
	return title, 0, 0
}

// transfers reports whether the talker has an FTP session with the host, whose
// data connections go to ports at random.
func (t *talker) transfers(host [16]byte) bool {
	for i := range t.recent {
		if c := &t.recent[i]; c.ip == host && (c.port == 21 || c.port == 990) {
			return true
		}
	}
	return false
}

// reachFinding begins a finding about the connections of a minute.
func reachFinding(in *threats.Input, i int32, info *threats.Info, who *talker, r *reach) threats.Finding {
	p := in.Process(i)
	return in.OnProcess(i, info).
		With("connects within a minute", "sock_diag", "to "+strconv.Itoa(r.targets)+" different targets on "+strconv.Itoa(r.anywhere)+" hosts; "+strconv.Itoa(r.dead)+" did not answer").
		With("most ports of a host", "sock_diag", strconv.Itoa(r.ports)+" of "+netip.AddrFrom16(r.host).Unmap().String()).
		With("most hosts on a port", "sock_diag", strconv.Itoa(r.hosts)+" on port "+strconv.Itoa(int(r.port))).
		With("the last ones", "sock_diag", who.lastOnes()).
		With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
}

// lastOnes lists some targets, the newest first.
func (t *talker) lastOnes() string {
	var b []byte
	for n := 0; n < 8 && n < len(t.recent); n++ {
		if n > 0 {
			b = append(b, ", "...)
		}
		c := &t.recent[len(t.recent)-1-n]
		b = netip.AddrPortFrom(netip.AddrFrom16(c.ip).Unmap(), c.port).AppendTo(b)
	}
	return string(b)
}
