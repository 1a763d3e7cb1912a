//go:build linux

package netlink

import (
	"cmp"
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
)

// candidate is a process as the search of descriptors knows it.
type candidate struct {
	key     metrics.ProcKey
	id      *metrics.Identity
	cpu     uint64 // CPU time in this cycle, ns
	scanCPU uint64 // CPU time when its descriptors were last read through, ns
	offset  int64  // where the reading stopped; 0 when it is complete or not begun
	scan    uint32 // number of the last reading; 0 is none
	visited uint32 // the cycle of the last visit
	held    int32  // sockets that the last complete reading found
	seen    int32  // sockets that the reading underway has found
	uid     uint32
	dirty   bool // new, or another program since it was read: read it soon
	kthread bool
	foreign bool // in another network namespace
}

// candidates are the processes of the cycle, sorted by pid, with what the search
// remembers of each.
type candidates struct {
	list    []candidate
	gone    []metrics.ProcKey // held sockets in the cycle before, sorted by pid
	dirty   int
	foreign int // processes in other network namespaces
	ownNet  uint32
}

// update takes over the processes of a new cycle.
func (c *candidates) update(procs []metrics.Process) {
	c.drop(procs)
	c.insert(procs)
	c.dirty, c.foreign = 0, 0
	for i := range procs {
		p, n := &procs[i], &c.list[i]
		n.cpu, n.uid = p.CPUNS(), p.UID
		if n.id != p.ID {
			n.kthread = p.Kthread()
			n.dirty = !n.kthread && (n.dirty || !sameProgram(n.id, p.ID))
			n.id = p.ID
			n.foreign = c.ownNet != 0 && p.ID != nil && p.ID.Namespaces.Net != 0 && p.ID.Namespaces.Net != c.ownNet
		}
		if n.dirty {
			c.dirty++
		}
		if n.foreign {
			c.foreign++
		}
	}
}

// drop takes out what is not in procs, and notes which of them held sockets.
func (c *candidates) drop(procs []metrics.Process) {
	c.gone = c.gone[:0]
	kept := 0
	for i := range c.list {
		n := &c.list[i]
		for len(procs) > 0 && procs[0].Key.PID < n.key.PID {
			procs = procs[1:]
		}
		switch {
		case len(procs) > 0 && procs[0].Key == n.key:
			if kept != i {
				c.list[kept] = *n
			}
			kept++
		case n.held > 0 || n.seen > 0:
			c.gone = append(c.gone, n.key)
		}
	}
	clear(c.list[kept:]) // let go of their identities
	c.list = c.list[:kept]
}

// insert makes the list, which holds nothing that procs has not, parallel to
// procs. It fills from the end, so that the list needs no second one.
func (c *candidates) insert(procs []metrics.Process) {
	old := len(c.list)
	if cap(c.list) < len(procs) {
		c.list = append(make([]candidate, 0, len(procs)+len(procs)/16), c.list...)
	}
	c.list = c.list[:len(procs)]
	for i := len(procs) - 1; i >= old; i-- {
		if old > 0 && c.list[old-1].key == procs[i].Key {
			old--
			c.list[i] = c.list[old]
		} else {
			p := &procs[i]
			c.list[i] = candidate{key: p.Key, kthread: p.Kthread(), dirty: !p.Kthread()}
		}
	}
}

// sameProgram tells an identity that was merely read anew from that of another
// program image.
func sameProgram(a, b *metrics.Identity) bool {
	return a != nil && b != nil && a.ExeInode == b.ExeInode && a.ExeDev == b.ExeDev && a.Comm == b.Comm && a.Exe == b.Exe && a.Cmdline == b.Cmdline
}

// hasGone reports whether the process held sockets in the cycle before and is
// not there any more.
func (c *candidates) hasGone(k metrics.ProcKey) bool {
	i, ok := slices.BinarySearchFunc(c.gone, k.PID, func(g metrics.ProcKey, pid int32) int { return cmp.Compare(g.PID, pid) })
	return ok && c.gone[i] == k
}

// find returns the index of the process, or -1.
func (c *candidates) find(k metrics.ProcKey) int {
	i := c.from(k.PID)
	if i < len(c.list) && c.list[i].key == k {
		return i
	}
	return -1
}

// from returns the index of the first process with the pid or a higher one.
func (c *candidates) from(pid int32) int {
	i, _ := slices.BinarySearchFunc(c.list, pid, func(n candidate, pid int32) int { return cmp.Compare(n.key.PID, pid) })
	return i
}
