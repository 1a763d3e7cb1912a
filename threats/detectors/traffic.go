package detectors

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

const (
	// maxFlows bounds the sockets that are remembered: about 3 MB.
	maxFlows = 1 << 16
	// flowGrace is how many listings a socket may be missing from before it is
	// forgotten: one that comes back is no new connection.
	flowGrace = 3
	// ownerWait is how long the owner of a new connection may be unknown, and
	// answerWait how long a connection may wait for an answer. A SYN is sent again
	// after 1 s and after 3 s, tcp(7); who does not answer then is not there.
	ownerWait  = 10 * time.Second
	answerWait = 3 * time.Second
)

// What is still to be learnt of a socket.
const (
	flowUnowned  uint8 = 1 << iota // a new connection, of which the owner is not known yet
	flowUnproven                   // a new connection without an answer yet
	flowSilent                     // a connection to the Internet that has sent nothing yet
)

// traffic follows sockets from snapshot to snapshot for the detectors of the
// network, in one pass for all: the first that asks pays. New sockets are
// recognised by the kernel's cookie, else by their inode. Nothing is done for a
// socket of which nothing is left to be learnt.
type traffic struct {
	begun time.Time // of the first snapshot with sockets
	at    time.Time // of the last snapshot
	first bool      // it is the first: what is new in it may be old
	round uint32    // number of the listing

	// By slot. ids is 0 for a free one.
	ids   []uint64
	hit   []uint32 // the last listing that had it
	place []int32  // its index there
	born  []moment // when it was first seen
	flags []uint8

	free        []int32
	byID        metrics.Index
	order, next []int32 // slots in the order of the last listing; -1 for what has none

	fresh    []int32 // sockets that are new
	watched  []int32 // sockets with a flag to look after
	services []flow
	odd      []flow
	ports    [2]portSet // local ports on which somebody listens: TCP, UDP
	began    []sending  // connections out that have sent their first bytes

	history  history
	beacons  beacons
	suspects suspects
}

// moment is a time in tenths of a second since traffic.begun.
type moment int32

// flow names a socket over time.
type flow struct {
	slot int32
	id   uint64
}

// sending is a new connection that has begun to send.
type sending struct{ process, socket int32 }

type portSet [65536 / 64]uint64

func (p *portSet) add(port uint16)      { p[port/64] |= 1 << (port % 64) }
func (p *portSet) has(port uint16) bool { return p[port/64]&(1<<(port%64)) != 0 }

// look brings the history up to the snapshot of the input, unless it is there.
func (t *traffic) look(in *threats.Input) *traffic {
	if t.at.Equal(in.Snapshot.At) && !t.at.IsZero() {
		return t
	}
	t.at = in.Snapshot.At
	t.fresh, t.watched, t.began = t.fresh[:0], t.watched[:0], t.began[:0]
	t.suspects.update(in)
	if len(in.Snapshot.Sockets) == 0 { // the listing failed
		t.order = t.order[:0]
		return t
	}
	if t.first = t.begun.IsZero(); t.first {
		t.begun = t.at
		t.reserve(min(len(in.Snapshot.Sockets), maxFlows))
	}
	t.round++
	t.match(in.Snapshot.Sockets)
	t.forget()
	t.sort(in.Snapshot.Sockets)
	t.learn(in)
	t.history.prune(t.moment())
	return t
}

// reserve makes room for n sockets, and a few more.
func (t *traffic) reserve(n int) {
	n += n / 8
	t.ids, t.flags, t.born = make([]uint64, 0, n), make([]uint8, 0, n), make([]moment, 0, n)
	t.hit, t.place = make([]uint32, 0, n), make([]int32, 0, n)
	t.order, t.next = make([]int32, 0, n), make([]int32, 0, n)
}

func (t *traffic) moment() moment { return moment(t.at.Sub(t.begun) / (time.Second / 10)) }

// match gives each socket its slot. Listings have much the same order each time;
// so a cursor in the last one finds nearly all without a look into the map.
func (t *traffic) match(socks []metrics.Socket) {
	next, cursor := t.next[:0], 0
	for i := range socks {
		s := &socks[i]
		id := s.Cookie
		if id == 0 {
			if s.Inode == 0 {
				next = append(next, -1)
				continue
			}
			id = s.Inode | 1<<63
		}
		for cursor < len(t.order) && t.order[cursor] < 0 {
			cursor++
		}
		slot := int32(-1)
		if cursor < len(t.order) && t.ids[t.order[cursor]] == id {
			slot = t.order[cursor]
			cursor++
		} else if k := t.byID.Find(id, t.id); k >= 0 {
			slot = k
			cursor = int(t.place[k]) + 1
		} else if slot = t.enter(id); slot >= 0 {
			t.fresh = append(t.fresh, int32(i))
		}
		next = append(next, slot)
		if slot < 0 {
			continue
		}
		t.hit[slot], t.place[slot] = t.round, int32(i)
		if t.flags[slot] != 0 {
			t.watched = append(t.watched, int32(i))
		}
	}
	t.order, t.next = next, t.order
}

// enter gives a new socket a slot; -1 when there is no room.
func (t *traffic) enter(id uint64) int32 {
	var slot int32
	switch last := len(t.free) - 1; {
	case last >= 0:
		slot, t.free = t.free[last], t.free[:last]
		t.ids[slot], t.flags[slot], t.born[slot] = id, 0, t.moment()
	case len(t.ids) < maxFlows:
		slot = int32(len(t.ids))
		t.ids, t.flags, t.born = append(t.ids, id), append(t.flags, 0), append(t.born, t.moment())
		t.hit, t.place = append(t.hit, 0), append(t.place, 0)
	default:
		return -1
	}
	t.byID.Add(slot, t.id)
	return slot
}

// id is that of the socket in a slot.
func (t *traffic) id(slot int32) uint64 { return t.ids[slot] }

// forget drops the sockets that are gone.
func (t *traffic) forget() {
	tracked := 0
	for _, slot := range t.order {
		if slot >= 0 {
			tracked++
		}
	}
	if tracked == t.byID.Len() {
		return
	}
	for slot, id := range t.ids {
		if id != 0 && t.round-t.hit[slot] > flowGrace {
			t.byID.Remove(id, t.id)
			t.ids[slot] = 0
			t.free = append(t.free, int32(slot))
		}
	}
}

// socket is the index of a socket in the snapshot; false when it is not there.
func (t *traffic) socket(f flow) (int32, bool) {
	if t.ids[f.slot] != f.id || t.hit[f.slot] != t.round || len(t.order) == 0 {
		return 0, false
	}
	return t.place[f.slot], true
}

// flowOf names socket i of the snapshot; false when it is not followed.
func (t *traffic) flowOf(i int32) (flow, bool) {
	slot := t.order[i]
	if slot < 0 {
		return flow{}, false
	}
	return flow{slot, t.ids[slot]}, true
}

// sort keeps the lists of listeners and of packet and raw sockets.
func (t *traffic) sort(socks []metrics.Socket) {
	for _, i := range t.fresh {
		s := &socks[i]
		f, _ := t.flowOf(i)
		switch {
		case s.Inet() && s.Listening():
			t.services = append(t.services, f)
		case s.Proto == metrics.Packet || s.Proto == metrics.Raw:
			t.odd = append(t.odd, f)
		}
	}
	t.services, t.odd = t.alive(t.services), t.alive(t.odd)
	t.ports = [2]portSet{}
	for _, f := range t.services {
		if i, ok := t.socket(f); ok {
			t.ports[portsOf(&socks[i])].add(socks[i].LocalPort)
		}
	}
}

func portsOf(s *metrics.Socket) int {
	if s.Proto == metrics.UDP {
		return 1
	}
	return 0
}

// alive keeps the flows that have not been forgotten.
func (t *traffic) alive(list []flow) []flow {
	n := 0
	for _, f := range list {
		if t.ids[f.slot] == f.id {
			list[n] = f
			n++
		}
	}
	return list[:n]
}

// outgoing reports whether this end of a connection began it: nobody listens on
// its local port, and it is none that only a service has.
func (t *traffic) outgoing(s *metrics.Socket) bool {
	return s.Inet() && s.RemotePort != 0 && s.State != metrics.Listen &&
		!t.ports[portsOf(s)].has(s.LocalPort) && !(s.LocalPort < 1024 && s.RemotePort >= 1024)
}

// Bytes estimates what is held.
func (t *traffic) Bytes() int64 {
	return int64(21*cap(t.ids)+6*t.byID.Len()+4*(cap(t.order)+cap(t.next)+cap(t.fresh)+cap(t.watched)+cap(t.free))+
		16*(cap(t.services)+cap(t.odd))) + int64(len(t.ports)*len(t.ports[0])*8) + t.history.bytes() + t.beacons.bytes() + t.suspects.bytes()
}
