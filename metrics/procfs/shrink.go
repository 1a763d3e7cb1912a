//go:build linux

package procfs

import "github.com/smoothtask/smoothtask/metrics"

// Shrink implements metrics.Shrinker.
func (s *Source) Shrink() {
	s.spare = nil
	n := len(s.entries)
	s.entries, s.next = metrics.Fit(s.entries), metrics.Spare(s.next, n)
	clear(s.entries[n:cap(s.entries)])
	s.pids = metrics.Fit(s.pids)
}
