package screen

import "time"

// pacer bounds the pictures to ten in any second: some may follow at once, so
// that a key is answered at once also when the data and the threads just came,
// and the rest is earned over the second. One is left for keys: what the data change
// waits for it. On a slow line fewer are earned and more are saved: constant change
// costs less, keys that come one by one do not wait.
type pacer struct {
	pace
	saved float64
	at    time.Time
}

// pace is how many pictures may follow at once, and how many a second are earned.
type pace struct{ burst, rate float64 }

var (
	paceFast = pace{burst: 3, rate: 7}
	paceSlow = pace{burst: 5, rate: 4}
)

func newPacer(now time.Time, slow bool) pacer {
	p := pacer{pace: paceFast, at: now}
	if slow {
		p.pace = paceSlow
	}
	p.saved = p.burst
	return p
}

func (p *pacer) earn(now time.Time) {
	p.saved = min(p.burst, p.saved+now.Sub(p.at).Seconds()*p.rate)
	p.at = now
}

// wait is the time until the next picture may be sent, which answers a key or not.
func (p *pacer) wait(now time.Time, key bool) time.Duration {
	p.earn(now)
	need := 2.0
	if key {
		need = 1
	}
	if p.saved >= need {
		return 0
	}
	return time.Duration((need - p.saved) / p.rate * float64(time.Second))
}

func (p *pacer) spend(now time.Time) {
	p.earn(now)
	p.saved--
}
