package metrics

import "time"

// Rest is the time until something that must be polled is looked at again. While it
// does not change, the rest of the last time grows by half, up to most; a change, or
// the first look, makes it least.
func Rest(rest, least, most time.Duration, changed bool) time.Duration {
	if rest = min(rest*3/2, most); changed || rest < least {
		return min(least, most)
	}
	return rest
}
