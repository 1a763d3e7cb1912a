//go:build linux

package netlink

import (
	"context"
	"slices"
	"time"
)

// search finds the holders of sockets by reading the descriptors of processes,
// within a time budget. Every process has its turn sooner or later; those come
// first that are new or became another program, and then, while sockets without
// an owner exist, those that used the processor.
type search struct {
	candidates
	owners *ownerCache
	visits visits

	cycle    uint32
	rotation uint32    // how often all processes have had their turn
	turn     int32     // the pid from which the turns go on
	scans    uint32    // readings begun
	wanted   bool      // sockets without an owner are searched for
	enough   time.Time // when to stop once all have one
	deadline time.Time

	self      uint32 // effective uid of this process
	denied    int32  // a process whose descriptors we may not read; 0 is none
	skipping  bool   // processes of other users are not tried again in this rotation
	costliest visit
}

// settled is how many rotations begin after a socket came up before the search
// for its owner takes its time: by then every process has been read once.
const settled = 2

// run searches for as long as the budget allows, and no longer than refresh once
// every socket has an owner. wanted says that some have none; uids are the users
// of those.
func (s *search) run(ctx context.Context, wanted bool, uids []uint32, budget, refresh time.Duration) {
	s.cycle++
	s.costliest = visit{}
	begin := time.Now()
	s.wanted, s.enough = wanted, begin.Add(refresh)
	until := func(percent time.Duration) { s.deadline = begin.Add(budget * percent / 100) }

	until(60)
	if s.dirty > 0 {
		s.each(ctx, func(c *candidate) bool { return c.dirty })
	}
	if wanted {
		s.each(ctx, func(c *candidate) bool { return c.cpu != c.scanCPU && has(uids, c.uid) })
		s.each(ctx, func(c *candidate) bool { return c.cpu != c.scanCPU })
	}
	// A flood of new processes leaves time for large ones, and both for the turns.
	until(80)
	s.resume(ctx)
	until(100)
	s.turns(ctx)
	s.resume(ctx)
}

func has(uids []uint32, uid uint32) bool {
	for _, u := range uids {
		if u == uid {
			return true
		}
	}
	return false
}

func (s *search) more(ctx context.Context) bool {
	if s.wanted && s.owners.unowned == 0 {
		s.wanted = false
	}
	now := time.Now()
	return ctx.Err() == nil && now.Before(s.deadline) && (s.wanted || now.Before(s.enough))
}

// each visits the processes that are due, beginning where the turns stand so
// that none is always last.
func (s *search) each(ctx context.Context, due func(*candidate) bool) {
	begin := s.from(s.turn)
	for i := range s.list {
		at := (begin + i) % len(s.list)
		c := &s.list[at]
		if c.kthread || c.visited == s.cycle || !due(c) {
			continue
		}
		if len(s.visits.round) == 0 && !s.more(ctx) {
			return
		}
		s.begin(at)
		if len(s.visits.round) == visitRound || s.visits.batch == nil {
			s.visit(ctx)
		}
	}
	s.visit(ctx)
}

// turns visits the processes one after the other, on from where it stopped the
// last time, once around at most.
func (s *search) turns(ctx context.Context) {
	at := s.from(s.turn)
	for range s.list {
		if at == len(s.list) {
			at = 0
			s.rotation++
			s.skipping = false
		}
		c := &s.list[at]
		if !c.kthread && c.visited != s.cycle {
			if !s.more(ctx) {
				break
			}
			s.begin(at)
			s.visit(ctx)
		}
		at++
		s.turn = c.key.PID + 1
	}
}

// resume goes on with the processes whose reading is not complete.
func (s *search) resume(ctx context.Context) {
	for s.more(ctx) {
		for i := range s.list {
			if s.list[i].offset != 0 && len(s.visits.round) < resumeRound {
				s.begin(i)
			}
		}
		if len(s.visits.round) == 0 {
			return
		}
		s.visit(ctx)
	}
}

// unread reports whether processes are left whose descriptors were not read through.
func (s *search) unread() bool {
	return slices.ContainsFunc(s.list, func(c candidate) bool { return c.dirty || c.offset != 0 })
}

// forget drops what processes that are gone held.
func (s *search) forget() {
	if len(s.gone) > 0 {
		s.owners.release(s.rotation, func(h hold) bool { return s.hasGone(h.key) })
	}
}

// learn takes over what Options.Owners told. What it says of processes that are
// not listed is left out: the next cycle will have them.
func (s *search) learn(told []Owner) {
	for _, o := range told {
		if i := s.find(o.Key); i >= 0 {
			c := &s.list[i]
			if _, fresh := s.owners.record(o.Inode, hold{key: o.Key, fd: o.FD, scan: c.scan}); fresh {
				c.held++
			}
		}
	}
}
