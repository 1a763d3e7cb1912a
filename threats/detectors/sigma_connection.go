package detectors

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

// sigmaConnection judges each new connection by Sigma's network_connection
// rules. What it found stays for as long as the connection does.
type sigmaConnection struct {
	*ruleBook
	traffic *traffic
	seen    uint64    // version of the rules by which matched was made
	pending []waiting // new connections whose owner is not known yet
	spare   []waiting
	matched []matchedFlow
}

type waiting struct {
	flow  flow
	since time.Time
}

type matchedFlow struct {
	flow    flow
	finding threats.Finding
}

// Bounds on what is remembered of connections.
const (
	maxPendingFlows = 4096
	maxMatchedFlows = 512
)

var sigmaConnectionInfo = threats.Info{
	ID: "sigma.network-connection", Title: "Sigma rule on a connection", Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Needs:          metrics.TraceFiles,
	Why:            "A rule, built in or of your own, describes this connection. The finding says which and why.",
	FalsePositives: "Each rule names its own.",
	Next:           []string{"Read the rule; rules list shows where it stands."},
}

func (d *sigmaConnection) Info() *threats.Info { return &sigmaConnectionInfo }

func (d *sigmaConnection) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refresh()
	t := d.traffic.look(in)
	if len(in.Snapshot.Sockets) == 0 {
		return d.report(dst)
	}
	if d.seen != d.version { // other rules: every connection is to be judged anew
		d.seen, d.matched, d.pending = d.version, d.matched[:0], d.pending[:0]
		for i := range in.Snapshot.Sockets {
			d.consider(in, t, int32(i), in.Now)
		}
	} else {
		waited := d.pending
		d.pending, d.spare = d.spare[:0], waited
		for _, w := range waited {
			if i, ok := t.socket(w.flow); ok && in.Now.Sub(w.since) < ownerWait {
				d.consider(in, t, i, w.since)
			}
		}
		for _, i := range t.fresh {
			d.consider(in, t, i, in.Now)
		}
	}
	kept := d.matched[:0]
	for _, m := range d.matched {
		if _, ok := t.socket(m.flow); ok {
			kept = append(kept, m)
		}
	}
	clear(d.matched[len(kept):])
	d.matched = kept
	return d.report(dst)
}

func (d *sigmaConnection) report(dst []threats.Finding) []threats.Finding {
	for i := range d.matched {
		dst = append(dst, d.matched[i].finding)
	}
	return dst
}

// consider judges socket i if it is a connection, once its owner is known.
func (d *sigmaConnection) consider(in *threats.Input, t *traffic, i int32, since time.Time) {
	s := in.Socket(i)
	if !s.Inet() || s.Listening() || s.RemotePort == 0 || s.State == metrics.TimeWait {
		return
	}
	f, ok := t.flowOf(i)
	if !ok {
		return
	}
	owner := in.Owner(i)
	if owner < 0 && in.Now.Sub(since) < ownerWait-time.Second && len(d.pending) < maxPendingFlows {
		d.pending = append(d.pending, waiting{f, since})
		return
	}
	d.describe(in, t, s, owner)
	for _, e := range d.match(in, !t.first) {
		if len(d.matched) < maxMatchedFlows {
			d.matched = append(d.matched, matchedFlow{f, d.fill(in.OnSocket(i, d.info(e)), e)})
		}
	}
}

// describe fills the event with the fields of network_connection. A connection
// was initiated here unless somebody listens on its local port.
func (d *sigmaConnection) describe(in *threats.Input, t *traffic, s *metrics.Socket, owner int32) {
	ev := &d.event
	ev.Reset(sigma.NetworkConnection)
	if owner >= 0 {
		p := in.Process(owner)
		image(ev, sigma.Image, p.ID)
		ev.SetArgs(sigma.CommandLine, p.ID.Cmdline)
		ev.Set(sigma.User, p.ID.User)
		ev.SetInt(sigma.ProcessID, int64(p.Key.PID))
	}
	ev.Set(sigma.Protocol, s.Proto.String())
	source, destination := s.Local(), s.Remote()
	initiated := "true"
	if t.ports[portsOf(s)].has(s.LocalPort) {
		initiated = "false"
		source, destination = destination, source
	}
	ev.Set(sigma.Initiated, initiated)
	ev.SetAddr(sigma.SourceIP, source.Addr())
	ev.SetInt(sigma.SourcePort, int64(source.Port()))
	ev.SetAddr(sigma.DestinationIP, destination.Addr())
	ev.SetInt(sigma.DestinationPort, int64(destination.Port()))
}
