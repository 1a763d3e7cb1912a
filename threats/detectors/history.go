package detectors

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	historyWindow = time.Minute
	maxTalkers    = 512
	maxRecent     = 128
)

func tenths(d time.Duration) moment { return moment(d / (time.Second / 10)) }

// What became of a connection out.
const (
	fateOpen       uint8 = iota // not known yet
	fateAnswered                // the other end accepted it
	fateUnanswered              // no answer within answerWait
)

// connect is one connection that a process began.
type connect struct {
	at   moment
	port uint16
	fate uint8
	ip   [16]byte
}

// talker is a process and the connections that it began within the last minute,
// the oldest first, up to maxRecent.
type talker struct {
	key    metrics.ProcKey
	recent []connect
	dirty  bool // something was added or settled since the last reach
	reach  reach
}

// reach is how far the connections of a minute spread.
type reach struct {
	hosts    int // different ones on port
	port     uint16
	ports    int // different ones on host
	low      int // of ports, those that programs do not choose at random
	host     [16]byte
	targets  int // different hosts and ports
	dead     int // of targets, those that never answered
	anywhere int // different hosts
}

// history remembers who began connections, in bounded memory.
type history struct {
	talkers map[metrics.ProcKey]*talker
	swept   moment
	scratch []connect
}

// add takes note of a connection that its owner began.
func (h *history) add(s *metrics.Socket, at moment) {
	t := h.talkers[s.Owner]
	if t == nil {
		if h.talkers == nil {
			h.talkers = make(map[metrics.ProcKey]*talker)
		}
		if len(h.talkers) >= maxTalkers {
			h.evict()
		}
		t = &talker{key: s.Owner}
		h.talkers[s.Owner] = t
	}
	if len(t.recent) >= maxRecent {
		t.recent = slices.Delete(t.recent, 0, 1)
	}
	c := connect{at: at, port: s.RemotePort, ip: s.RemoteIP}
	if s.State != metrics.SynSent {
		c.fate = fateAnswered
	}
	t.recent = append(t.recent, c)
	t.dirty = true
}

// settle says what became of a connection.
func (h *history) settle(s *metrics.Socket, fate uint8) {
	t := h.talkers[s.Owner]
	if t == nil {
		return
	}
	for i := len(t.recent) - 1; i >= 0; i-- {
		if c := &t.recent[i]; c.fate == fateOpen && c.port == s.RemotePort && c.ip == s.RemoteIP {
			c.fate = fate
			t.dirty = true
			return
		}
	}
}

// evict makes room: who has been silent for the longest goes.
func (h *history) evict() {
	var oldest *talker
	for _, t := range h.talkers {
		if oldest == nil || t.last() < oldest.last() {
			oldest = t
		}
	}
	delete(h.talkers, oldest.key)
}

func (t *talker) last() moment {
	if len(t.recent) == 0 {
		return -1
	}
	return t.recent[len(t.recent)-1].at
}

// prune drops what is older than the window, once a second.
func (h *history) prune(now moment) {
	if now-h.swept < tenths(time.Second) && now >= h.swept {
		return
	}
	h.swept = now
	for k, t := range h.talkers {
		n := 0
		for n < len(t.recent) && now-t.recent[n].at > tenths(historyWindow) {
			n++
		}
		if n == len(t.recent) {
			delete(h.talkers, k)
		} else if n > 0 {
			t.recent = slices.Delete(t.recent, 0, n)
			t.dirty = true
		}
	}
}

// spread brings the reach of a talker up to date.
func (h *history) spread(t *talker) *reach {
	if !t.dirty {
		return &t.reach
	}
	t.dirty, t.reach = false, reach{}
	if !t.wide() {
		return &t.reach
	}
	r, c := &t.reach, append(h.scratch[:0], t.recent...)
	h.scratch = c
	slices.SortFunc(c, func(a, b connect) int {
		return cmp.Or(bytes.Compare(a.ip[:], b.ip[:]), cmp.Compare(a.port, b.port), cmp.Compare(a.fate, b.fate))
	})
	ports, low := 0, 0
	for i := range c {
		host := i == 0 || c[i].ip != c[i-1].ip
		if host {
			ports, low = 0, 0
			r.anywhere++
		}
		if !host && c[i].port == c[i-1].port {
			continue
		}
		ports++
		r.targets++
		if c[i].fate == fateUnanswered { // the best fate of a target sorts first
			r.dead++
		}
		if c[i].port < unprivilegedRange {
			low++
		}
		if ports > r.ports {
			r.ports, r.low, r.host = ports, low, c[i].ip
		}
	}
	slices.SortFunc(c, func(a, b connect) int {
		return cmp.Or(cmp.Compare(a.port, b.port), bytes.Compare(a.ip[:], b.ip[:]))
	})
	hosts := 0
	for i := range c {
		switch {
		case i == 0 || c[i].port != c[i-1].port:
			hosts = 1
		case c[i].ip != c[i-1].ip:
			hosts++
		}
		if hosts > r.hosts {
			r.hosts, r.port = hosts, c[i].port
		}
	}
	return r
}

// unprivilegedRange is where the ports begin that FTP, RPC and the like choose at
// random. Services that are scanned for lie below.
const unprivilegedRange = 10000

// leastTargets is the number of different targets from which a spread is worked
// out; less is no scan by any measure.
const leastTargets = 10

// wide is a quick look whether there may be many different targets: a sketch that
// seldom counts too few.
func (t *talker) wide() bool {
	if len(t.recent) < leastTargets {
		return false
	}
	var seen [4]uint64
	for i := range t.recent {
		c := &t.recent[i]
		h := uint32(c.port) * 0x9E3779B1
		for j := 0; j < 16; j += 4 {
			h = (h ^ uint32(c.ip[j])<<24 ^ uint32(c.ip[j+1])<<16 ^ uint32(c.ip[j+2])<<8 ^ uint32(c.ip[j+3])) * 0x85EBCA6B
		}
		h >>= 24
		seen[h/64] |= 1 << (h % 64)
	}
	n := 0
	for _, w := range seen {
		n += bits.OnesCount64(w)
	}
	return n >= leastTargets-2
}

func (h *history) bytes() int64 {
	n := int64(24 * cap(h.scratch))
	for _, t := range h.talkers {
		n += 140 + int64(24*cap(t.recent))
	}
	return n
}
