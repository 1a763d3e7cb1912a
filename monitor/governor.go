package monitor

import (
	"cmp"
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
// gained. It remembers means that had to be taken again soon after, and waits longer
// before it gives those back. So it comes to rest under a constant load, however much
// that varies from cycle to cycle, and under one that comes and goes.

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
	moot    func() bool // true: it does not hold anything back any more; nil: it always does
}

const (
	missFor   = 3 * time.Second  // a goal must be missed this long before anything is done
	startUp   = 6 * time.Second  // what the start costs is over, and nothing is held back for it
	settle    = 6 * time.Second  // time for a means to show what it gains
	settled   = 4 * time.Second  // the same after it was given back
	room      = 0.8              // share of the goal that must suffice without the means
	roomFor   = 6 * time.Second  // and for so long
	lessened  = 0.8              // share of the cost with a means from which on the load is another
	calmFor   = 10 * time.Second // and for so long, for what it gained to be doubted
	gainMost  = 2                // what a means may gain; more is the end of the load, unless giving it back showed more, twice
	stepsKept = 50
)

type held struct {
	*means
	before load // cost when it was applied
	gain   load // cost then, as a multiple of the cost after it had settled
	shown  bool // gain is known

	after load         // cost when it had settled
	calm  [4]time.Time // since when the cost with it leaves room, and is less than then; zero: it does not
	roomy time.Time    // since when there is room to do without; zero: there is none
	over  time.Time    // since when a goal would be missed without; zero: it would not
	tight time.Time    // when a goal was last missed, or would have been without, for a while
}

type governor struct {
	means  []means
	active []held
	cost   costs
	first  time.Time    // of the costs observed
	missed [4]time.Time // since when; zero: not
	nextAt time.Time    // no further step before this
	hold   map[string]time.Duration
	past   map[string]*past
	given  *past // the means given back in the last step, which shows what it had gained; nil: none
	steps  []Step
}

func newGovernor(list []means) *governor {
	return &governor{means: list, hold: map[string]time.Duration{}, past: map[string]*past{}}
}

// observe takes the cost of a cycle, and acts on it.
func (g *governor) observe(now time.Time, l load) {
	if g.first.IsZero() {
		g.first = now
	}
	starting := now.Sub(g.first) < startUp
	if starting {
		g.cost.restart(now)
	}
	was := g.cost.last
	g.cost.add(now, l)
	for i := range l {
		switch {
		case starting || !g.cost.missed(i):
			g.missed[i] = time.Time{}
		case g.missed[i].IsZero():
			g.missed[i] = now
		}
	}
	if !now.Before(g.nextAt) {
		g.learn()
	}
	for k := range g.active {
		g.watch(&g.active[k], now, was)
	}
	if now.Before(g.nextAt) {
		return
	}
	if !slices.ContainsFunc(g.worst(now), func(i int) bool { return g.tighten(now, i) }) {
		g.loosen(now)
	}
}

// worst are the goals that have been missed for long enough, the most missed first: the
// next may have means where that has none left.
func (g *governor) worst(now time.Time) (goals []int) {
	for i, at := range g.missed {
		if !at.IsZero() && now.Sub(at) >= missFor {
			goals = append(goals, i)
		}
	}
	slices.SortStableFunc(goals, func(a, b int) int { return cmp.Compare(g.cost.level(b), g.cost.level(a)) })
	return goals
}

// learn notes what the last step has gained or cost, once that shows.
func (g *governor) learn() {
	if g.given != nil {
		g.given.grew[0] = over(g.cost.short, g.given.cost)
		g.given = nil
	}
	if n := len(g.active); n > 0 && !g.active[n-1].shown {
		h := &g.active[n-1]
		h.gain, h.after, h.shown = over(h.before, g.cost.short), g.cost.short, true
	}
}

// over is a as a multiple of b, and 1 at least.
func over(a, b load) (r load) {
	for i := range r {
		if r[i] = 1; b[i] > 0 {
			r[i] = max(1, a[i]/b[i])
		}
	}
	return r
}

// watch takes note of whether a means could be done without. was is when the cycle
// before was observed: a cost is that of the time since.
func (g *governor) watch(h *held, now, was time.Time) {
	worst := 0.0
	for i := range h.gain {
		if h.against&(1<<i) != 0 {
			worst = max(worst, g.cost.short[i]*g.gain(h, i))
			switch {
			case !h.shown || g.cost.short[i] > min(room, lessened*h.after[i]):
				h.calm[i] = time.Time{}
			case h.calm[i].IsZero():
				h.calm[i] = was
			}
		}
	}
	switch {
	case worst > room:
		h.roomy = time.Time{}
	case h.roomy.IsZero():
		h.roomy = was
	}
	switch {
	case worst <= 1:
		h.over = time.Time{}
	case h.over.IsZero():
		h.over = was
	}
	if !h.over.IsZero() && now.Sub(h.over) >= missFor {
		h.tight = now
	}
}

// gain is the cost without a means as a multiple of the cost with it, as far as is
// believed: a load that ended while the means was to show what it gains looks like a
// gain, too. When the load has become less since, only what giving it back has shown
// is believed.
func (g *governor) gain(h *held, i int) float64 {
	past := g.past[h.name]
	most := gainMost + past.more(i, g.cost.last)
	if h.shown {
		most = min(h.gain[i], most)
	}
	if !h.calm[i].IsZero() && g.cost.last.Sub(h.calm[i]) >= calmFor {
		most = min(past.proven(i, g.cost.last), most)
	}
	return most
}

// tighten takes the mildest means that helps against a missed goal and is not taken yet;
// false when none is left.
func (g *governor) tighten(now time.Time, goal int) bool {
	for i := range g.means {
		m := &g.means[i]
		if m.against&(1<<goal) == 0 || slices.ContainsFunc(g.active, func(h held) bool { return h.means == m }) {
			continue
		}
		if m.release == nil && g.tooSoon(m, now) {
			continue
		}
		applied := m.apply()
		if applied || m.release == nil {
			g.remember(m, now)
		}
		if !applied {
			continue
		}
		if m.release != nil {
			g.active = append(g.active, held{means: m, tight: now, before: g.cost.short})
		}
		g.note(now, Step{At: now, Up: true, What: m.name, Reason: pressureNames[goal] + " at " + g.cost.inWords(goal)}, settle)
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
		switch {
		case h.moot != nil && h.moot():
			g.giveBack(now, k, "it does not hold anything back any more")
			return
		case h.against&above == 0 && g.hasRoom(h, now):
			g.giveBack(now, k, "there is room again: "+g.room(h))
			return
		}
		above |= h.against
	}
}

func (g *governor) giveBack(now time.Time, k int, why string) {
	h := &g.active[k]
	h.release()
	g.given = &past{at: now, cost: g.cost.short}
	if p := g.past[h.name]; p != nil {
		g.given.grew[1] = p.grew[0]
	}
	g.past[h.name] = g.given
	g.note(now, Step{At: now, What: h.name, Reason: why}, settled)
	g.active = slices.Delete(g.active, k, k+1)
}

// hasRoom reports whether there has been room without a means for long enough.
func (g *governor) hasRoom(h *held, now time.Time) bool {
	return h.shown && !h.roomy.IsZero() && now.Sub(h.roomy) >= roomFor && now.Sub(h.tight) >= g.hold[h.name]
}

// room tells the cost to be expected without a means, of the goals that it acts
// against.
func (g *governor) room(h *held) string {
	var parts []string
	for i, v := range g.cost.short {
		if v > 0 && h.against&(1<<i) != 0 {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", pressureNames[i], 100*v*g.gain(h, i)))
		}
	}
	return strings.Join(parts, ", ") + " of the goal"
}

// note records a step, after which costs are others and none follows for a while.
func (g *governor) note(now time.Time, s Step, pause time.Duration) {
	g.cost.restart(now)
	g.nextAt = now.Add(pause)
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
