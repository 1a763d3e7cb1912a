package sigma

import (
	"sync/atomic"
	"time"
)

// Stats is what one rule has cost and given since it was loaded.
type Stats struct {
	Evaluated uint64        // times it was evaluated in full
	Hits      uint64        // times it matched
	Time      time.Duration // spent in full evaluations, extrapolated from a sample
}

// counters may be written by several Matchers at once.
type counters struct {
	evaluated, hits, sampled, sampledNS atomic.Uint64
}

// sampleEvery is how many full evaluations of a Matcher pass between two that
// are timed: reading the clock twice costs as much as many a rule.
const sampleEvery = 64

func (c *counters) sample(took time.Duration) {
	c.sampled.Add(1)
	c.sampledNS.Add(uint64(took))
}

func (c *counters) read() Stats {
	s := Stats{Evaluated: c.evaluated.Load(), Hits: c.hits.Load()}
	if n := c.sampled.Load(); n > 0 {
		s.Time = time.Duration(float64(c.sampledNS.Load()) / float64(n) * float64(s.Evaluated))
	}
	return s
}
