package monitor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// under runs for some time beneath a load that is another in each cycle, and returns
// the steps of each hour and the average cost of the last.
func (p *plant) under(d time.Duration, cost func() load) (steps []int, mean load) {
	begin, over := p.now, 0.0
	for end := begin.Add(d); p.now.Before(end); {
		hour := int(p.now.Sub(begin) / time.Hour)
		if hour == len(steps) {
			steps = append(steps, 0)
			mean, over = load{}, 0
		}
		p.base = cost()
		for i, v := range p.cost() {
			mean[i] += v * float64(int(1)<<p.slow)
		}
		over += float64(int(1) << p.slow)
		steps[hour] += p.run(time.Second)
	}
	for i := range mean {
		mean[i] /= over
	}
	return steps, mean
}

func total(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}

// noise is a load with one goal that varies about a mean, and others well met.
func noise(goal int, mean, sigma float64, seed uint64) func() load {
	r := rand.New(rand.NewPCG(seed, 1))
	return func() load {
		l := load{0.3, 0.3, 0.3, 0.3}
		l[goal] = max(0, mean+sigma*r.NormFloat64())
		return l
	}
}

func TestGovernorComesToRestInNoise(t *testing.T) {
	for goal, name := range pressureNames {
		for _, mean := range []float64{0.5, 0.8, 1.1, 1.5, 3} {
			for _, sigma := range []float64{0.1, 0.3} {
				for seed := range uint64(8) {
					steps, cost := newPlant().under(2*time.Hour, noise(goal, mean, sigma, seed))
					if total(steps) > 10 || steps[1] > 5 {
						t.Errorf("%s at %.1f ± %.1f, seed %d: steps in each hour: %d", name, mean, sigma, seed, steps)
					}
					if goal != 2 && mean < 1.6 && cost[goal] > 1 {
						t.Errorf("%s at %.1f ± %.1f, seed %d: %.2f of the goal on average", name, mean, sigma, seed, cost[goal])
					}
				}
			}
		}
	}
}

// Half of what a load costs may be chance, and it still comes to rest.
func TestGovernorComesToRestInStrongNoise(t *testing.T) {
	for _, mean := range []float64{0.6, 0.95, 1.5, 3} {
		for seed := range uint64(8) {
			if steps, _ := newPlant().under(2*time.Hour, noise(3, mean, 0.6, seed)); total(steps) > 20 || steps[1] > 10 {
				t.Errorf("%.1f ± 0.6, seed %d: steps in each hour: %d", mean, seed, steps)
			}
		}
	}
}

func TestGovernorHoldsTheGoalOnAverage(t *testing.T) {
	for mean := 1.02; mean < 6; mean += 0.13 { // with all means 0.16 times that
		for _, sigma := range []float64{0, 0.1, 0.3} {
			if _, cost := newPlant().under(time.Hour+time.Minute, noise(3, mean, sigma, 1)); cost[3] > 1.02 {
				t.Errorf("%.2f ± %.1f: %.2f of the goal on average after an hour", mean, sigma, cost[3])
			}
		}
	}
}

func TestGovernorSettlesUnderAPeriodicLoad(t *testing.T) {
	for _, high := range []float64{1.4, 2.5, 4} {
		for _, on := range []time.Duration{8 * time.Second, 30 * time.Second, 90 * time.Second} {
			for _, off := range []time.Duration{5 * time.Second, 20 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 9 * time.Minute} {
				p := newPlant()
				begin := p.now
				periodic := func() load {
					if p.now.Sub(begin)%(on+off) < on {
						return load{0.3, 0.3, 0.3, high}
					}
					return load{0.3, 0.3, 0.3, 0.2}
				}
				name := fmt.Sprintf("%.1f for %v, nothing for %v", high, on, off)
				steps, _ := p.under(4*time.Hour, periodic)
				if steps[0] > 40 || steps[1] > 6 && off < 6*time.Minute || steps[1] > 20 || steps[2]+steps[3] > 2 {
					t.Errorf("%s: steps in each hour: %d", name, steps)
				}
				p.base = load{0.3, 0.3, 0.3, 0.2}
				if p.run(11 * time.Minute); len(p.g.active) > 0 {
					t.Errorf("%s: eleven minutes after its end still %v", name, p.g.state().Active)
				}
				// And that wears off: hours later a storm is a single storm.
				p.run(2 * time.Hour)
				p.base[3] = high
				p.run(time.Minute)
				p.base[3] = 0.2
				if p.run(30 * time.Second); len(p.g.active) > 0 {
					t.Errorf("%s: half a minute after a storm two hours later still %v", name, p.g.state().Active)
				}
			}
		}
	}
}

// A load that wanders between a third and three times the goal, slowly or quickly.
func TestGovernorFollowsAWanderingLoadSeldom(t *testing.T) {
	for _, pace := range []float64{0.005, 0.02, 0.1} {
		all := 0
		const seeds = 8
		for seed := range uint64(seeds) {
			r := rand.New(rand.NewPCG(seed, 2))
			at := 0.0
			steps, _ := newPlant().under(4*time.Hour, func() load {
				at = min(max(at+pace*r.NormFloat64(), -1.1), 1.1)
				return load{0.3, 0.3, 0.3, math.Exp(at)}
			})
			for hour, n := range steps {
				if n > 40 {
					t.Errorf("pace %g, seed %d: %d steps in hour %d", pace, seed, n, hour)
				}
			}
			all += total(steps)
		}
		if mean := float64(all) / seeds / 4; mean > 15 {
			t.Errorf("pace %g: %.1f steps in an hour", pace, mean)
		} else {
			t.Logf("pace %g: %.1f steps in an hour", pace, mean)
		}
	}
}

func TestGovernorGivesBackWithinHalfAMinuteOfAnyStorm(t *testing.T) {
	for _, high := range []float64{1.2, 1.5, 2.5, 4, 8, 20} {
		for _, sigma := range []float64{0, 0.1} {
			for storm := 5 * time.Second; storm < 6*time.Minute; storm += 7 * time.Second {
				p := newPlant()
				p.under(time.Minute, noise(3, 0.3, sigma/2, 1))
				p.under(storm, noise(3, high, sigma*high, 2))
				p.under(30*time.Second, noise(3, 0.2, sigma/4, 3))
				if len(p.g.active) > 0 {
					t.Errorf("half a minute after %v of %.1f ± %.1f: still %v", storm, high, sigma*high, p.g.state().Active)
				}
			}
		}
	}
}

func TestGovernorActsThreeSecondsAfterAMiss(t *testing.T) {
	for _, high := range []float64{1.05, 1.5, 4, 50} {
		p := newPlant()
		p.base = load{0.3, 0.3, 0.3, 0.3}
		p.run(time.Minute)
		p.base[3] = high
		for p.g.missed[3].IsZero() {
			p.run(time.Second)
		}
		p.run(missFor - time.Second)
		if len(p.g.active) > 0 {
			t.Errorf("%g: it acted at once", high)
		}
		if p.run(time.Second); len(p.g.active) != 1 {
			t.Errorf("%g: after three seconds it holds back %v", high, p.g.state().Active)
		}
	}
}

// A cycle that hung is no load; but the goal for CPU is one over a minute, however
// that is spread.
func TestGovernorJudgesGoalsByWhatTheyAreOf(t *testing.T) {
	every := func(n, goal int, peak float64) func() load {
		i := 0
		return func() load {
			l := load{0.3, 0.3, 0.3, 0.3}
			if i++; i%n == 0 {
				l[goal] = peak
			}
			return l
		}
	}
	for _, goal := range []int{0, 1} {
		p := newPlant()
		if steps, _ := p.under(2*time.Hour, every(30, goal, 60)); total(steps) > 0 {
			t.Errorf("%s, once in half a minute 60 times its goal: %+v", pressureNames[goal], p.g.steps)
		}
	}
	p := newPlant()
	if steps, _ := p.under(2*time.Hour, every(30, 3, 15)); total(steps) > 0 {
		t.Errorf("0.8 of the goal over a minute: %+v", p.g.steps)
	}
	p = newPlant()
	steps, cost := p.under(2*time.Hour, every(30, 3, 45))
	if cost[3] > 1 || total(steps) > 30 || steps[1] > 6 {
		t.Errorf("1.8 of the goal over a minute: steps in each hour: %d, cost %.2f of the goal", steps, cost[3])
	}
	if first := p.g.steps[len(p.g.steps)-1]; first.Reason[len(first.Reason)-len("over a minute"):] != "over a minute" {
		t.Errorf("the reason is %q", first.Reason)
	}
}

// What a means gains may be more than is believed at first. Giving it back shows that.
func TestGovernorLearnsWhatAMeansGains(t *testing.T) {
	for _, rest := range []float64{0.05, 0.1, 0.2, 0.3} {
		p := newPlant()
		steps, _ := p.under(3*time.Hour, func() load {
			l := load{0.3, 0.3, 0.3, 1.5}
			if p.extra {
				l[3] *= rest / 0.7
			}
			return l
		})
		if steps[0] > 6 || steps[1] > 2 || steps[2] > 2 {
			t.Errorf("a means that leaves %.2f of the cost: steps in each hour: %d", rest, steps)
		}
	}
}

// A storm that begins with a burst makes a means look good that gains next to nothing.
// When it is over, the means is given back all the same; the goal is near what the
// program costs at any time.
func TestGovernorDoubtsWhatABurstShowed(t *testing.T) {
	for _, calm := range []float64{0.3, 0.5, 0.62} {
		p := newPlant()
		const useless = 0.7 // the plant's gain of the first means, taken back here
		at := func(v float64, d time.Duration) {
			p.under(d, func() load {
				l := load{0.3, 0.3, 0.3, v}
				if p.extra {
					l[3] /= useless
				}
				return l
			})
		}
		at(calm, time.Minute)
		at(1.5, 8*time.Second)
		if !p.extra {
			t.Fatal("the burst should have been acted on")
		}
		at(0.85, 32*time.Second)
		at(calm, 30*time.Second)
		if len(p.g.active) > 0 {
			t.Errorf("calm at %.2f of the goal, half a minute after the storm: still %v", calm, p.g.state().Active)
		}
	}
}

// Short storms at random mislead in all ways about what a means gains, and still all
// is given back when they end.
func TestGovernorGivesBackAfterConfusion(t *testing.T) {
	const seeds = 500
	late := 0
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 3))
		on, off := (2+20*r.Float64())*float64(time.Second), (5+60*r.Float64())*float64(time.Second)
		high, low := 1.1+4*r.Float64(), 0.05+0.25*r.Float64()
		p := newPlant()
		for end := p.now.Add(time.Hour); p.now.Before(end); {
			p.base = load{0.3, 0.3, 0.3, high}
			p.run(time.Duration(r.ExpFloat64() * on))
			p.base[3] = low
			p.run(time.Duration(r.ExpFloat64() * off))
		}
		if p.run(11 * time.Minute); len(p.g.active) > 0 {
			late++
		}
		if p.run(2 * time.Hour); len(p.g.active) > 0 {
			t.Errorf("seed %d: hours after the last storm still %v", seed, p.g.state().Active)
		}
	}
	if late > seeds/50 {
		t.Errorf("eleven minutes after the last storm something was still held back in %d of %d runs", late, seeds)
	}
}

func TestGovernorGivesBackWhatIsMoot(t *testing.T) {
	p := newPlant()
	moot := false
	p.g.means[0].moot = func() bool { return moot }
	p.base = load{0.3, 0.3, 0.3, 1.3}
	if p.run(5 * time.Minute); !p.extra {
		t.Fatal("nothing was taken")
	}
	moot = true
	p.g.means[0].apply = func() bool { return false }
	p.run(time.Second)
	if p.extra || len(p.g.active) != 0 || p.g.steps[0].Up || p.g.steps[0].Reason != "it does not hold anything back any more" {
		t.Errorf("active %v, last %+v", p.g.state().Active, p.g.steps[0])
	}
}
