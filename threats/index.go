package threats

import "github.com/smoothtask/smoothtask/metrics"

// index answers who belongs to whom within one snapshot. Each part is built when
// it is first asked for, in buffers that the next snapshot reuses.
type index struct {
	snap *metrics.Snapshot

	pids  pidTable
	built struct{ pids, family, sockets, programs bool }

	parent   []int32 // by process; -1 without one
	children grouped // process → its children
	owner    []int32 // by socket; -1 without one
	sockets  grouped // process → its sockets
	programs map[program]int32
	sameExe  []int32 // next process that runs the same file; -1 at the end
}

type program struct{ dev, inode uint64 }

func (x *index) reset(s *metrics.Snapshot) {
	if x.snap != s {
		x.snap, x.pids.procs = s, nil
		x.built = struct{ pids, family, sockets, programs bool }{}
	}
}

func (x *index) find(pid int32) int32 {
	if !x.built.pids {
		x.pids.fill(x.snap.Processes)
		x.built.pids = true
	}
	return x.pids.find(pid)
}

func (x *index) family() {
	if x.built.family {
		return
	}
	x.built.family = true
	procs := x.snap.Processes
	x.parent = resize(x.parent, len(procs))
	for i := range procs {
		j := int32(-1)
		if procs[i].PPID != 0 {
			j = x.find(procs[i].PPID)
		}
		// A parent that started after its child is another process with a reused pid.
		if j >= 0 && procs[j].Key.Start > procs[i].Key.Start {
			j = -1
		}
		x.parent[i] = j
	}
	x.children.fill(len(procs), x.parent)
}

func (x *index) owners() {
	if x.built.sockets {
		return
	}
	x.built.sockets = true
	procs, socks := x.snap.Processes, x.snap.Sockets
	x.owner = resize(x.owner, len(socks))
	for i := range socks {
		j := int32(-1)
		if k := socks[i].Owner; k.PID != 0 {
			if j = x.find(k.PID); j >= 0 && procs[j].Key != k {
				j = -1
			}
		}
		x.owner[i] = j
	}
	x.sockets.fill(len(procs), x.owner)
}

func (x *index) exes() {
	if x.built.programs {
		return
	}
	x.built.programs = true
	procs := x.snap.Processes
	if x.programs == nil {
		x.programs = make(map[program]int32)
	}
	clear(x.programs)
	x.sameExe = resize(x.sameExe, len(procs))
	for i := len(procs) - 1; i >= 0; i-- {
		x.sameExe[i] = -1
		if id := procs[i].ID; id.ExeInode != 0 {
			k := program{id.ExeDev, id.ExeInode}
			if j, ok := x.programs[k]; ok {
				x.sameExe[i] = j
			}
			x.programs[k] = int32(i)
		}
	}
}

func (x *index) bytes() int64 {
	n := 4*(cap(x.pids.slots)+cap(x.parent)+cap(x.owner)+cap(x.sameExe)) + x.children.bytes() + x.sockets.bytes()
	return int64(n + 40*len(x.programs))
}

// grouped holds the members of each of n groups in one array, in rising order.
type grouped struct{ start, member []int32 }

// fill groups the indices of group by their value; -1 belongs to none.
func (g *grouped) fill(n int, group []int32) {
	g.start = resize(g.start, n+1)
	clear(g.start)
	total := 0
	for _, k := range group {
		if k >= 0 {
			g.start[k]++
			total++
		}
	}
	sum := int32(0)
	for k := range g.start { // where each group ends; filling backwards makes it the start
		sum += g.start[k]
		g.start[k] = sum
	}
	g.member = resize(g.member, total)
	for i := len(group) - 1; i >= 0; i-- {
		if k := group[i]; k >= 0 {
			g.start[k]--
			g.member[g.start[k]] = int32(i)
		}
	}
}

func (g *grouped) of(k int32) []int32 {
	lo, hi := g.start[k], g.start[k+1]
	return g.member[lo:hi:hi]
}

func (g *grouped) bytes() int { return 4 * (cap(g.start) + cap(g.member)) }

// pidTable is an open-addressing table from pid to index. A lookup in the sorted
// list costs ten times as much, and there is one for each socket. It holds indices
// alone: who looks a process up reads it next anyway.
type pidTable struct {
	procs []metrics.Process
	slots []int32 // index + 1; 0: free
	shift uint
}

func (t *pidTable) fill(procs []metrics.Process) {
	size, bits := 64, uint(6)
	for 2*size < 3*len(procs) {
		size, bits = size*2, bits+1
	}
	if len(t.slots) != size {
		t.slots = make([]int32, size)
	}
	clear(t.slots)
	t.procs, t.shift = procs, 32-bits
	for i := range procs {
		at := t.home(procs[i].Key.PID)
		for t.slots[at] != 0 {
			at = t.next(at)
		}
		t.slots[at] = int32(i) + 1
	}
}

func (t *pidTable) home(pid int32) uint32 { return uint32(pid) * 0x9E3779B1 >> t.shift }

func (t *pidTable) next(at uint32) uint32 { return (at + 1) & uint32(len(t.slots)-1) }

func (t *pidTable) find(pid int32) int32 {
	for at := t.home(pid); t.slots[at] != 0; at = t.next(at) {
		if i := t.slots[at] - 1; t.procs[i].Key.PID == pid {
			return i
		}
	}
	return -1
}

// resize returns a slice of n elements, in the memory of s when it is enough.
func resize(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, n, n+n/8)
	}
	return s[:n]
}
