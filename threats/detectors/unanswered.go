package detectors

import (
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// unanswered finds connection attempts that lead nowhere: many of one process
// that get no answer, and many on the whole machine that fail.
type unanswered struct {
	traffic *traffic
	fails   failures
}

var unansweredInfo = &threats.Info{
	ID: "network.unanswered", Number: 29,
	Title:    "Program asks many hosts or ports that do not answer",
	Severity: threats.Low, Confidence: threats.Weak, Cost: threats.State,
	Techniques: []string{"T1046"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Why: "Who knows its peers gets answers. Many SYN without one are those of somebody who guesses: a scan of addresses or ports behind a firewall, " +
		"or an implant that tries the addresses of control servers that are gone.",
	FalsePositives: "Monitoring of machines that are down, a cluster that lost its members, and a firewall that drops what a program asks for. " +
		"A program in a writable or hidden place, or a deleted one, counts as medium. Attempts that fail on the whole machine are counted by the kernel without their owner.",
	Next: []string{
		"Look at the targets: are they neighbours in the network, or all over the world?",
		"See the attempts as they are made: ss -tnp state syn-sent",
	},
	References: []string{"https://attack.mitre.org/techniques/T1046/"},
}

const (
	deadTargets = 10  // different ones without an answer within a minute
	failBurst   = 500 // failed attempts of the machine within a minute
)

func (*unanswered) Info() *threats.Info { return unansweredInfo }

func (d *unanswered) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t := d.traffic.look(in)
	for _, who := range t.history.talkers {
		r := t.history.spread(who)
		if r.dead < deadTargets {
			continue
		}
		i := in.Find(who.key.PID)
		if i < 0 || in.Process(i).Key != who.key {
			continue
		}
		f := reachFinding(in, i, unansweredInfo, who, r)
		if p := in.Process(i); removed(in, p) || suspicious(p)&(suspectPlace|suspectKthread) != 0 {
			f = f.As(threats.Medium, threats.Weak)
		}
		dst = append(dst, f)
	}
	if n := d.fails.within(in); n >= failBurst {
		dst = append(dst, threats.OnHost("", unansweredInfo).Titled("Many connection attempts fail").
			With("failed attempts within a minute", "/proc/net/snmp", strconv.FormatUint(n, 10)+" (Tcp: AttemptFails)"))
	}
	return dst
}
