package monitor

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The governor keeps the program within its goals by the mildest means that are
// enough. When a goal is missed for a while it applies the next means that helps
// against it, in the order below, and waits to see what that gained. It gives a
// means back when the cost that is to be expected then is well within the goals
// that the means acts against; expected is the cost now times what the means had
// gained. A means that had to be taken again soon after is kept twice as long the
// next time. So under a constant load it comes to rest.

// pressure names a goal that is missed; a set of them is a bit mask.
type pressure uint8

const (
	onCollect pressure = 1 << iota
	onDetect
	onRSS
	onCPU
)

var pressureNames = [...]string{"collect", "detect", "rss", "cpu"}

// load is the cost of a moment as the governor sees it, each as a share of its
// goal: 1 is just met. A goal that is not set gives 0.
type load [4]float64

// means is one way to spend less. apply and release tell the rest of the program.
type means struct {
	name    string // in words: what is held back
	against pressure
	apply   func() bool // false: there was nothing to hold back
	release func()      // nil: cannot be given back
}

const (
	missFor    = 3 * time.Second  // a goal must be missed this long before anything is done
	startUp    = 6 * time.Second  // what the start costs is over, and nothing is held back for it
	settle     = 6 * time.Second  // time for a means to show what it gains
	holdLeast  = 5 * time.Second  // a means is kept at least this long
	holdMost   = 10 * time.Minute // and no longer than this once there is room
	relapse    = 60 * time.Second // taken again within this time counts as taken back too early
	room       = 0.8              // share of the goal that must suffice without the means
	gainMost   = 2                // what a means may gain; more is the end of the load, unless a relapse says otherwise
	stepsKept  = 50
	smoothOver = 4 * time.Second // costs are smoothed over this time
)

type held struct {
	*means
	since  time.Time
	before load // cost when it was applied
	gain   load // cost then, as a multiple of the cost after it had settled; 0 unknown
	shown  bool // gain is known
}

type governor struct {
	means    []means
	active   []held
	smooth   load
	first    time.Time // of the costs observed
	last     time.Time
	missed   [4]time.Time // since when; zero: not
	nextAt   time.Time    // no further step before this
	hold     map[string]time.Duration
	released map[string]time.Time
	steps    []Step
}

func newGovernor(list []means) *governor {
	return &governor{means: list, hold: map[string]time.Duration{}, released: map[string]time.Time{}}
}

// observe takes the cost of a cycle, and acts on it.
func (g *governor) observe(now time.Time, l load) {
	if g.first.IsZero() {
		g.first = now
	}
	if now.Sub(g.first) < startUp {
		g.smooth = l
	} else {
		w := min(1, float64(now.Sub(g.last))/float64(smoothOver))
		for i := range l {
			g.smooth[i] += (l[i] - g.smooth[i]) * w
		}
	}
	g.last = now
	worst := -1
	for i, v := range g.smooth {
		switch {
		case v <= 1 || now.Sub(g.first) < startUp:
			g.missed[i] = time.Time{}
		case g.missed[i].IsZero():
			g.missed[i] = now
		}
		if !g.missed[i].IsZero() && now.Sub(g.missed[i]) >= missFor && (worst < 0 || v > g.smooth[worst]) {
			worst = i
		}
	}
	g.learn(now)
	if now.Before(g.nextAt) {
		return
	}
	if worst < 0 || !g.tighten(now, worst) {
		g.loosen(now)
	}
}

// learn notes what the last means has gained once that shows. A load that ends
// meanwhile looks like a gain, so what is believed is bounded; the bound grows with
// the hold, that is with each time that the means was given back too early.
func (g *governor) learn(now time.Time) {
	if len(g.active) == 0 {
		return
	}
	h := &g.active[len(g.active)-1]
	if h.shown || now.Sub(h.since) < settle {
		return
	}
	most := gainMost * max(1, float64(g.hold[h.name])/float64(holdLeast))
	for i := range h.gain {
		if g.smooth[i] > 0 && h.against&(1<<i) != 0 {
			h.gain[i] = min(max(1, h.before[i]/g.smooth[i]), most)
		} else {
			h.gain[i] = 1
		}
	}
	h.shown = true
}

// tighten takes the mildest means that helps and is not taken yet; false when none
// is left.
func (g *governor) tighten(now time.Time, worst int) bool {
	for i := range g.means {
		m := &g.means[i]
		if m.against&(1<<worst) == 0 || slices.ContainsFunc(g.active, func(h held) bool { return h.means == m }) {
			continue
		}
		at, before := g.released[m.name]
		if m.release == nil && before && now.Sub(at) < g.hold[m.name] {
			continue
		}
		applied := m.apply()
		switch {
		case m.release == nil:
			// It is done once and not kept; doing it again soon gains nothing.
			g.released[m.name] = now
			g.hold[m.name] = min(max(g.hold[m.name]*2, relapse), holdMost)
		case applied && before && now.Sub(at) < relapse:
			g.hold[m.name] = min(max(g.hold[m.name], holdLeast)*2, holdMost)
		}
		if !applied {
			continue
		}
		if m.release != nil {
			g.active = append(g.active, held{means: m, since: now, before: g.smooth})
		}
		g.nextAt = now.Add(settle)
		g.note(Step{At: now, Up: true, What: m.name,
			Reason: fmt.Sprintf("%s at %.0f %% of its goal", pressureNames[worst], 100*g.smooth[worst])})
		return true
	}
	return false
}

// loosen gives back the means taken last of those for which there is room. A goal
// that a means does not act against has no say: memory that is always near its goal
// must not keep the interval long. Of means against the same goal, the one taken
// last comes first.
func (g *governor) loosen(now time.Time) {
	var above pressure // that means taken later act against
	for k := len(g.active) - 1; k >= 0; k-- {
		h := &g.active[k]
		if h.against&above == 0 && g.hasRoom(h, now) {
			h.release()
			g.released[h.name] = now
			g.nextAt = now.Add(holdLeast)
			g.note(Step{At: now, What: h.name, Reason: "there is room again: " + g.room(h)})
			g.active = slices.Delete(g.active, k, k+1)
			return
		}
		above |= h.against
	}
}

// hasRoom reports whether a means was held long enough, and the cost without it is
// to be well within the goals that it acts against.
func (g *governor) hasRoom(h *held, now time.Time) bool {
	if !h.shown || now.Sub(h.since) < max(g.hold[h.name], holdLeast) {
		return false
	}
	for i, v := range g.smooth {
		if h.against&(1<<i) != 0 && v*h.gain[i] > room {
			return false
		}
	}
	return true
}

// room tells the cost to be expected without a means, of the goals that it acts
// against.
func (g *governor) room(h *held) string {
	var parts []string
	for i, v := range g.smooth {
		if v > 0 && h.against&(1<<i) != 0 {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", pressureNames[i], 100*v*h.gain[i]))
		}
	}
	return strings.Join(parts, ", ") + " of the goal"
}

func (g *governor) note(s Step) {
	g.steps = slices.Insert(g.steps, 0, s)
	g.steps = g.steps[:min(len(g.steps), stepsKept)]
}

// state is what a frame shows. Steps is a copy: frames are immutable.
func (g *governor) state() Governor {
	s := Governor{Level: len(g.active), Steps: slices.Clone(g.steps)}
	for i := range g.active {
		s.Active = append(s.Active, g.active[i].name)
	}
	return s
}
