package cli

import (
	"runtime"
	"testing"
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
