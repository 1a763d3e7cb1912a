package monitor

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// costs is what the governor judges by: the cost of a cycle, averaged since the last
// step, over a short time to act on and over a minute to be sure of; and how much it
// differs from cycle to cycle.
type costs struct {
	short, long load
	begun, last time.Time

	before load              // the cost of the last cycle
	moves  [4][moves]float64 // by how much the last costs differed from those before
	cycles int
	weight float64 // of the last cost in short
}

const (
	shortOver = 4 * time.Second
	longOver  = time.Minute // as the share of a core that is shown
	moves     = 16
	outlier   = 3 // times its goal that a cost counts as in short at most: one hung cycle is no load
	sure      = 2 // standard deviations by which a short average must exceed a goal
)

// restart forgets the averages: what comes next is another load. Until more is known
// the next cost alone counts.
func (c *costs) restart(now time.Time) { c.begun = now }

// add takes the cost of a cycle.
func (c *costs) add(now time.Time, l load) {
	since, age := now.Sub(c.last), now.Sub(c.begun)
	c.last = now
	c.weight = share(since, min(age, shortOver))
	for i, v := range l {
		c.long[i] += (v - c.long[i]) * share(since, min(age, longOver))
		v = min(v, outlier)
		c.short[i] += (v - c.short[i]) * c.weight
		c.moves[i][c.cycles%moves] = math.Abs(v - c.before[i])
		c.before[i] = v
	}
	c.cycles++
}

func share(part, whole time.Duration) float64 {
	if part >= whole {
		return 1
	}
	return float64(part) / float64(whole)
}

// missed reports whether a goal is missed. A load that does not vary misses its goal
// clearly with whatever is above it; the goal for CPU is one over a minute.
func (c *costs) missed(i int) bool {
	return c.clear(i) || c.overMinute(i) && (c.short[i] > 1 || 1<<i == onCPU)
}

// clear reports whether the short average exceeds a goal by more than chance.
func (c *costs) clear(i int) bool {
	return c.short[i] > 1 && c.short[i]-sure*c.doubt(i) > 1
}

func (c *costs) overMinute(i int) bool {
	return c.last.Sub(c.begun) >= longOver && c.long[i] > 1
}

// level is the cost by which a missed goal is judged.
func (c *costs) level(i int) float64 {
	if c.clear(i) {
		return c.short[i]
	}
	return c.long[i]
}

func (c *costs) inWords(i int) string {
	words := fmt.Sprintf("%.0f %% of its goal", 100*c.level(i))
	if !c.clear(i) {
		words += " over a minute"
	}
	return words
}

// doubt is the standard deviation of the short average. The median of the moves makes
// little of a load that begins or ends.
func (c *costs) doubt(i int) float64 {
	m := c.moves[i]
	known := m[:min(c.cycles, moves)]
	slices.Sort(known)
	const ofMedian = 1.05 // for a normal distribution, whose differences are √2 as wide
	return ofMedian * known[len(known)/2] * math.Sqrt(c.weight/(2-c.weight))
}
