package metrics

// NetAccount adds up the traffic of sockets by process, from one listing of
// sockets to the next: NetRxBytes and NetTxBytes of a process count what its TCP
// sockets moved since we first saw the process, and what a closed socket moved
// stays counted. What a socket moves between the last listing that has it and its
// end is not seen. The zero value is ready. Not safe for concurrent use.
//
// Work follows the order of the lists: sockets that come in the same order as
// the last time are matched by a cursor, without a look into a map.
type NetAccount struct {
	slots    []netSlot
	free     []int32 // unused slots
	order    []int32 // slots in the order of the last listing
	next     []int32 // scratch: that of this listing
	byCookie Index
	totals   []netTotal
	byKey    map[ProcKey]int32
	spare    []int32 // unused totals
	round    uint32
	begun    bool // the sockets of the first listing are known
}

// netSlot is what is known of one socket. rx and tx are credited to a process;
// the bytes of a socket without an owner wait until one is known.
type netSlot struct {
	cookie uint64
	rx, tx uint64
	round  uint32 // of the last listing that had it
	at     int32  // its place in the order of that listing
	total  int32  // of the owner; -1 is none
}

type netTotal struct {
	key    ProcKey
	rx, tx uint64
	used   bool
}

const (
	// maxNetSockets bounds the sockets that are remembered: about 4 MB.
	maxNetSockets = 1 << 17
	// netGrace is how many listings a socket may be missing from before it is
	// forgotten. One that comes back is not taken for new.
	netGrace = 3
)

// Apply counts what the sockets moved since the last call and sets NetRxBytes,
// NetTxBytes and HasNet of the processes, sorted by pid, that own or owned a TCP
// socket. Sockets of the first call begin at zero; those that are new later count
// from their start. A list without any such socket changes no count, so that a
// listing that failed does no harm. Neither slice is kept.
func (a *NetAccount) Apply(procs []Process, socks []Socket) {
	if a.byKey == nil {
		a.byKey = make(map[ProcKey]int32)
	}
	a.round++
	a.reserve(len(socks))
	a.next = a.next[:0]
	cursor := 0
	for i := range socks {
		s := &socks[i]
		if !s.HasInfo || s.Cookie == 0 {
			continue
		}
		slot := a.find(s, &cursor)
		if slot < 0 {
			continue
		}
		a.slots[slot].at = int32(len(a.next))
		a.next = append(a.next, slot)
		a.credit(&a.slots[slot], s)
	}
	if len(a.next) > 0 {
		a.order, a.next = a.next, a.order
		a.forget()
	} else {
		a.round--
	}
	a.begun = a.begun || len(socks) > 0
	if len(procs) > 0 {
		a.write(procs)
	}
}

// reserve makes room for n sockets at once: growing by appending would leave
// outgrown lists behind, and a quarter of the last one empty.
func (a *NetAccount) reserve(n int) {
	n = min(n+n/16, maxNetSockets)
	if cap(a.slots) < n {
		a.slots = append(make([]netSlot, 0, n), a.slots...)
	}
	if cap(a.next) < n {
		a.next = make([]int32, 0, n)
	}
}

// find returns the slot of the socket, made when it is new; -1 when there is no
// room. cursor is the place in the last order where the next socket is expected.
func (a *NetAccount) find(s *Socket, cursor *int) int32 {
	if *cursor < len(a.order) {
		if slot := a.order[*cursor]; a.slots[slot].cookie == s.Cookie {
			*cursor++
			return slot
		}
	}
	if slot := a.byCookie.Find(s.Cookie, a.cookie); slot >= 0 {
		*cursor = int(a.slots[slot].at) + 1
		return slot
	}
	if a.byCookie.Len() >= maxNetSockets {
		return -1
	}
	n := netSlot{cookie: s.Cookie, total: -1}
	if !a.begun {
		n.rx, n.tx = s.RxBytes, s.TxBytes
	}
	var slot int32
	if last := len(a.free) - 1; last >= 0 {
		slot, a.free = a.free[last], a.free[:last]
		a.slots[slot] = n
	} else {
		slot = int32(len(a.slots))
		a.slots = append(a.slots, n)
	}
	a.byCookie.Add(slot, a.cookie)
	return slot
}

// cookie is that of the socket in a slot.
func (a *NetAccount) cookie(slot int32) uint64 { return a.slots[slot].cookie }

// credit gives what the socket moved since the last time to its owner.
func (a *NetAccount) credit(slot *netSlot, s *Socket) {
	slot.round = a.round
	if s.Owner.PID == 0 {
		return
	}
	if slot.total < 0 || !a.totals[slot.total].used || a.totals[slot.total].key != s.Owner {
		slot.total = a.total(s.Owner)
	}
	t := &a.totals[slot.total]
	if s.RxBytes > slot.rx {
		t.rx += s.RxBytes - slot.rx
	}
	if s.TxBytes > slot.tx {
		t.tx += s.TxBytes - slot.tx
	}
	slot.rx, slot.tx = s.RxBytes, s.TxBytes
}

// total returns the index of the process's sums, made when it is new.
func (a *NetAccount) total(k ProcKey) int32 {
	if i, ok := a.byKey[k]; ok {
		return i
	}
	var i int32
	if last := len(a.spare) - 1; last >= 0 {
		i, a.spare = a.spare[last], a.spare[:last]
		a.totals[i] = netTotal{key: k, used: true}
	} else {
		i = int32(len(a.totals))
		a.totals = append(a.totals, netTotal{key: k, used: true})
	}
	a.byKey[k] = i
	return i
}

// forget drops the sockets that have been missing for longer than netGrace.
func (a *NetAccount) forget() {
	if a.byCookie.Len() == len(a.order) {
		return
	}
	for i := range a.slots {
		s := &a.slots[i]
		if s.cookie != 0 && a.round-s.round > netGrace {
			a.byCookie.Remove(s.cookie, a.cookie)
			*s = netSlot{total: -1}
			a.free = append(a.free, int32(i))
		}
	}
}

// write sets the sums in the processes, and drops those of processes that are
// gone.
func (a *NetAccount) write(procs []Process) {
	list := Snapshot{Processes: procs}
	for i := range a.totals {
		t := &a.totals[i]
		if !t.used {
			continue
		}
		p := list.Lookup(t.key)
		if p == nil {
			delete(a.byKey, t.key)
			*t = netTotal{}
			a.spare = append(a.spare, int32(i))
			continue
		}
		p.NetRxBytes, p.NetTxBytes = t.rx, t.tx
		p.Have |= HasNet
	}
}
