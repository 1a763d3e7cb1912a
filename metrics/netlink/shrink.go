//go:build linux

package netlink

import "github.com/smoothtask/smoothtask/metrics"

// Shrink implements metrics.Shrinker.
func (s *Sockets) Shrink() {
	s.owners.shrink()
	s.search.list = metrics.Fit(s.search.list)
	s.search.gone = metrics.Fit(s.search.gone)
	s.wanted, s.told = nil, nil
}

// shrink moves the entries that are in use together, if most of the room is free.
func (c *ownerCache) shrink() {
	if used := c.byInode.Len(); metrics.Roomy(cap(c.entries), used) {
		entries, moved := make([]entry, 0, used+used/16), make([]int32, len(c.entries))
		for i := range c.entries {
			if c.entries[i].inode != 0 {
				moved[i] = int32(len(entries))
				entries = append(entries, c.entries[i])
			}
		}
		c.entries, c.free, c.byInode = entries, nil, metrics.Index{}
		for i := range c.entries {
			c.byInode.Add(int32(i), c.inode)
		}
		for i, at := range c.rows {
			if at >= 0 {
				c.rows[i] = moved[at]
			}
		}
	}
	c.rows, c.last = metrics.Fit(c.rows), metrics.Spare(c.last, len(c.rows))
}
