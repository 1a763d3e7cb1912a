package metrics

// Shrinker is implemented by what keeps memory from one call to the next: lists
// with room from a larger machine, spares, texts that can be had again. Shrink gives
// up what is not needed for the next call. It comes between two calls.
type Shrinker interface{ Shrink() }

// Roomy reports whether a list with room for so many items has a good deal more
// than are in use.
func Roomy(room, used int) bool { return room > used+used/4+minRoom }

// Fit returns a list, in memory of its size if it had a good deal more.
func Fit[T any](list []T) []T {
	if n := len(list); Roomy(cap(list), n) {
		return append(make([]T, 0, n+n/16), list...)
	}
	return list
}

// Spare is what remains of a list of which only the room is of use: what it held is
// let go.
func Spare[T any](list []T, used int) []T {
	if Roomy(cap(list), used) {
		return make([]T, 0, used+used/16)
	}
	clear(list[:cap(list)])
	return list[:0]
}

// Shrink gives up the memory that the collector and its sources hold beyond what
// the next snapshot needs. A source that is at work is left alone.
func (c *Collector) Shrink() {
	select {
	case <-c.free:
	default:
	}
	c.account.shrink()
	shrink(c.opt.Processes, c.procs.busy)
	shrink(c.opt.Sockets, c.socks.busy)
	for _, r := range c.host {
		shrink(r.HostReader, r.feed.busy)
	}
}

func shrink(source any, busy bool) {
	if s, ok := source.(Shrinker); ok && !busy {
		s.Shrink()
	}
}

// shrink moves the sockets and sums that are in use together, if most of the room
// is free.
func (a *NetAccount) shrink() {
	if used := a.byCookie.Len(); Roomy(cap(a.slots), used) {
		slots, moved := make([]netSlot, 0, used+used/16), make([]int32, len(a.slots))
		for i := range a.slots {
			if a.slots[i].cookie != 0 {
				moved[i] = int32(len(slots))
				slots = append(slots, a.slots[i])
			}
		}
		a.slots, a.free, a.byCookie = slots, nil, Index{}
		for i := range a.slots {
			a.byCookie.Add(int32(i), a.cookie)
		}
		for i, slot := range a.order {
			a.order[i] = moved[slot]
		}
	}
	a.order, a.next = Fit(a.order), Spare(a.next, len(a.order))
	if used := len(a.byKey); Roomy(cap(a.totals), used) {
		a.shrinkTotals(used)
	}
}

// shrinkTotals is the same for the sums of processes.
func (a *NetAccount) shrinkTotals(used int) {
	totals, moved := make([]netTotal, 0, used+used/16), make([]int32, len(a.totals))
	byKey := make(map[ProcKey]int32, used)
	for i := range a.totals {
		moved[i] = -1
		if t := a.totals[i]; t.used {
			moved[i] = int32(len(totals))
			byKey[t.key] = moved[i]
			totals = append(totals, t)
		}
	}
	for i := range a.slots {
		if n := a.slots[i].total; n >= 0 {
			a.slots[i].total = moved[n]
		}
	}
	a.totals, a.byKey, a.spare = totals, byKey, nil
}
