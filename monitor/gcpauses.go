package monitor

import (
	"runtime/debug"
	"time"
)

// gcPauses tells all pauses of garbage collection, each once. The histogram of
// runtime/metrics would tell them to a quarter of their length only.
type gcPauses struct {
	stats debug.GCStats // with its memory, for the next call
	told  int64         // collections
}

// each calls fn with the pauses since the last call, the oldest first: what a
// collection stopped the program for, in all. The runtime remembers those of the last
// 256 collections, which is more than there are between two cycles.
func (g *gcPauses) each(fn func(time.Duration)) {
	debug.ReadGCStats(&g.stats)
	fresh := min(int(g.stats.NumGC-g.told), len(g.stats.Pause))
	g.told = g.stats.NumGC
	for i := fresh - 1; i >= 0; i-- {
		fn(g.stats.Pause[i])
	}
}
