package sigma

import (
	"sync/atomic"
	"time"
)

// Stats is what one rule has cost and given since it was loaded.
type Stats struct {
	Evaluated uint64        // times it was evaluated in full
	Hits      uint64        // times it matched
	Time      time.Duration // spent in full evaluations
}

// counters may be written by several Matchers at once. Each full evaluation is timed:
// the index makes them so rare that two looks at the clock do not show, and a sample
// would miss the one text on which a regular expression takes long.
type counters struct {
	evaluated, hits, ns atomic.Uint64
}

func (c *counters) read() Stats {
	return Stats{Evaluated: c.evaluated.Load(), Hits: c.hits.Load(), Time: time.Duration(c.ns.Load())}
}
