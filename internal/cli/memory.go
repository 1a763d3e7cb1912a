package cli

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// gcPercent lets the heap grow by a quarter between collections instead of by the
// whole: little is allocated in a cycle, so that memory is worth more than the
// few collections it saves.
const gcPercent = 25

// limitMemory gives the runtime its soft limit and pace, unless the environment
// has. A single report ends before the pace matters.
func limitMemory(mb int, once bool) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(mb) << 20)
	}
	if os.Getenv("GOGC") == "" && !once {
		debug.SetGCPercent(gcPercent)
	}
}

// profileOnDemand switches off the records of the heap profile, which take 1.5 MB,
// unless the arguments ask for a profile. It must run before much is allocated.
func profileOnDemand(args []string) {
	for _, a := range args {
		if strings.HasPrefix(a, "--memprofile") || strings.HasPrefix(a, "--pprof") {
			return
		}
	}
	runtime.MemProfileRate = 0
}

// startedUp is when what only the start needed can be given back.
const startedUp = 4 * time.Second

// trimLater gives back what only the start needed: the garbage of loading rules
// and programs, and pages of code that will not run again.
func trimLater(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(startedUp):
		debug.FreeOSMemory()
		dropCode()
	}
}
