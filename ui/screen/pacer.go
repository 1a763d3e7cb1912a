package screen

import "time"

// pacer bounds the pictures to ten in any second: three may follow at once, so
// that a key is answered at once also when the data and the threads just came,
// and seven a second are earned, or three on a slow line.
type pacer struct {
	rate  float64 // a second
	saved float64
	at    time.Time
}

const (
	paceBurst = 3
	paceFast  = 7
	paceSlow  = 3
)

func newPacer(now time.Time, slow bool) pacer {
	p := pacer{rate: paceFast, saved: paceBurst, at: now}
	if slow {
		p.rate = paceSlow
	}
	return p
}

func (p *pacer) earn(now time.Time) {
	p.saved = min(paceBurst, p.saved+now.Sub(p.at).Seconds()*p.rate)
	p.at = now
}

// wait is the time until the next picture may be sent.
func (p *pacer) wait(now time.Time) time.Duration {
	p.earn(now)
	if p.saved >= 1 {
		return 0
	}
	return time.Duration((1 - p.saved) / p.rate * float64(time.Second))
}

func (p *pacer) spend(now time.Time) {
	p.earn(now)
	p.saved--
}
