//go:build linux

package procfs

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
)

// needs is what it takes to look into any process, ptrace(2). Who has it is kept out
// of some as well, and is told by what.
func needs(p metrics.Privilege) string {
	if p.Held() {
		return "CAP_SYS_PTRACE in the user namespace of the process, and no security module that forbids it"
	}
	return p.String()
}

// Gaps implements metrics.GapReporter.
func (s *Source) Gaps() []metrics.Gap {
	var gaps []metrics.Gap
	if n := s.stats.deniedExe; n > 0 {
		gaps = append(gaps, metrics.Gap{
			What:  fmt.Sprintf("programs, directories and namespaces of %s", processes(n)),
			Why:   fmt.Sprintf("permission denied reading %s/%d/exe", s.fs.root, s.stats.exampleExe),
			Needs: needs(metrics.Trace),
		})
	}
	if n := s.stats.deniedIO; n > 0 {
		gaps = append(gaps, metrics.Gap{
			What:  fmt.Sprintf("I/O counters of %s", processes(n)),
			Why:   fmt.Sprintf("permission denied reading %s/%d/io", s.fs.root, s.stats.exampleIO),
			Needs: needs(metrics.TraceFiles),
		})
	}
	if n := s.stats.threaded; n > 0 {
		gaps = append(gaps, metrics.Gap{
			What:  fmt.Sprintf("context switches of %s with several threads", processes(n)),
			Why:   fmt.Sprintf("%s/PID/status counts those of the first thread only", s.fs.root),
			Needs: "the source ebpf",
		})
	}
	switch n := int(s.closed.Load()); {
	case n > 0:
		gaps = append(gaps, metrics.Gap{
			What:  processes(n) + " of other users",
			Why:   fmt.Sprintf("permission denied below %s; it is mounted with hidepid=%s", s.fs.root, or(s.hidepid, "1")),
			Needs: needs(metrics.Trace) + ", or the group of the mount's gid option",
		})
	case s.hidepid != "" && s.find(1) == nil:
		gaps = append(gaps, metrics.Gap{
			What:  "processes of other users",
			Why:   fmt.Sprintf("%s is mounted with hidepid=%s and does not list them", s.fs.root, s.hidepid),
			Needs: needs(metrics.Trace) + ", or the group of the mount's gid option",
		})
	}
	gaps = append(gaps, s.heldGaps()...)
	if n := s.stats.behind; n > 0 {
		gaps = append(gaps, metrics.Gap{
			What:  fmt.Sprintf("command lines and programs of %s", processes(n)),
			Why:   "new in this cycle, and its time for reading them ran out",
			Needs: "the next cycles, which go on with them",
		})
	}
	return gaps
}

// heldGaps tells the readings that the kernel holds up, one by one while they are
// few.
func (s *Source) heldGaps() []metrics.Gap {
	const most = 8
	var gaps []metrics.Gap
	for _, j := range s.held[:min(len(s.held), most)] {
		gaps = append(gaps, metrics.Gap{
			What:  fmt.Sprintf("details of pid %d", j.pid),
			Why:   fmt.Sprintf("the kernel has held up reading %s/%d for %s", s.fs.root, j.pid, s.heldFor(j)),
			Needs: "the process to leave its wait in the kernel (state D, memory lock)",
		})
	}
	if n := len(s.held) - most; n > 0 {
		gaps = append(gaps, metrics.Gap{
			What:  "details of " + processes(n) + " more",
			Why:   "the kernel holds up reading them",
			Needs: "the processes to leave their wait in the kernel (state D, memory lock)",
		})
	}
	return gaps
}

func (s *Source) heldFor(j *job) time.Duration {
	return time.Duration(s.now() - j.since + int64(s.crew.patience)).Round(time.Second / 10)
}

// Note implements metrics.Noter: where the time of the last cycle went.
func (s *Source) Note() string {
	st := &s.stats
	note := fmt.Sprintf("list %s, stat of %s %s, new programs %s, counters in turn %s",
		millis(st.list), processes(len(s.entries)), millis(st.scan), millis(st.identities), millis(st.turns))
	if n := len(s.held); n > 0 {
		oldest := slices.MinFunc(s.held, func(a, b *job) int { return int(a.since - b.since) })
		note += fmt.Sprintf("; %s held up in the kernel, pid %d for %s", readings(n), oldest.pid, s.heldFor(oldest))
	}
	return note
}

// identityBytes is about what is known of one process, with the texts that it shares
// with nobody.
const identityBytes = int64(unsafe.Sizeof(entry{})+unsafe.Sizeof(metrics.Identity{})) + 128

// Caches implements metrics.CacheReporter.
func (s *Source) Caches() []metrics.CacheStat {
	kept := max(s.limit, 0) - int(s.room.Load())
	return append([]metrics.CacheStat{
		{Name: "program identities", Entries: len(s.entries), Bytes: int64(len(s.entries)) * identityBytes,
			Hits: s.stats.hits, Misses: s.stats.misses},
		{Name: "open stat files", Entries: kept, Limit: max(s.limit, 0), // their memory is the kernel's
			Hits: s.reread.Load(), Misses: s.opened.Load()},
	}, s.security.Caches()...)
}

// hidepid is the value of the mount option when it hides something, proc(5).
func hidepid(options string) string {
	for o := range strings.SplitSeq(options, ",") {
		if v, ok := strings.CutPrefix(o, "hidepid="); ok && v != "0" && v != "off" {
			return v
		}
	}
	return ""
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }

func processes(n int) string { return plural(n, "process", "processes") }
func readings(n int) string  { return plural(n, "reading", "readings") }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
