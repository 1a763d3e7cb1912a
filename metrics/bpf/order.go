//go:build linux && (amd64 || arm64)

package bpf

import (
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
)

// find returns the index of a process in this reading.
func (t *table) find(pid int32) (int, bool) { return search(t.byPID, pid) }

func search(byPID []uint64, pid int32) (int, bool) {
	i, _ := slices.BinarySearch(byPID, uint64(pid)<<32)
	if i == len(byPID) || int32(byPID[i]>>32) != pid {
		return 0, false
	}
	return int(uint32(byPID[i])), true
}

// sort brings the processes of this reading from the order in which they came to
// that of their pids.
func (t *table) sort(procs []metrics.Process) {
	if t.inOrder() {
		return
	}
	t.place = slices.Grow(t.place[:0], len(procs))[:len(procs)]
	for i, p := range t.byPID {
		t.place[i] = uint32(p)
	}
	// place[i] is the index of what belongs at i: go round each cycle once.
	for i := range t.place {
		if t.place[i] == uint32(i) {
			continue
		}
		first := procs[i]
		at := i
		for {
			from := int(t.place[at])
			t.place[at] = uint32(at)
			if from == i {
				procs[at] = first
				break
			}
			procs[at] = procs[from]
			at = from
		}
	}
}

// inOrder reports whether the processes came by rising pid.
func (t *table) inOrder() bool {
	for i, p := range t.byPID {
		if uint32(p) != uint32(i) {
			return false
		}
	}
	return true
}
