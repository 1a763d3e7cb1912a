//go:build linux && (amd64 || arm64)

package bpf

import "github.com/smoothtask/smoothtask/metrics"

// Gaps implements metrics.GapReporter.
func (s *Source) Gaps() []metrics.Gap { return nil }

// Note implements metrics.Noter.
func (s *Source) Note() string { return "" }

// Hidden implements metrics.HiddenReporter.
func (s *Source) Hidden() []metrics.Hidden { return nil }

// Caches implements metrics.CacheReporter.
func (s *Source) Caches() []metrics.CacheStat {
	return []metrics.CacheStat{
		s.ids.exes.stat("program paths", 256),
		s.ids.dirs.stat("working directories", 256),
		s.ids.groups.stat("cgroup paths", 512),
	}
}
