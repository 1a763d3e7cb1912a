package detectors

import (
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// newListener finds services that were not there when the operator saved the
// baseline.
type newListener struct {
	traffic *traffic
	base    *threats.Baseline // that the judgements are about
	other   []judged          // listeners that differ from it
	waiting []flow            // of which the owner was not known yet
}

// judged is a listener and what it was in the baseline; "" is nothing.
type judged struct {
	flow
	was string
}

var newListenerInfo = &threats.Info{
	ID: "network.new-listener", Number: 32,
	Title:    "Service that is not in the baseline",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1571"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Includes: []string{"network.writable-listener"},
	Why:      "A backdoor that waits for visitors listens on a port. On a server that does its work, services come with a deployment, which somebody knows of.",
	FalsePositives: "A deployment: save a new baseline when it is done. A service that only this machine can reach counts as low, " +
		"and so does a port that the kernel chose for a program which already had such a one. Without a baseline nothing is said.",
	Next: []string{
		"Find out who started it, and whether it was deployed.",
		"See who is connected, and whether the firewall lets others in.",
		"When all is well: smoothtask baseline save FILE",
	},
	References: []string{"https://attack.mitre.org/techniques/T1571/"},
}

func (*newListener) Info() *threats.Info { return newListenerInfo }

func (d *newListener) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t := d.traffic.look(in)
	if in.Baseline == nil {
		d.base, d.other, d.waiting = nil, nil, nil
		return dst
	}
	d.judge(in, t)
	d.other = slices.DeleteFunc(d.other, func(j judged) bool { return t.ids[j.slot] != j.id })
	for _, j := range d.other {
		if n, ok := t.socket(j.flow); ok {
			dst = append(dst, d.finding(in, n, j.was))
		}
	}
	return dst
}

// judge compares what is new with the baseline; with another baseline, all.
func (d *newListener) judge(in *threats.Input, t *traffic) {
	list := d.waiting
	switch {
	case d.base != in.Baseline:
		d.base, d.other = in.Baseline, d.other[:0]
		list = slices.Clone(t.services)
	case len(t.fresh) > 0:
		for _, f := range t.services {
			if t.born[f.slot] == t.moment() && !slices.Contains(list, f) {
				list = append(list, f)
			}
		}
	}
	d.waiting = d.waiting[:0]
	for _, f := range list {
		n, ok := t.socket(f)
		if !ok {
			continue
		}
		s := in.Socket(n)
		if threats.Ephemeral(s) {
			continue
		}
		if s.Owner.PID == 0 && s.Inode != 0 && t.moment()-t.born[f.slot] < tenths(ownerWait) {
			d.waiting = append(d.waiting, f)
			continue
		}
		if was, same := d.known(threats.ListenerEntry(in.Snapshot, s)); !same {
			d.other = append(d.other, judged{f, was})
		}
	}
}

// known looks a listener up in the baseline: what was there, and whether it is
// the same.
func (d *newListener) known(now threats.BaseEntry) (was string, same bool) {
	list := d.base.Listeners
	i, ok := slices.BinarySearchFunc(list, now.Name, func(e threats.BaseEntry, name string) int { return strings.Compare(e.Name, name) })
	if !ok {
		return "", false
	}
	// Who has no right to see the owner cannot say that it changed.
	return list[i].Is, list[i].Is == now.Is || now.Is == "" || list[i].Is == ""
}

func (d *newListener) finding(in *threats.Input, n int32, was string) threats.Finding {
	s := in.Socket(n)
	now := threats.ListenerEntry(in.Snapshot, s)
	f := in.OnSocket(n, newListenerInfo).With("listener", "sock_diag", strings.TrimSpace(now.Name+" "+now.Is))
	if was != "" {
		f = f.Titled("Another program listens than in the baseline").With("in the baseline", "baseline", was)
	}
	switch {
	case s.Local().Addr().IsLoopback():
		return f.As(threats.Low, threats.Weak)
	case was == "" && s.LocalPort >= firstEphemeral && d.choosesPorts(now.Is):
		return f.As(threats.Low, threats.Weak)
	}
	return f
}

// firstEphemeral is the lowest port that Linux chooses by itself.
const firstEphemeral = 32768

// choosesPorts reports whether the program had a listener on a port of the
// kernel's choice in the baseline, as the services of RPC have.
func (d *newListener) choosesPorts(is string) bool {
	return is != "" && slices.ContainsFunc(d.base.Listeners, func(e threats.BaseEntry) bool {
		return e.Is == is && ephemeralName(e.Name)
	})
}

// ephemeralName reads the port of a name such as "tcp [::]:40000".
func ephemeralName(name string) bool {
	port := 0
	for _, c := range name[strings.LastIndexByte(name, ':')+1:] {
		if c < '0' || c > '9' || port > 65535 {
			return false
		}
		port = 10*port + int(c-'0')
	}
	return port >= firstEphemeral
}

// Bytes implements threats.Keeper.
func (d *newListener) Bytes() int64 { return int64(40*cap(d.other) + 16*cap(d.waiting)) }
