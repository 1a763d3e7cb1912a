package monitor

import (
	"testing"
	"time"
)

// pushCycles adds cycles whose CPU value is their number.
func pushCycles(h *History, from, to int) {
	var v [SeriesCount]float32
	for i := from; i < to; i++ {
		v[SeriesCPU] = float32(i)
		h.Push(time.Unix(int64(i), 0), &v)
	}
}

func TestHistoryKeepsTheLast(t *testing.T) {
	h := NewHistory(400)
	if h.Len() != 0 || len(h.Tail(nil, SeriesCPU, 10)) != 0 {
		t.Error("an empty history holds something")
	}
	pushCycles(h, 0, 1000)
	got := h.Tail(nil, SeriesCPU, 1000)
	if len(got) != 400 || h.Len() != 400 {
		t.Fatalf("%d values, length %d", len(got), h.Len())
	}
	for i, v := range got {
		if v != float32(600+i) {
			t.Fatalf("value %d is %g", i, v)
		}
	}
}

// A coarse history spans the same time in half of the memory, a value for each two
// cycles, and gets its resolution back for what comes.
func TestHistoryIsCoarsenedAndRefined(t *testing.T) {
	h := NewHistory(400)
	pushCycles(h, 0, 1000)
	full := h.bytes()
	if !h.Coarsen() || h.bytes() != full/2 {
		t.Fatalf("%d bytes of %d", h.bytes(), full)
	}
	if h.Coarsen() {
		t.Error("it was coarse already")
	}
	spans := func(newest int) []float32 {
		t.Helper()
		got := h.Tail(nil, SeriesCPU, 1000)
		if n := len(got); n < 399 || n > 400 || got[n-1] != float32(newest) {
			t.Fatalf("%d values to %g, want 400 to %d", n, got[n-1], newest)
		}
		for i := range got {
			if want := float32(newest + 1 - len(got) + i); got[i] != want && got[i] != want+1 {
				t.Fatalf("value %d is %g, want %g or the next", i, got[i], want)
			}
		}
		return got
	}
	spans(999)
	for i := 1000; i < 1011; i++ { // the newest value is that of now, in either half of a pair
		pushCycles(h, i, i+1)
		spans(i)
	}
	h.Refine()
	if h.bytes() != full {
		t.Errorf("%d bytes of %d", h.bytes(), full)
	}
	spans(1010)
	pushCycles(h, 1011, 1211)
	got := spans(1210)
	for i := range 200 {
		if v := got[len(got)-1-i]; v != float32(1210-i) {
			t.Fatalf("%d cycles ago: %g", i, v)
		}
	}
}

func TestASmallHistoryIsNotCoarsened(t *testing.T) {
	h := NewHistory(2*minHistory - 1)
	pushCycles(h, 0, 50)
	if before := h.bytes(); h.Coarsen() || h.bytes() != before {
		t.Error("a history of a few minutes was coarsened")
	}
	h.Refine()
	if got := h.Tail(nil, SeriesCPU, 100); len(got) != 50 || got[0] != 0 || got[49] != 49 {
		t.Errorf("%v", got)
	}
}

func TestACoarseHistoryShowsALeak(t *testing.T) {
	h := NewHistory(1200)
	var v [SeriesCount]float32
	for i := range 1200 {
		if i == 400 {
			h.Coarsen()
		}
		v[SeriesRSS] = 40 + float32(i)/3600*6
		h.Push(time.Unix(int64(i), 0), &v)
	}
	if got, ok := h.slope(SeriesRSS); !ok || got < 5.8 || got > 6.2 {
		t.Errorf("slope %g MB an hour, %v", got, ok)
	}
}

func TestHistoryKnowsTheTimeOfItsCycles(t *testing.T) {
	h, at := NewHistory(240), time.Unix(1e9, 0)
	if over, held := h.Span(10); over != 0 || held != 0 {
		t.Errorf("an empty one spans %v of %d", over, held)
	}
	for i := range 300 {
		at = at.Add(time.Second)
		if i >= 290 {
			at = at.Add(3 * time.Second)
		}
		h.Push(at, &[SeriesCount]float32{})
	}
	for _, tc := range []struct {
		n, held int
		over    time.Duration
	}{{1, 1, 0}, {2, 2, 4 * time.Second}, {12, 12, 41 * time.Second}, {1000, 240, 269 * time.Second}} {
		if over, held := h.Span(tc.n); over != tc.over || held != tc.held {
			t.Errorf("the last %d span %v of %d, want %v of %d", tc.n, over, held, tc.over, tc.held)
		}
	}
	h.Coarsen()
	if over, held := h.Span(1000); over < 266*time.Second || over > 269*time.Second || held != 240 {
		t.Errorf("coarser it spans %v of %d", over, held)
	}
}
