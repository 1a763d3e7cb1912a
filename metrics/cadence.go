package metrics

import "time"

// Slows reports whether SlowExtras would make any reading come less often than at its
// own cadence, with cycles that far apart.
func (c *Collector) Slows(extras, cycles time.Duration) bool {
	if c.opt.Sockets != nil && apart(extras, cycles) > cycles {
		return true
	}
	for _, r := range c.host {
		if every := r.Every(); every > 0 && apart(max(every, extras), cycles) > apart(every, cycles) {
			return true
		}
	}
	return false
}

// apart is the time between two readings that are due every so often: they come with
// the first cycle that finds them due.
func apart(every, cycles time.Duration) time.Duration {
	if cycles <= 0 {
		return every
	}
	return max((every+cycles-1)/cycles, 1) * cycles
}
