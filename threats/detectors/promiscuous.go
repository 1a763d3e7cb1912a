package detectors

import (
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// promiscuous finds interfaces that take in what is meant for others.
type promiscuous struct{}

var promiscuousInfo = &threats.Info{
	ID: "network.promiscuous", Number: 28,
	Title:    "An interface listens to the traffic of others",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1040"},
	Every:      10 * time.Second,
	Why:        "A sniffer puts the interface into promiscuous mode to read passwords and sessions that pass by.",
	FalsePositives: "Bridges, virtual machines, containers and VLANs need it: their interfaces and those with another interface on top are left out. " +
		"While a known capture or intrusion-detection program runs it counts as low.",
	Next: []string{
		"ip -d link show: is promiscuity more than zero, and what is it a part of?",
		"Look for packet sockets and who holds them: ss -0 -p.",
		"journalctl -k | grep promiscuous shows when the mode began.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1040/"},
}

// sniffers put interfaces into promiscuous mode for who runs them.
var sniffers = setOf("tcpdump tshark dumpcap wireshark suricata snort zeek bro arpwatch ntopng nprobe softflowd pmacctd iftop ettercap kismet dhcpdump netsniff-ng vnstatd darkstat p0f sngrep ngrep packetbeat")

// virtual begin the names of interfaces of virtual machines and containers.
var virtual = []string{"veth", "tap", "tun", "vnet", "virbr", "docker", "br-", "cni", "cali", "flannel", "cilium", "lxc", "lxd", "incus", "podman", "ovs", "macvtap", "vmnet", "vboxnet", "xen", "vif", "fwpr", "fwln", "fwbr", "vmbr", "nodelocaldns", "kube"}

func (promiscuous) Info() *threats.Info { return promiscuousInfo }

func (promiscuous) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	nets := in.Snapshot.System.Networks
	for n := range nets {
		name := nets[n].Name
		if !nets[n].Promiscuous || nets[n].Loopback || strings.Contains(name, "/") || partOf(in.Files, name) {
			continue
		}
		f := threats.OnHost(name, promiscuousInfo).With("interface", "/sys/class/net/"+name+"/flags", name+" is promiscuous")
		for i := range in.Snapshot.Processes {
			if p := &in.Snapshot.Processes[i]; installedAs(in, p, sniffers) {
				f = f.With("a program that does so", threats.Proc(p.Key.PID, "exe"), p.ID.Exe).As(threats.Low, threats.Weak)
				break
			}
		}
		dst = append(dst, f)
	}
	return dst
}

// partOf reports whether an interface belongs to a bridge, to virtual machines
// or to an interface on top of it.
func partOf(files *threats.Files, name string) bool {
	for _, v := range virtual {
		if strings.HasPrefix(name, v) {
			return true
		}
	}
	list, _, err := files.ReadDir("/sys/class/net/"+name, 128)
	if err != nil {
		return false
	}
	for _, e := range list {
		if e.Name == "brport" || e.Name == "bridge" || e.Name == "master" || e.Name == "tun_flags" || strings.HasPrefix(e.Name, "upper_") {
			return true
		}
	}
	return false
}
