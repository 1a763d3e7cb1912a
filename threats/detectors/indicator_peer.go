package detectors

import (
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/indicators"
)

// indicatorPeer finds connections with addresses of the operator's lists.
type indicatorPeer struct {
	traffic *traffic
	lists   *indicators.Set
	version uint64 // of the lists that hits is about
	hits    []indicatorHit
	missed  int // connections with listed addresses for which there was no room
}

type indicatorHit struct {
	flow
	match indicators.Match
}

const maxIndicatorHits = 1024

var indicatorPeerInfo = &threats.Info{
	ID: "network.indicator", Number: 33,
	Title:    "Connection with an address of an indicator list",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.State,
	Techniques: []string{"TA0011"},
	Why: "The operator has put the address on a list of those that must not be seen here. " +
		"A connection that this machine began counts as high, one that came from there as medium: the Internet knocks on every door.",
	FalsePositives: "Lists grow old: addresses are given to others, and hosts serve many names. The line of the list is part of the evidence; take out what no longer holds.",
	Next: []string{
		"Read what the list says of the address, and when.",
		"Look at the process, what started it, and at what else it talks to.",
		"Look for the same address on other machines.",
	},
	References: []string{"https://attack.mitre.org/tactics/TA0011/"},
}

func (*indicatorPeer) Info() *threats.Info { return indicatorPeerInfo }

// Failure says which lists are broken, and how much is not told.
func (d *indicatorPeer) Failure() string {
	errs := d.lists.Errors()
	if d.missed > 0 {
		errs = append(errs[:len(errs):len(errs)], strconv.Itoa(d.missed)+" more connections with listed addresses are not reported: no more than "+strconv.Itoa(maxIndicatorHits)+" are kept")
	}
	return strings.Join(errs, "; ")
}

// Bytes counts the lists too.
func (d *indicatorPeer) Bytes() int64 { return d.lists.Bytes() + int64(120*cap(d.hits)) }

func (d *indicatorPeer) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t := d.traffic.look(in)
	d.lists.Poll()
	if len(t.order) == 0 { // no sockets to look at
		return dst
	}
	if v := d.lists.Version(); v != d.version || d.missed > 0 && len(d.hits) <= maxIndicatorHits*3/4 {
		d.version, d.hits, d.missed = v, d.hits[:0], 0 // what was left out may have room now
		for n := range in.Snapshot.Sockets {
			d.check(in, t, int32(n))
		}
	} else if n, _ := d.lists.Len(); n > 0 {
		for _, n := range t.fresh {
			d.check(in, t, n)
		}
	}
	kept := d.hits[:0]
	for _, h := range d.hits {
		if t.ids[h.slot] != h.id {
			continue
		}
		kept = append(kept, h)
		if n, ok := t.socket(h.flow); ok {
			dst = append(dst, d.finding(in, t, n, h.match))
		}
	}
	d.hits = kept
	return dst
}

func (d *indicatorPeer) check(in *threats.Input, t *traffic, n int32) {
	s := in.Socket(n)
	if !s.Inet() || s.RemotePort == 0 {
		return
	}
	peer := s.Remote()
	m, ok := d.lists.Address(peer.Addr(), peer.Port())
	if !ok {
		return
	}
	if len(d.hits) >= maxIndicatorHits {
		d.missed++
		return
	}
	if f, ok := t.flowOf(n); ok {
		d.hits = append(d.hits, indicatorHit{f, m})
	}
}

func (d *indicatorPeer) finding(in *threats.Input, t *traffic, n int32, m indicators.Match) threats.Finding {
	s := in.Socket(n)
	f := in.OnPeer(in.Owner(n), s.Remote().Addr(), indicatorPeerInfo).
		With("connection", "sock_diag", connectionText(s)+", "+s.State.String())
	if !t.outgoing(s) {
		f = f.As(threats.Medium, threats.Moderate).Titled("Connection from an address of an indicator list")
	}
	return withMatch(f, m)
}

// withMatch adds where the list says what.
func withMatch(f threats.Finding, m indicators.Match) threats.Finding {
	text := m.Text
	if m.Note != "" {
		text += " (" + m.Note + ")"
	}
	return f.With("indicator", m.File+":"+strconv.Itoa(m.Line), text)
}
