package cli

import (
	"runtime"
	"slices"
	"testing"
	"time"
)

// A large heap gets a small share as room to grow, a small one no more than that
// of the start.
func TestPaceKeepsTheHeadroom(t *testing.T) {
	for _, live := range []uint64{0, 1 << 20, 4 << 20, 10 << 20, 25 << 20, 40 << 20, 1 << 30} {
		p := pace(live)
		room := live * uint64(p) / 100
		if p < 5 || p > gcPercent || room > headroom && p > 5 {
			t.Errorf("%d bytes alive: %d percent, %d bytes", live, p, room)
		}
	}
	if small, large := pace(5<<20), pace(15<<20); small <= large {
		t.Errorf("%d percent of 5 MB, %d of 15 MB", small, large)
	}
}

func TestHeapIsReadable(t *testing.T) {
	runtime.GC()
	if h := readHeap(); h.live == 0 && h.free == 0 {
		t.Error("the runtime tells nothing of its heap")
	}
}

func TestTendsAfterAsManyCyclesAsTheMonitor(t *testing.T) {
	for interval, want := range map[time.Duration][]int{
		time.Second:     {4, 19, 34},
		5 * time.Second: {1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34, 37, 40},
	} {
		var got []int
		for i := 1; i <= 40; i++ {
			if tendsAfter(i, interval) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("every %v: after cycles %v, want %v", interval, got, want)
		}
	}
}
