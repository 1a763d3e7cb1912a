package monitor

import (
	"testing"
	"time"
)

// plant is a simulated program: its cost follows the load and what is held back.
type plant struct {
	now   time.Time
	base  load // cost with nothing held back
	extra bool
	deep  bool
	slow  int
	g     *governor

	spare        bool // there is memory to give up
	coarse       bool
	asked, freed int // for memory, and how often there was some
}

func (p *plant) free() bool { p.freed++; return true }

func newPlant() *plant {
	p := &plant{now: time.Unix(1e9, 0), spare: true}
	p.g = newGovernor([]means{
		{name: "extras", against: onCPU | onCollect, apply: func() bool { p.extra = true; return true }, release: func() { p.extra = false }},
		{name: "deep", against: onCPU | onDetect, apply: func() bool { p.deep = true; return true }, release: func() { p.deep = false }},
		{name: "memory", against: onRSS, apply: func() bool { p.asked++; return p.spare && p.free() }},
		{name: "history", against: onRSS, apply: func() bool { p.coarse = p.spare; return p.spare }, release: func() { p.coarse = false }},
		{name: "interval×2", against: onCPU, apply: func() bool { p.slow = 1; return true }, release: func() { p.slow = 0 }},
		{name: "interval×4", against: onCPU, apply: func() bool { p.slow = 2; return true }, release: func() { p.slow = 1 }},
	})
	return p
}

func (p *plant) cost() load {
	l := p.base
	if p.extra {
		l[3] *= 0.7
		l[0] *= 0.6
	}
	if p.deep {
		l[3] *= 0.9
		l[1] *= 0.5
	}
	l[3] /= float64(int(1) << p.slow)
	return l
}

// run goes on for some time, a cycle a second, and returns the steps it made.
func (p *plant) run(d time.Duration) (steps int) {
	for end := p.now.Add(d); p.now.Before(end); {
		p.now = p.now.Add(time.Second << p.slow)
		var was time.Time
		if len(p.g.steps) > 0 {
			was = p.g.steps[0].At
		}
		p.g.observe(p.now, p.cost())
		if len(p.g.steps) > 0 && !p.g.steps[0].At.Equal(was) {
			steps++
		}
	}
	return steps
}

func TestGovernorLeavesAGoodProgramAlone(t *testing.T) {
	p := newPlant()
	p.base = load{0.5, 0.2, 0.9, 0.8}
	if n := p.run(time.Hour); n != 0 {
		t.Errorf("%d steps though every goal is met: %+v", n, p.g.steps)
	}
}

func TestGovernorTakesTheMildestMeansThatIsEnough(t *testing.T) {
	p := newPlant()
	p.base = load{0.2, 0.2, 0.2, 1.3} // extras alone bring it to 0.91
	p.run(5 * time.Minute)
	if !p.extra || p.deep || p.slow != 0 {
		t.Errorf("extras %v, deep %v, slow %d; want extras only", p.extra, p.deep, p.slow)
	}
	if c := p.cost()[3]; c > 1 {
		t.Errorf("cpu at %.2f of its goal", c)
	}
}

func TestGovernorPicksMeansThatHelpAgainstTheMiss(t *testing.T) {
	p := newPlant()
	p.base = load{0.2, 1.5, 0.2, 0.2}
	p.run(5 * time.Minute)
	if p.extra || !p.deep || p.slow != 0 {
		t.Errorf("extras %v, deep %v, slow %d; want deep only", p.extra, p.deep, p.slow)
	}
}

func TestGovernorComesToRestUnderAnyConstantLoad(t *testing.T) {
	for cpu := 0.5; cpu < 8; cpu += 0.1 {
		p := newPlant()
		p.base = load{0.3, 0.3, 0.3, cpu}
		p.run(10 * time.Minute)
		if n := p.run(2 * time.Hour); n != 0 {
			t.Errorf("cpu %.1f: %d steps in two hours of constant load: %+v", cpu, n, p.g.steps[:min(4, len(p.g.steps))])
		}
		if c := p.cost()[3]; c > 1.01 && p.slow < 2 {
			t.Errorf("cpu %.1f: at %.2f of the goal with means left", cpu, c)
		}
	}
}

func TestGovernorGivesBackWithinHalfAMinute(t *testing.T) {
	p := newPlant()
	p.base = load{0.3, 0.3, 0.3, 4}
	p.run(3 * time.Minute)
	if len(p.g.active) < 3 {
		t.Fatalf("only %d means against four times the goal", len(p.g.active))
	}
	p.base = load{0.1, 0.1, 0.3, 0.1}
	p.run(30 * time.Second)
	if len(p.g.active) != 0 {
		t.Errorf("half a minute after the load ended: still %+v", p.g.state().Active)
	}
}

// A goal that is nearly, or never, met has no say about means that do not act
// against it; however long the load was.
func TestGovernorGivesBackBesideAnotherFullGoal(t *testing.T) {
	for _, rss := range []float64{0.5, 0.85, 0.99, 1.2} {
		for storm := 5 * time.Second; storm <= 2*time.Minute; storm += time.Second {
			p := newPlant()
			p.base = load{0.3, 0.3, rss, 0.3}
			p.run(time.Minute)
			p.base[3] = 4
			p.run(storm)
			p.base[3] = 0.2
			p.run(45 * time.Second)
			if p.extra || p.deep || p.slow != 0 {
				t.Fatalf("memory at %.0f %% of its goal, %v of load: still %v after 45 s of calm", 100*rss, storm, p.g.state().Active)
			}
			p.run(10 * time.Minute)
			if n := p.run(2 * time.Hour); rss < 1 && n != 0 {
				t.Fatalf("memory at %.0f %% of its goal: %d steps in two hours of constant load: %+v", 100*rss, n, p.g.steps[:min(4, len(p.g.steps))])
			}
		}
	}
}

// The longer intervals overlap: the shorter of both must not be given back before
// the longer, whose hold has grown, whatever else was taken between them.
func TestGovernorGivesMeansAgainstOneGoalBackInTurn(t *testing.T) {
	p := newPlant()
	p.base = load{0.3, 0.3, 0.3, 2}
	p.run(time.Minute)
	p.base[2] = 1.1 // memory comes up while the interval is long
	p.run(time.Minute)
	p.base[3] = 8
	p.run(time.Minute)
	if !p.coarse || p.slow != 2 {
		t.Fatalf("coarse %v, slow %d: %+v", p.coarse, p.slow, p.g.state().Active)
	}
	p.base[3] = 0.1
	p.g.hold["interval×4"] = 3 * time.Minute
	p.run(time.Minute)
	if p.slow != 2 || !p.extra {
		t.Fatalf("four times the interval is held, and %d is in force: %+v", p.slow, p.g.state().Active)
	}
	p.run(3 * time.Minute)
	if !p.coarse || p.slow != 0 || p.extra {
		t.Errorf("after the load, with memory missed: %+v", p.g.state().Active)
	}
	p.base[2] = 0.3
	if p.run(time.Minute); p.coarse {
		t.Error("memory is well within its goal, and the history is coarse")
	}
}

// A means that finds nothing to hold back is no step, and the next one is taken.
func TestGovernorPassesOverWhatHelpsNothing(t *testing.T) {
	p := newPlant()
	p.spare = false
	p.base = load{0.3, 0.3, 2, 0.3}
	p.run(10 * time.Minute)
	if len(p.g.steps) != 0 || len(p.g.active) != 0 {
		t.Errorf("announced though nothing was held back: %+v", p.g.steps)
	}
	if p.asked < 2 || p.asked > 10 {
		t.Errorf("asked for memory %d times in ten minutes", p.asked)
	}
	p = newPlant()
	p.g.means[0].apply = func() bool { return false }
	p.base = load{0.2, 0.2, 0.2, 1.05}
	if p.run(time.Minute); !p.deep {
		t.Errorf("the next means was not taken: %+v", p.g.steps)
	}
}

// A goal for which nothing more can be done must not keep others from being held.
func TestGovernorActsOnAllGoalsThatAreMissed(t *testing.T) {
	for _, rss := range []float64{1.1, 2, 5} {
		p := newPlant()
		p.base = load{1.3, 1.3, rss, 1.8}
		p.run(5 * time.Minute)
		if c := p.cost(); !p.coarse || c[0] > 1 || c[1] > 1 || c[3] > 1 {
			t.Errorf("memory at %g of its goal: others at %.2f, held back: %v", rss, c, p.g.state().Active)
		}
	}
}

func TestGovernorIgnoresAShortSpike(t *testing.T) {
	p := newPlant()
	p.base = load{0.3, 0.3, 0.3, 0.3}
	p.run(time.Minute)
	p.base[3] = 2
	p.run(2 * time.Second)
	p.base[3] = 0.3
	if p.run(time.Minute); len(p.g.steps) != 0 {
		t.Errorf("steps after two seconds of load: %+v", p.g.steps)
	}
}

// What the start costs is over when it could be saved.
func TestGovernorLetsTheStartPass(t *testing.T) {
	p := newPlant()
	p.base = load{3, 3, 1.2, 9}
	n := p.run(startUp - time.Second)
	p.base = load{0.5, 0.2, 0.9, 0.8}
	if n += p.run(time.Minute); n != 0 {
		t.Errorf("%d steps because of the start: %+v", n, p.g.steps)
	}
	p = newPlant()
	p.base[3] = 9
	if p.run(startUp+missFor+2*time.Second) == 0 {
		t.Error("a start that does not end is no start")
	}
}

// TestGovernorBreaksACycle gives it a load that comes back whenever the means is
// released: the holds must grow.
func TestGovernorBreaksACycle(t *testing.T) {
	p := newPlant()
	steps := 0
	for range 600 {
		p.base = load{0.3, 0.3, 0.3, 1.4}
		if p.extra {
			p.base[3] = 0.3 // looks harmless while held back
		}
		steps += p.run(10 * time.Second)
	}
	if steps > 60 {
		t.Errorf("%d steps in 100 minutes", steps)
	}
}

func TestGovernorBoundsItsSteps(t *testing.T) {
	p := newPlant()
	p.base = load{0, 0, 3, 0}
	p.run(2 * time.Hour)
	if p.freed < 2 || len(p.g.steps) > stepsKept {
		t.Errorf("freed %d times, %d steps kept", p.freed, len(p.g.steps))
	}
}
