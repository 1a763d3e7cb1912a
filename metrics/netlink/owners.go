//go:build linux

package netlink

import (
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
)

// hold says that a process has a socket open.
type hold struct {
	key  metrics.ProcKey
	fd   int32
	scan uint32 // number of the reading of the process's descriptors that saw it last
}

// older orders holders: the one that started first owns the socket.
func (h hold) older(o hold) bool {
	return h.key.Start < o.key.Start || h.key.Start == o.key.Start && h.key.PID < o.key.PID
}

// entry is what is remembered of one socket file. There is one for each, so what
// few have is apart.
type entry struct {
	inode uint64
	first hold  // the oldest known holder; PID 0 when none is known
	rare  *rare // nil when there is nothing of it
	uid   uint32
	row   int32  // its place in the last listing that had it
	cycle uint32 // of that listing
	born  uint32 // the rotation of the search in which it came up
	ask   uint32 // the cycle in which Options.Owners is asked for it
	tries uint8  // how often it has been asked
}

// rare is what most sockets have not.
type rare struct {
	more []hold // the holders beside the first
	name string // of a unix socket
}

// more are the holders beside the first.
func (e *entry) more() []hold {
	if e.rare == nil {
		return nil
	}
	return e.rare.more
}

func (e *entry) setMore(h []hold) {
	if e.rare == nil {
		e.rare = &rare{}
	}
	e.rare.more = h
}

// maxHolders bounds the holders that are remembered of one socket.
const maxHolders = 1024

// ownerCache remembers the holders of sockets by inode, for as long as listings
// show the inode.
type ownerCache struct {
	entries []entry // inode 0: unused
	free    []int32
	byInode metrics.Index
	limit   int

	// The entry of each socket of this listing and of the one before, -1 for none.
	// The kernel lists what did not change in the same order each time, so that a
	// cursor into the last listing mostly saves the look into the map.
	rows, last   []int32
	cycle        uint32
	unowned      int // entries without a known holder
	changes      int // in what is known of holders, in this cycle
	hits, misses uint64
}

func newOwnerCache(limit int) *ownerCache {
	return &ownerCache{limit: limit}
}

// inode is that of the entry at a place.
func (c *ownerCache) inode(at int32) uint64 { return c.entries[at].inode }

// find returns the place of the inode's entry, or -1.
func (c *ownerCache) find(inode uint64) int32 { return c.byInode.Find(inode, c.inode) }

// match begins a cycle: it finds or makes the entry of each socket and fills in
// what is remembered. rotation is that of the search. It returns how many entries
// are new.
func (c *ownerCache) match(socks []metrics.Socket, rotation uint32) (fresh int) {
	c.cycle++
	c.changes = 0
	c.rows, c.last = c.last[:0], c.rows
	c.reserve(len(socks))
	cursor, seen := 0, 0
	for i := range socks {
		s := &socks[i]
		at := int32(-1)
		if s.Inode != 0 {
			for cursor < len(c.last) && c.last[cursor] < 0 {
				cursor++
			}
			if cursor < len(c.last) && c.entries[c.last[cursor]].inode == s.Inode {
				at = c.last[cursor]
				cursor++
			} else if old := c.find(s.Inode); old >= 0 {
				at = old
				cursor = int(c.entries[at].row) + 1
			} else if at = c.add(s, rotation); at >= 0 {
				fresh++
			}
		}
		c.rows = append(c.rows, at)
		if at < 0 {
			continue
		}
		e := &c.entries[at]
		e.row = int32(i)
		if e.cycle != c.cycle {
			e.cycle = c.cycle
			seen++
		}
		e.fill(s)
	}
	c.misses += uint64(fresh)
	c.hits += uint64(seen - fresh)
	if seen < c.byInode.Len() {
		c.sweep()
	}
	return fresh
}

// reserve makes room for the entries and rows of n sockets at once: growing by
// appending would leave outgrown lists behind, and a quarter of the last one empty.
func (c *ownerCache) reserve(n int) {
	n += n / 16
	if cap(c.rows) < n {
		c.rows = make([]int32, 0, n)
	}
	if n = min(n, c.limit); cap(c.entries) < n {
		c.entries = append(make([]entry, 0, n), c.entries...)
	}
}

// add makes the entry of a socket and returns its place, -1 when there is no room.
func (c *ownerCache) add(s *metrics.Socket, rotation uint32) int32 {
	e := entry{inode: s.Inode, uid: s.UID, born: rotation, ask: c.cycle}
	if s.Name != "" {
		e.rare = &rare{name: s.Name}
	}
	var at int32
	switch last := len(c.free) - 1; {
	case last >= 0:
		at, c.free = c.free[last], c.free[:last]
		c.entries[at] = e
	case len(c.entries) < c.limit:
		at = int32(len(c.entries))
		c.entries = append(c.entries, e)
	default:
		return -1
	}
	c.byInode.Add(at, c.inode)
	c.unowned++
	return at
}

// sweep forgets the inodes that the listing does not have.
func (c *ownerCache) sweep() {
	for i := range c.entries {
		e := &c.entries[i]
		if e.inode != 0 && e.cycle != c.cycle {
			c.byInode.Remove(e.inode, c.inode)
			if e.first.key.PID == 0 {
				c.unowned--
			}
			*e = entry{}
			c.free = append(c.free, int32(i))
		}
	}
}

// apply fills in the sockets of the cycle what a search has found since match.
func (c *ownerCache) apply(socks []metrics.Socket) {
	for i, at := range c.rows {
		if at >= 0 {
			c.entries[at].fill(&socks[i])
		}
	}
}

func (e *entry) fill(s *metrics.Socket) {
	if e.first.key.PID == 0 {
		s.Owner, s.FD, s.Holders = metrics.ProcKey{}, -1, 0
		return
	}
	s.Owner, s.FD, s.Holders = e.first.key, e.first.fd, uint16(1+len(e.more()))
}

// name returns the text of b for the socket, the remembered one where it is equal.
func (c *ownerCache) name(s *metrics.Socket, b []byte) string {
	if at := c.find(s.Inode); at >= 0 {
		e := &c.entries[at]
		if e.rare == nil {
			e.rare = &rare{}
		}
		if e.rare.name != string(b) {
			e.rare.name = string(b)
		}
		return e.rare.name
	}
	return string(b)
}

// record notes that a process holds the inode. known is false for an inode that
// is not listed, fresh true when the holder was not known. Within one scan the
// lowest descriptor stays.
func (c *ownerCache) record(inode uint64, h hold) (known, fresh bool) {
	at := c.find(inode)
	if at < 0 {
		return false, false
	}
	e := &c.entries[at]
	if e.first.key.PID == 0 {
		e.first = h
		c.unowned--
		c.changes++
		return true, true
	}
	old := &e.first
	if old.key != h.key {
		more := e.more()
		i := slices.IndexFunc(more, func(o hold) bool { return o.key == h.key })
		if i < 0 {
			e.add(h)
			c.changes++
			return true, true
		}
		old = &more[i]
	}
	if old.scan == h.scan && old.fd <= h.fd {
		return true, false
	}
	if old.fd != h.fd {
		c.changes++
	}
	old.fd, old.scan = h.fd, h.scan
	return true, false
}

func (e *entry) add(h hold) {
	if h.older(e.first) {
		h, e.first = e.first, h
	}
	if more := e.more(); 1+len(more) < maxHolders {
		e.setMore(append(more, h))
	}
}

// release drops the holders for which gone is true. A socket left without one is
// searched for as if it were new.
func (c *ownerCache) release(rotation uint32, gone func(hold) bool) {
	for i := range c.entries {
		e := &c.entries[i]
		if e.first.key.PID == 0 {
			continue
		}
		more := e.more()
		if len(more) > 0 {
			before := len(more)
			more = slices.DeleteFunc(more, gone)
			c.changes += before - len(more)
			e.setMore(more)
		}
		if !gone(e.first) {
			continue
		}
		e.first = hold{}
		c.changes++
		if len(more) == 0 {
			if e.rare != nil {
				e.rare.more = nil
			}
			c.unowned++
			e.born, e.ask, e.tries = rotation, c.cycle, 0
			continue
		}
		oldest := 0
		for j := range more {
			if more[j].older(more[oldest]) {
				oldest = j
			}
		}
		e.first = more[oldest]
		e.setMore(slices.Delete(more, oldest, oldest+1))
	}
}
