package screen

import "time"

// pacer bounds the pictures to ten in any second: two may follow at once, so
// that a key is answered at once also when the data just came, and one more is
// earned every eighth of a second.
type pacer struct {
	saved float64
	at    time.Time
}

const (
	paceBurst = 2
	paceRate  = 8 // a second
)

func newPacer(now time.Time) pacer { return pacer{saved: paceBurst, at: now} }

func (p *pacer) earn(now time.Time) {
	p.saved = min(paceBurst, p.saved+now.Sub(p.at).Seconds()*paceRate)
	p.at = now
}

// wait is the time until the next picture may be sent.
func (p *pacer) wait(now time.Time) time.Duration {
	p.earn(now)
	if p.saved >= 1 {
		return 0
	}
	return time.Duration((1 - p.saved) / paceRate * float64(time.Second))
}

func (p *pacer) spend(now time.Time) {
	p.earn(now)
	p.saved--
}
