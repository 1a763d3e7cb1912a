package pool

import (
	"fmt"
	"slices"
)

// climber looks for the batch size with the lowest cost per item, by hill
// climbing: it tries the double or the half of the size in force for some calls,
// and keeps what is clearly better. After a trial that gained nothing it waits,
// twice as long each time, so that a settled lane is left alone; a cost that
// moves away from what was settled on ends the wait.
type climber struct {
	adaptive bool
	size     int
	why      string

	samples [trialCalls]float64 // costs per item of the calls at the size in force
	n       int
	trying  bool    // size is a trial, base the size to fall back to
	base    int     // size before the trial
	cost    float64 // cost at the base
	up      bool    // the direction of the next trial
	wait    int     // calls before the next trial
	backoff int
	items   int // items of the last call
}

const (
	trialCalls = 9    // calls whose median judges a size
	gain       = 0.04 // a trial must be better by this share to be kept: the noise of a median of nine
	drift      = 0.30 // a cost that moved by this share ends a wait
	minBatch   = 8
	maxBatch   = 1 << 17
	maxBackoff = 512
)

func newClimber(size int, adaptive bool) climber {
	return climber{adaptive: adaptive, size: size, up: true, backoff: trialCalls}
}

// observe takes the cost per item, in ns, of one call over n items.
func (c *climber) observe(n int, ns float64) {
	if !c.adaptive || n < minBatch*2 {
		return
	}
	if c.items != 0 && (n > 2*c.items || c.items > 2*n) {
		c.restart("the work changed from %d to %d items", c.items, n)
		// Sizes beyond the number of items are all the same: from there, no smaller
		// size would ever look better.
		c.size = min(c.size, n)
	}
	c.items = n
	c.samples[c.n] = ns
	c.n++
	if c.wait > 0 {
		c.wait--
	}
	if c.n < trialCalls {
		return
	}
	c.n = 0
	s := c.samples
	slices.Sort(s[:])
	cost := s[trialCalls/2]
	switch {
	case c.trying:
		c.judge(cost)
	case c.cost != 0 && (cost > c.cost*(1+drift) || cost < c.cost*(1-drift)):
		c.cost, c.wait, c.backoff = cost, 0, trialCalls
		c.try()
	default:
		c.cost = cost
		if c.wait == 0 {
			c.try()
		}
	}
}

// try changes the size in the direction that is due, if there is room.
func (c *climber) try() {
	next := c.size * 2
	if !c.up {
		next = c.size / 2
	}
	if next < minBatch || next > maxBatch || c.up && c.size >= c.items {
		c.up = !c.up
		c.rest()
		return
	}
	c.base, c.size, c.trying = c.size, next, true
}

// judge keeps or drops the size on trial.
func (c *climber) judge(cost float64) {
	c.trying = false
	if cost < c.cost*(1-gain) {
		c.why = fmt.Sprintf("%d → %d: %.0f → %.0f ns an item", c.base, c.size, c.cost, cost)
		c.cost, c.backoff, c.wait = cost, trialCalls, 0
		return
	}
	c.size, c.up = c.base, !c.up
	c.rest()
}

func (c *climber) rest() {
	c.wait = c.backoff
	c.backoff = min(c.backoff*2, maxBackoff)
}

func (c *climber) restart(format string, args ...any) {
	if c.trying {
		c.size, c.trying = c.base, false
	}
	c.why = fmt.Sprintf(format, args...)
	c.n, c.cost, c.wait, c.backoff = 0, 0, 0, trialCalls
}
