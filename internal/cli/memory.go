package cli

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"time"
)

// gcPercent lets the heap of the start grow by a quarter between collections
// instead of by the whole.
const gcPercent = 25

// memoryLimit is what the program may take, in bytes: max_memory_mb, and nine
// tenths of what its control group may.
func memoryLimit(mb int) uint64 {
	limit := uint64(mb) << 20
	if n := cgroupMemory(); n > 0 {
		limit = min(limit, n/10*9)
	}
	return limit
}

// limitMemory gives the runtime its soft limit and pace, unless the environment
// has. A single report ends before the pace matters.
func limitMemory(limit uint64, once bool) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(limit))
	}
	if os.Getenv("GOGC") == "" && !once {
		debug.SetGCPercent(gcPercent)
	}
}

// profileOnDemand switches off the records of the heap profile, which take 1.5 MB,
// unless the arguments ask for a profile. It must run before much is allocated.
func profileOnDemand(args []string) {
	if !heapProfile(args) {
		runtime.MemProfileRate = 0
	}
}

// heapProfile reports whether the arguments ask for a heap profile, or for a server
// that has it. Long flags cannot be shortened.
func heapProfile(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		name, _, _ := strings.Cut(a, "=")
		return name == "--memprofile" || name == "--pprof"
	})
}

// startedUp is when what only the start needed can be given back, and tendEvery
// how often memory is looked after from then on.
const (
	startedUp = 4 * time.Second
	tendEvery = 15 * time.Second
)

// tendMemory looks after memory in time. It ends with ctx.
func tendMemory(ctx context.Context) {
	var t tender
	for wait := startedUp; ; wait = tendEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		t.tend()
	}
}

// tender keeps resident what is needed: it gives back the garbage of the start and
// of crowds that are gone, takes pages of code that will not run again out of memory,
// and sets the pace of the collector.
type tender struct{ begun bool }

func (t *tender) tend() {
	if h := readHeap(); !t.begun || h.free > freeAbove {
		debug.FreeOSMemory()
	}
	t.begun = true
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(pace(readHeap().live))
	}
	dropCode()
}

// tendsAfter reports whether a monitor with the interval would look after memory
// after so many cycles, for who makes them in quicker succession.
func tendsAfter(cycle int, interval time.Duration) bool {
	first, every := max(int(startedUp/interval), 1), max(int(tendEvery/interval), 1)
	return cycle >= first && (cycle-first)%every == 0
}

// freeAbove is how much memory may lie unused, in bytes: the runtime gives back
// little by little what exceeds its goal, and keeps a tenth of that.
const freeAbove = 1 << 20

// heap is what the runtime says of its heap, in bytes.
type heap struct {
	live uint64 // found alive by the last collection
	free uint64 // neither in use nor given back
}

func readHeap() heap {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(s)
	return heap{s[0].Value.Uint64(), s[1].Value.Uint64()}
}

// headroom is what the heap may grow between two collections, in bytes. A cycle
// allocates about the same whatever the machine's size, a few hundred KB, so that
// a share of the heap would be much too much with 10,000 processes.
const headroom = 1 << 20

// pace is the percentage of a live heap that is headroom. Below 5 percent the
// collections of a large heap would take more processor time than they save memory.
func pace(live uint64) int {
	return int(min(max(headroom*100/max(live, 1), 5), gcPercent))
}
