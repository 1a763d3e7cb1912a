package pool

import (
	"fmt"
	"slices"
)

// climber looks for the batch size with the lowest cost per item, by hill
// climbing: it tries sizes half, double, a quarter and four times of the one in
// force, and keeps what is clearly better. The far ones are for hills: three
// batches for two workers cost as much as five, and more than ten.
//
// In a trial, calls with the size in force and with the other one take turns, and
// are judged in pairs: what else the machine does changes slower than that. After
// a round of trials that gained nothing it waits, twice as long each time, so that
// a settled lane is left alone; a cost that moves away from what was settled on
// ends the wait.
type climber struct {
	adaptive bool
	least    int // size
	size     int // for the next call
	why      string

	trying bool // base and next take turns
	base   int  // the size in force
	next   int  // the size on trial

	samples [2][trialCalls]float64 // costs per item of calls with base, and with next
	n       [2]int
	cost    float64 // at the base
	step    int     // the next of steps
	failed  int     // trials in a row that gained nothing
	wait    int     // calls before the next trial
	backoff int
	items   int // items of the last call
}

const (
	trialCalls = 9    // calls with each size that judge a trial
	gain       = 0.03 // a trial must be better by this share to be kept: the noise of a median of nine pairs
	drift      = 0.30 // a cost that moved by this share ends a wait
	minBatch   = 8    // unless it began with less
	maxBatch   = 1 << 17
	maxBackoff = 512
)

// steps are the sizes to try, as shares of the size in force.
var steps = [...]float64{2, 0.5, 4, 0.25}

func newClimber(size int, adaptive bool) climber {
	return climber{adaptive: adaptive, least: min(minBatch, size), size: size, base: size, backoff: trialCalls}
}

// observe takes the cost per item, in ns, of one call over n items with c.size.
func (c *climber) observe(n int, ns float64) {
	if !c.adaptive || n < 2*minBatch {
		return
	}
	if c.items != 0 && (n > 2*c.items || c.items > 2*n) {
		c.restart(n)
	}
	c.items = n
	c.wait = max(c.wait-1, 0)
	i := 0
	if c.trying && c.size == c.next {
		i = 1
	}
	c.samples[i][c.n[i]] = ns
	c.n[i]++
	if !c.trying {
		if c.n[0] == trialCalls {
			c.settled()
		}
		return
	}
	c.size = c.base + c.next - c.size
	if c.n[0] == trialCalls && c.n[1] == trialCalls {
		c.judge()
	}
}

// settled looks at the last calls with the size in force.
func (c *climber) settled() {
	cost := median(c.samples[0])
	if c.cost != 0 && (cost > c.cost*(1+drift) || cost < c.cost*(1-drift)) {
		c.failed, c.wait, c.backoff = 0, 0, trialCalls
	}
	c.cost, c.n = cost, [2]int{}
	if c.wait == 0 {
		c.try()
	}
}

// try begins a trial with the size that is due, or passes over it where it is no
// other: sizes above the number of items are all the same.
func (c *climber) try() {
	next := int(float64(c.base) * steps[c.step])
	next = max(min(next, maxBatch, max(c.items, c.base)), min(c.least, c.base))
	if next == c.base {
		c.fail()
		return
	}
	c.next, c.size, c.trying = next, next, true
}

// judge keeps or drops the size on trial.
func (c *climber) judge() {
	var ratios [trialCalls]float64
	for i := range ratios {
		ratios[i] = c.samples[1][i] / c.samples[0][i]
	}
	base, next := median(c.samples[0]), median(c.samples[1])
	c.trying, c.n = false, [2]int{}
	if median(ratios) < 1-gain {
		c.why = fmt.Sprintf("%d to %d: %.0f to %.0f ns an item", c.base, c.next, base, next)
		c.base, c.cost = c.next, next
		c.failed, c.wait, c.backoff = 0, 0, trialCalls
	} else {
		c.cost = base
		c.fail()
	}
	c.size = c.base
}

// fail goes on to the next step; once all were in vain, not without a wait.
func (c *climber) fail() {
	c.step = (c.step + 1) % len(steps)
	if c.failed++; c.failed >= len(steps) {
		c.wait = c.backoff
		c.backoff = min(c.backoff*2, maxBackoff)
	}
}

// restart forgets what was measured with another number of items.
func (c *climber) restart(n int) {
	c.why = fmt.Sprintf("the work changed from %d to %d items", c.items, n)
	c.base = min(c.base, n)
	c.size, c.trying = c.base, false
	c.n, c.cost, c.failed, c.wait, c.backoff = [2]int{}, 0, 0, 0, trialCalls
}

func median(values [trialCalls]float64) float64 {
	slices.Sort(values[:])
	return values[trialCalls/2]
}
