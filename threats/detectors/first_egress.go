package detectors

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// firstEgress finds processes that were silent for long, and then send much to
// the Internet.
type firstEgress struct {
	traffic *traffic
	talking []debut
}

// debut is a process that sent its first bytes lately.
type debut struct {
	key   metrics.ProcKey
	at    time.Time
	quiet time.Duration // how long it was known to be silent
	peer  netip.AddrPort
}

var firstEgressInfo = &threats.Info{
	ID: "network.first-egress", Number: 31,
	Title:    "Program that never sent anything sends much to the Internet",
	Severity: threats.Low, Confidence: threats.Weak, Cost: threats.State,
	Techniques: []string{"T1048"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Why: "A process has its habits. One that ran for long without a word, and then sends megabytes out, " +
		"does something it was not there for: code was injected into it, or somebody at its terminal has found another use.",
	FalsePositives: "A backup or an upload that a resident service begins from time to time. Answers to those who connect to a service do not count. " +
		"A shell, an interpreter, a deleted program and one in a writable or hidden place count as medium.",
	Next: []string{
		"Look at the peer's address and at what was sent: the files that the process has open.",
		"Look at the process's memory maps for code that is not of its program.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1048/"},
}

const (
	egressQuiet  = 10 * time.Minute // of silence before
	egressWithin = 5 * time.Minute  // after the first byte
	egressShown  = 15 * time.Minute // how long the finding stays
	egressBytes  = 1 << 20
	maxDebuts    = 256
)

func (*firstEgress) Info() *threats.Info { return firstEgressInfo }

func (d *firstEgress) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t := d.traffic.look(in)
	for _, s := range t.began {
		d.begin(in, t, s)
	}
	if len(d.talking) == 0 {
		return dst
	}
	d.talking = slices.DeleteFunc(d.talking, func(b debut) bool {
		i := in.Find(b.key.PID)
		if i < 0 || in.Process(i).Key != b.key || in.Now.Sub(b.at) > egressShown {
			return true
		}
		p := in.Process(i)
		if p.NetTxBytes < egressBytes {
			return in.Now.Sub(b.at) > egressWithin
		}
		f := in.OnProcess(i, firstEgressInfo).
			With("sent", "sock_diag", fmt.Sprintf("%d bytes since %s; before that nothing for %s", p.NetTxBytes, b.at.Format(time.TimeOnly), b.quiet.Round(time.Minute))).
			With("first peer", "sock_diag", b.peer.String()).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		if removed(in, p) || suspicious(p) != 0 || isInterpreter(p.ID) {
			f = f.As(threats.Medium, threats.Weak)
		}
		dst = append(dst, f)
		return false
	})
	return dst
}

// begin takes note of a process that sends its first bytes after a long silence.
func (d *firstEgress) begin(in *threats.Input, t *traffic, s sending) {
	p, sock := in.Process(s.process), in.Socket(s.socket)
	if in.Previous == nil || len(d.talking) >= maxDebuts || !t.outgoing(sock) {
		return
	}
	quiet := min(in.Snapshot.Uptime-time.Duration(p.Key.Start)*(time.Second/metrics.TicksPerSecond), t.at.Sub(t.begun))
	was := in.Previous.Lookup(p.Key)
	if quiet < egressQuiet || was == nil || was.NetTxBytes > 0 || slices.ContainsFunc(d.talking, func(b debut) bool { return b.key == p.Key }) {
		return
	}
	for _, n := range in.Sockets(s.process) { // what was sent before we looked is not in the sum
		if o := in.Socket(n); o.HasInfo && o.TxBytes > 0 && !slices.Contains(t.began, sending{s.process, n}) {
			return
		}
	}
	d.talking = append(d.talking, debut{p.Key, in.Now, quiet, sock.Remote()})
}
