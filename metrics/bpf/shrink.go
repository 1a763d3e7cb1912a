//go:build linux && (amd64 || arm64)

package bpf

import "github.com/smoothtask/smoothtask/metrics"

// Shrink implements metrics.Shrinker.
func (s *Source) Shrink() {
	s.table.shrink()
	s.ids.sweep(s.table.cycle)
	s.ids.exes.shrink()
	s.ids.dirs.shrink()
	s.ids.groups.shrink()
	if b := s.cmds.bulk; b != nil && b.busy.TryLock() {
		b.forget()
		b.busy.Unlock()
	}
	if !s.hid.running {
		s.hid.before = nil
	}
}

// shrink gives up the room of processes that are gone, and lets go of what the
// lists held in it.
func (t *table) shrink() {
	n := len(t.now)
	t.now, t.last = metrics.Fit(t.now), metrics.Spare(t.last, n)
	clear(t.now[n:cap(t.now)])
	t.byPID, t.lastByPID = metrics.Fit(t.byPID), metrics.Spare(t.lastByPID, n)
	t.fresh, t.threads, t.runtimes = metrics.Fit(t.fresh), metrics.Fit(t.threads), metrics.Fit(t.runtimes)
}

// shrink makes the table anew: a map keeps the room of all that it ever held.
func (t *sharedTable[K]) shrink() {
	entries := make(map[K]*shared[K], len(t.entries))
	for key, e := range t.entries {
		entries[key] = e
	}
	t.entries = entries
}
