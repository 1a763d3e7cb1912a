package monitor

import (
	"math"
	"time"
)

// past is what the governor remembers of a means.
type past struct {
	at   time.Time // when it was given back, or was done
	cost load      // then
	grew [2]load   // the cost once it had settled without the means, as a multiple of that: this time and the time before; 0 unknown
}

const (
	relapse    = 10 * time.Minute // taken again within this time, a means was given back too early
	holdLeast  = 3 * time.Second
	holdGrows  = 4                // so many times as long is a means held after each relapse
	holdMost   = 10 * time.Minute // and no longer than this without need
	believed   = time.Hour        // halves what giving back has shown
	againLeast = time.Minute      // what is done once is done again no sooner than after this,
	againMost  = time.Hour        // and twice as long each time, up to this
)

// more is what a means has gained in excess of gainMost when it was given back. Once
// may be chance, a load that began at that moment, and so may be twice: it is believed
// ever less.
func (p *past) more(i int, now time.Time) float64 {
	if p == nil {
		return 0
	}
	return max(min(p.grew[0][i], p.grew[1][i])-gainMost, 0) * p.fades(now)
}

// proven is what a means has gained when it was given back the last time, which is
// believed ever less; 1 is nothing.
func (p *past) proven(i int, now time.Time) float64 {
	if p == nil {
		return 1
	}
	return 1 + max(p.grew[0][i]-1, 0)*p.fades(now)
}

func (p *past) fades(now time.Time) float64 {
	return math.Exp2(-now.Sub(p.at).Hours() / believed.Hours())
}

// tooSoon reports whether a means that is done once gains nothing yet if done again.
func (g *governor) tooSoon(m *means, now time.Time) bool {
	p := g.past[m.name]
	return p != nil && now.Sub(p.at) < g.hold[m.name]
}

// remember has a means that had to be taken again soon held for longer. That wears
// off: it halves with each ten minutes in which there was no need.
func (g *governor) remember(m *means, now time.Time) {
	least, most, grows := holdLeast, holdMost, time.Duration(holdGrows)
	if m.release == nil {
		least, most, grows = againLeast, againMost, 2
	}
	hold := max(g.hold[m.name], least)
	if p := g.past[m.name]; p != nil {
		rest := now.Sub(p.at)
		if m.release == nil {
			rest -= hold
		}
		if rest < relapse {
			hold = min(hold*grows, most)
		} else {
			hold = max(hold>>min(rest/relapse, 62), least)
		}
	}
	g.hold[m.name] = hold
	if m.release == nil {
		g.past[m.name] = &past{at: now}
	}
}
