package detectors

import (
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// rawSocket finds programs that speak IP without TCP or UDP, raw(7).
type rawSocket struct{ traffic *traffic }

var rawSocketInfo = &threats.Info{
	ID: "network.raw-socket", Number: 27,
	Title:    "Program has a raw IP socket",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1095", "T1205"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Confirm: 500 * time.Millisecond,
	Why: "A raw socket sends packets of any make and receives those of others. Tunnels through ICMP, scanners with forged packets " +
		"and backdoors that wait for a special packet use one, and no port gives them away.",
	FalsePositives: "ping, traceroute, routing daemons, VPN and monitoring use one and are left out, as programs installed by an administrator; " +
		"tools in the hands of people count as low, and so does ICMP alone.",
	Next: []string{
		"Find out who started it, and whether its owner knows.",
		"Look at what it sends: tcpdump -n proto PROTOCOL, or icmp",
	},
	References: []string{"https://attack.mitre.org/techniques/T1095/"},
}

func (*rawSocket) Info() *threats.Info { return rawSocketInfo }

func (d *rawSocket) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	start, t := len(dst), d.traffic.look(in)
	for _, flow := range t.odd {
		n, ok := t.socket(flow)
		if !ok || in.Socket(n).Proto != metrics.Raw {
			continue
		}
		i := in.Owner(n)
		if i < 0 {
			continue
		}
		severity, confidence, ok := weighOdd(in, i, rawServices, rawTools)
		if !ok {
			continue
		}
		s, p := in.Socket(n), in.Process(i)
		protocol := protocolName(s.LocalPort)
		icmp := protocol == "icmp" || protocol == "icmpv6"
		if icmp && severity < threats.High && !isShell(p.ID) && !isInterpreter(p.ID) {
			severity, confidence = threats.Low, threats.Weak
		}
		dst = keepWorst(dst, start, in.OnProcess(i, rawSocketInfo).As(severity, confidence).
			With("raw socket", "sock_diag", "for "+protocol+", inode "+decimal(s.Inode)).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
	}
	return dst
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
