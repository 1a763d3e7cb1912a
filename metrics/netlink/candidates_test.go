//go:build linux

package netlink

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// What is remembered of a process stays with it, whoever comes and goes beside it.
func TestCandidatesFollowTheProcesses(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	id := &metrics.Identity{Comm: "worker"}
	var c candidates
	remembered := map[metrics.ProcKey]int32{}
	for cycle := range 300 {
		var procs []metrics.Process
		for pid := int32(1); pid <= 40; pid++ {
			if r.IntN(4) > 0 {
				procs = append(procs, metrics.Process{Key: metrics.ProcKey{PID: pid, Start: uint64(r.IntN(8) / 7)}, ID: id})
			}
		}
		c.update(procs)
		now := map[metrics.ProcKey]int32{}
		for i := range c.list {
			n := &c.list[i]
			if n.key != procs[i].Key {
				t.Fatalf("cycle %d: place %d has %v, want %v", cycle, i, n.key, procs[i].Key)
			}
			held, known := remembered[n.key]
			if n.held != held || n.dirty == known {
				t.Fatalf("cycle %d: %v holds %d, dirty %v; want %d, %v", cycle, n.key, n.held, n.dirty, held, !known)
			}
			n.held, n.dirty = int32(r.IntN(3)), false
			now[n.key] = n.held
		}
		for k, held := range remembered {
			_, stays := now[k]
			if want := held > 0 && !stays; slices.Contains(c.gone, k) != want || c.hasGone(k) != want {
				t.Fatalf("cycle %d: %v that held %d is gone: %v", cycle, k, held, !want)
			}
		}
		remembered = now
		if len(c.list) != len(procs) {
			t.Fatalf("cycle %d: %d candidates for %d processes", cycle, len(c.list), len(procs))
		}
	}
}
