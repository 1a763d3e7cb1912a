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
	list, last []candidate
	gone       []metrics.ProcKey // held sockets in the cycle before, sorted by pid
	dirty      int
	foreign    int // processes in other network namespaces
	ownNet     uint32
}

// update takes over the processes of a new cycle.
func (c *candidates) update(procs []metrics.Process) {
	c.list, c.last = c.last[:0], c.list
	c.gone = c.gone[:0]
	c.dirty, c.foreign = 0, 0
	old := c.last
	for i := range procs {
		p := &procs[i]
		for len(old) > 0 && old[0].key.PID < p.Key.PID {
			old = c.drop(old)
		}
		n, known := candidate{key: p.Key}, false
		if len(old) > 0 && old[0].key.PID == p.Key.PID {
			if old[0].key == p.Key {
				n, known = old[0], true
				old = old[1:]
			} else {
				old = c.drop(old)
			}
		}
		n.cpu, n.uid = p.CPUNS(), p.UID
		if !known || n.id != p.ID {
			n.kthread = p.Kthread()
			n.dirty = n.dirty || !n.kthread && !(known && sameProgram(n.id, p.ID))
			n.id = p.ID
			n.foreign = c.ownNet != 0 && p.ID != nil && p.ID.Namespaces.Net != 0 && p.ID.Namespaces.Net != c.ownNet
		}
		if n.dirty {
			c.dirty++
		}
		if n.foreign {
			c.foreign++
		}
		c.list = append(c.list, n)
	}
	for len(old) > 0 {
		old = c.drop(old)
	}
}

// sameProgram tells an identity that was merely read anew from that of another
// program image.
func sameProgram(a, b *metrics.Identity) bool {
	return a != nil && b != nil && a.ExeInode == b.ExeInode && a.ExeDev == b.ExeDev && a.Comm == b.Comm && a.Exe == b.Exe && a.Cmdline == b.Cmdline
}

func (c *candidates) drop(old []candidate) []candidate {
	if old[0].held > 0 || old[0].seen > 0 {
		c.gone = append(c.gone, old[0].key)
	}
	return old[1:]
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
