package detectors

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// packetSocket finds programs that read the network below IP, packet(7).
type packetSocket struct{ traffic *traffic }

var packetSocketInfo = &threats.Info{
	ID: "network.packet-socket", Number: 26,
	Title:    "Program reads network packets",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1040", "T1205"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Confirm: 500 * time.Millisecond,
	Why: "A packet socket sees what others send, past the firewall and without an open port. " +
		"Sniffers collect passwords with it, and backdoors of the BPFDoor kind wait on one for the packet that wakes them.",
	FalsePositives: "DHCP clients, network managers, LLDP and routing daemons, intrusion detection and virtual machines need one and are left out, " +
		"as programs installed by an administrator; an upgrade since the start does not matter. Tools by which people look at a network count as low, and so does a socket for a control protocol alone.",
	Next: []string{
		"Find out who started it, and whether its owner knows.",
		"Look at the filter and the interface: ss -0pb",
		"A program that nobody installed, or whose file is deleted: save it from /proc/PID/exe.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1040/", "https://attack.mitre.org/techniques/T1205/"},
}

func (*packetSocket) Info() *threats.Info { return packetSocketInfo }

func (d *packetSocket) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	start, t := len(dst), d.traffic.look(in)
	for _, flow := range t.odd {
		n, ok := t.socket(flow)
		if !ok || in.Socket(n).Proto != metrics.Packet {
			continue
		}
		i := in.Owner(n)
		if i < 0 {
			continue
		}
		severity, confidence, ok := weighOdd(in, i, packetServices, packetTools)
		if !ok {
			continue
		}
		s, p := in.Socket(n), in.Process(i)
		if controlProtocol(s.Name) && severity < threats.High {
			severity, confidence = threats.Low, threats.Weak
		}
		dst = keepWorst(dst, start, in.OnProcess(i, packetSocketInfo).As(severity, confidence).
			With("packet socket", "packet_diag", "for "+s.Name+", inode "+decimal(s.Inode)).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
	}
	return dst
}

// controlProtocol reports whether packets of the type carry nobody's data.
func controlProtocol(etherType string) bool {
	switch etherType {
	case "none", "arp", "eapol", "lldp", "0x8863", "0x8809", "0x88f7", "0x8902":
		return true // the numbers: PPPoE discovery, LACP, PTP, CFM
	}
	return false
}
