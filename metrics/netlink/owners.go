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

// entry is what is remembered of one socket file.
type entry struct {
	inode uint64
	first hold   // the oldest known holder; PID 0 when none is known
	more  []hold // the others
	name  string // of a unix socket
	uid   uint32
	row   int32  // its place in the last listing that had it
	cycle uint32 // of that listing
	born  uint32 // the rotation of the search in which it came up
	ask   uint32 // the cycle in which Options.Owners is asked for it
	tries uint8  // how often it has been asked
}

// maxHolders bounds the holders that are remembered of one socket.
const maxHolders = 1024

// ownerCache remembers the holders of sockets by inode, for as long as listings
// show the inode.
type ownerCache struct {
	entries []entry // inode 0: unused
	free    []int32
	byInode map[uint64]int32
	limit   int

	rows, last   []row // the sockets of this listing and of the one before
	cycle        uint32
	unowned      int // entries without a known holder
	changes      int // in what is known of holders, in this cycle
	hits, misses uint64
}

// row ties a socket of a listing to its entry. The kernel lists what did not
// change in the same order each time, so that a cursor into the last listing
// mostly saves the look into the map.
type row struct {
	cookie, inode uint64
	entry         int32 // -1 when it has none
}

// same reports whether the row is that of the socket, and of use: one for which
// there was no room is looked up again.
func (r row) same(s *metrics.Socket) bool {
	return r.cookie == s.Cookie && r.inode == s.Inode && (r.entry >= 0 || r.inode == 0)
}

func newOwnerCache(limit int) *ownerCache {
	return &ownerCache{byInode: make(map[uint64]int32), limit: limit}
}

// match begins a cycle: it finds or makes the entry of each socket and fills in
// what is remembered. rotation is that of the search. It returns how many entries
// are new.
func (c *ownerCache) match(socks []metrics.Socket, rotation uint32) (fresh int) {
	c.cycle++
	c.changes = 0
	c.rows, c.last = c.last[:0], c.rows
	cursor, seen := 0, 0
	for i := range socks {
		s := &socks[i]
		r := row{cookie: s.Cookie, inode: s.Inode, entry: -1}
		if cursor < len(c.last) && c.last[cursor].same(s) {
			r.entry = c.last[cursor].entry
			cursor++
		} else if s.Inode != 0 {
			at, ok := c.byInode[s.Inode]
			if ok {
				cursor = int(c.entries[at].row) + 1
			} else if at, ok = c.add(s, rotation); ok {
				fresh++
			}
			if ok {
				r.entry = at
			}
		}
		c.rows = append(c.rows, r)
		if r.entry >= 0 {
			e := &c.entries[r.entry]
			e.row = int32(i)
			if e.cycle != c.cycle {
				e.cycle = c.cycle
				seen++
			}
			e.fill(s)
		}
	}
	c.misses += uint64(fresh)
	c.hits += uint64(seen - fresh)
	if seen < len(c.byInode) {
		c.sweep()
	}
	return fresh
}

func (c *ownerCache) add(s *metrics.Socket, rotation uint32) (int32, bool) {
	e := entry{inode: s.Inode, uid: s.UID, born: rotation, ask: c.cycle, name: s.Name}
	var at int32
	switch last := len(c.free) - 1; {
	case last >= 0:
		at, c.free = c.free[last], c.free[:last]
		c.entries[at] = e
	case len(c.entries) < c.limit:
		at = int32(len(c.entries))
		c.entries = append(c.entries, e)
	default:
		return 0, false
	}
	c.byInode[s.Inode] = at
	c.unowned++
	return at, true
}

// sweep forgets the inodes that the listing does not have.
func (c *ownerCache) sweep() {
	for i := range c.entries {
		e := &c.entries[i]
		if e.inode != 0 && e.cycle != c.cycle {
			delete(c.byInode, e.inode)
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
	for i, r := range c.rows {
		if r.entry >= 0 {
			c.entries[r.entry].fill(&socks[i])
		}
	}
}

func (e *entry) fill(s *metrics.Socket) {
	if e.first.key.PID == 0 {
		s.Owner, s.FD, s.Holders = metrics.ProcKey{}, -1, 0
		return
	}
	s.Owner, s.FD, s.Holders = e.first.key, e.first.fd, uint16(1+len(e.more))
}

// name returns the text of b for the socket, the remembered one where it is equal.
func (c *ownerCache) name(s *metrics.Socket, b []byte) string {
	if at, ok := c.byInode[s.Inode]; ok {
		e := &c.entries[at]
		if e.name != string(b) {
			e.name = string(b)
		}
		return e.name
	}
	return string(b)
}

// record notes that a process holds the inode. known is false for an inode that
// is not listed, fresh true when the holder was not known. Within one scan the
// lowest descriptor stays.
func (c *ownerCache) record(inode uint64, h hold) (known, fresh bool) {
	at, ok := c.byInode[inode]
	if !ok {
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
		i := slices.IndexFunc(e.more, func(o hold) bool { return o.key == h.key })
		if i < 0 {
			e.add(h)
			c.changes++
			return true, true
		}
		old = &e.more[i]
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
	if 1+len(e.more) < maxHolders {
		e.more = append(e.more, h)
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
		before := len(e.more)
		e.more = slices.DeleteFunc(e.more, gone)
		c.changes += before - len(e.more)
		if !gone(e.first) {
			continue
		}
		e.first = hold{}
		c.changes++
		if len(e.more) == 0 {
			e.more = nil
			c.unowned++
			e.born, e.ask, e.tries = rotation, c.cycle, 0
			continue
		}
		oldest := 0
		for j := range e.more {
			if e.more[j].older(e.more[oldest]) {
				oldest = j
			}
		}
		e.first = e.more[oldest]
		e.more = slices.Delete(e.more, oldest, oldest+1)
	}
}
