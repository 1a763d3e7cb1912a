package pool

import (
	"math"
	"math/rand/v2"
	"testing"
)

// cost models batches: a share of fixed cost per batch, and a loss of
// parallelism when batches are too few. best is the bottom of the curve.
func cost(size, n, best int, r *rand.Rand) float64 {
	d := math.Log2(float64(min(size, n))) - math.Log2(float64(best))
	return 100 * (1 + 0.1*d*d) * (1 + 0.02*(r.Float64()-0.5))
}

func TestClimberFindsTheBottom(t *testing.T) {
	for _, tt := range []struct{ start, n, best int }{
		{100, 10000, 800}, {100, 10000, 25}, {8, 1000, 512}, {10000, 10000, 64}, {100, 100, 50},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		c := newClimber(tt.start, true)
		for range 2000 {
			c.observe(tt.n, cost(c.size, tt.n, tt.best, r))
		}
		size := c.size
		if c.trying {
			size = c.base
		}
		if got := cost(size, tt.n, tt.best, r); got > 110+2 {
			t.Errorf("start %d, n %d, best %d: settled on %d, cost %.0f", tt.start, tt.n, tt.best, size, got)
		}
	}
}

func TestClimberComesToRest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	c := newClimber(100, true)
	for range 3000 {
		c.observe(10000, cost(c.size, 10000, 400, r))
	}
	trials := 0
	for range 3000 {
		was := c.trying
		c.observe(10000, cost(c.size, 10000, 400, r))
		if c.trying && !was {
			trials++
		}
	}
	if trials > 8 {
		t.Errorf("%d trials in 3,000 calls of settled work", trials)
	}
}

func TestClimberFollowsAChangeOfWork(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	c := newClimber(100, true)
	for range 2000 {
		c.observe(10000, cost(c.size, 10000, 1000, r))
	}
	for range 2000 {
		c.observe(200, cost(c.size, 200, 20, r))
	}
	if c.size > 80 {
		t.Errorf("size %d after the work shrank to 200 items with the best at 20", c.size)
	}
}

func TestClimberOffStaysPut(t *testing.T) {
	c := newClimber(100, false)
	for i := range 500 {
		c.observe(10000, float64(100+i%7))
	}
	if c.size != 100 {
		t.Errorf("size %d", c.size)
	}
}

func TestClimberStaysWithinBounds(t *testing.T) {
	for _, falling := range []bool{true, false} {
		c := newClimber(100, true)
		for range 5000 {
			ns := float64(c.size)
			if falling {
				ns = 1e6 / float64(c.size)
			}
			c.observe(1<<20, ns)
			if c.size < minBatch/2 || c.size > maxBatch {
				t.Fatalf("size %d", c.size)
			}
		}
	}
}

// Two workers share 1,000 items: with batches of 400 one of them has 600 to do,
// and with 200 as well, so that only a long step finds better.
func TestClimberLeavesAHill(t *testing.T) {
	cost := func(size int) float64 {
		batches := (1000 + size - 1) / size
		return float64(min((batches+1)/2*size, 1000))
	}
	c := newClimber(400, true)
	for range 500 {
		c.observe(1000, cost(c.size))
	}
	if got := cost(c.base); got > 550 {
		t.Errorf("settled on %d, with %.0f items for one worker", c.base, got)
	}
}

// A machine that gets slower while a trial runs must not decide it.
func TestClimberIsNotMisledByTheMachine(t *testing.T) {
	for _, pace := range []float64{0.99, 1.01} {
		c := newClimber(64, true)
		slow := 1.0
		for range 300 {
			slow *= pace
			c.observe(10_000, slow*cost(c.size, 10_000, 64, rand.New(rand.NewPCG(1, 1))))
		}
		if c.base != 64 {
			t.Errorf("pace %v: left the best size for %d: %s", pace, c.base, c.why)
		}
	}
}
