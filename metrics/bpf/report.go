//go:build linux && (amd64 || arm64)

package bpf

import (
	"fmt"

	"github.com/smoothtask/smoothtask/metrics"
)

// Gaps implements metrics.GapReporter.
func (s *Source) Gaps() []metrics.Gap {
	var gaps []metrics.Gap
	have := s.table.have
	missing := func(h taskHave, what, config string) {
		if len(s.table.now) > 0 && have&uint8(h) == 0 {
			gaps = append(gaps, metrics.Gap{What: what, Why: "this kernel does not count them", Needs: "a kernel with " + config})
		}
	}
	missing(taskHaveHAVE_IO_BYTES, "bytes read and written by processes", "CONFIG_TASK_IO_ACCOUNTING")
	missing(taskHaveHAVE_IO_CALLS, "read and write calls of processes", "CONFIG_TASK_XACCT")
	missing(taskHaveHAVE_SECCOMP, "seccomp modes of processes", "CONFIG_SECCOMP")
	missing(taskHaveHAVE_CGROUP, "cgroups of processes", "CONFIG_CGROUPS")
	if len(s.table.now) > 0 && have&uint8(taskHaveHAVE_RSS_PARTS) == 0 {
		gaps = append(gaps, metrics.Gap{
			What:  "resident memory to the page",
			Why:   "each processor keeps a part of the counters to itself, and there are too many to add up",
			Needs: "a machine for at most 256 processors; the page of a process has it exactly",
		})
	}
	if n := s.late(); n > 0 {
		gaps = append(gaps, metrics.Gap{
			What:  fmt.Sprintf("command lines of %d processes", n),
			Why:   "the memory of a process is locked, and reading it waits",
			Needs: "time, or the end of that process",
		})
	}
	if s.hid.gap != "" {
		gaps = append(gaps, metrics.Gap{What: "hidden processes", Why: s.hid.gap, Needs: "the /proc of this pid namespace, without hidepid"})
	}
	if n := len(s.hid.unseen); n > 0 && s.opts.ReadProcess == nil {
		gaps = append(gaps, metrics.Gap{
			What:  fmt.Sprintf("%d processes, such as pid %d", n, s.hid.unseen[0]),
			Why:   "the listing of /proc has them, the kernel does not show them to eBPF programs",
			Needs: "another process source",
		})
	}
	return gaps
}

// late counts the processes whose command line was asked for and has not come.
func (s *Source) late() int {
	n := 0
	for _, j := range s.cmds.jobs {
		n += len(j.asks)
	}
	return n
}

// Note implements metrics.Noter.
func (s *Source) Note() string {
	if n := len(s.table.fresh); n > len(s.table.now)/4 {
		return fmt.Sprintf("identities of %d new processes", n)
	}
	return ""
}

// Losses implements metrics.LossReporter. A walk loses its place when the process ends
// at which it was to go on. Programs hand over what is asked for and go on when there is
// room again: no record is overwritten.
func (s *Source) Losses() []metrics.Loss {
	return []metrics.Loss{{What: walksLost, Count: s.lost.Load()}}
}

// walksLost names walks that lost their place and began anew, or gave up.
const walksLost = "eBPF walks begun anew"

// Hidden implements metrics.HiddenReporter.
func (s *Source) Hidden() []metrics.Hidden { return s.hid.confirmed }

// Caches implements metrics.CacheReporter.
func (s *Source) Caches() []metrics.CacheStat {
	equal := s.ids.given // their memory is that of the processes
	equal.Name, equal.Limit = "equal identities", len(s.ids.equal)
	all := append([]metrics.CacheStat{
		s.ids.exes.stat("program paths", 256),
		s.ids.dirs.stat("working directories", 256),
		s.ids.groups.stat("cgroup paths", 512),
		equal,
	}, s.table.creds.Caches()...)
	if s.cmds != nil && s.cmds.bulk != nil {
		all = append(all, s.cmds.bulk.stat())
	}
	return all
}
