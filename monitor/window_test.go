package monitor

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestWindowEqualsSorting compares with sorting the last values afresh.
func TestWindowEqualsSorting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	w := newWindow(50)
	var all []float64
	for range 500 {
		v := float64(r.IntN(40))
		w.add(v)
		all = append(all, v)
		last := slices.Clone(all[max(0, len(all)-50):])
		slices.Sort(last)
		for _, q := range []float64{0, 0.5, 0.95, 1} {
			want := last[max(0, int(math.Ceil(q*float64(len(last))))-1)]
			if got := w.percentile(q); got != want {
				t.Fatalf("after %d values: p%g = %g, want %g", len(all), q*100, got, want)
			}
		}
	}
}

func TestWindowEmpty(t *testing.T) {
	w := newWindow(3)
	if w.percentile(0.5) != 0 || w.max() != 0 {
		t.Error("an empty window has values")
	}
}

func TestWindowDoesNotAllocate(t *testing.T) {
	w := newWindow(100)
	for i := range 100 {
		w.add(float64(i))
	}
	if n := testing.AllocsPerRun(100, func() { w.add(7) }); n != 0 {
		t.Errorf("%g allocations per value", n)
	}
}
