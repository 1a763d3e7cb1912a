//go:build linux

package procfs

import (
	"context"
	"os"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

const rollupText = `55a4b8a00000-7ffd0f7fa000 ---p 00000000 00:00 0                          [rollup]
Rss:                1000 kB
Pss:                 600 kB
Pss_Dirty:            80 kB
Shared_Clean:        400 kB
Shared_Dirty:         10 kB
Private_Clean:       500 kB
Private_Dirty:        90 kB
Anonymous:            90 kB
Swap:                  8 kB
SwapPss:               4 kB
Locked:               12 kB
`

func TestParseRollup(t *testing.T) {
	m, ok := parseRollup([]byte(rollupText))
	const k = 1024
	want := metrics.ExactMemory{RSS: 1000 * k, PSS: 600 * k, Shared: 410 * k, Private: 590 * k, Swap: 8 * k, SwapPSS: 4 * k, Anonymous: 90 * k, Locked: 12 * k}
	if !ok || m != want {
		t.Errorf("got %+v, want %+v", m, want)
	}
	if _, ok := parseRollup([]byte("x")); ok {
		t.Error("x was accepted")
	}
}

func TestReadSmapsRollupLive(t *testing.T) {
	f := open(t, "/proc")
	m, err := f.ReadSmapsRollup(context.Background(), int32(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	if m.RSS < 1<<20 || m.PSS > m.RSS || m.Shared+m.Private != m.RSS {
		t.Errorf("got %+v", m)
	}
	// A kernel thread has no memory of its own; pid 2 is one outside of containers.
	if st, err := f.ReadStat(2); err == nil && st.Flags&metrics.FlagKthread != 0 {
		if m, err := f.ReadSmapsRollup(context.Background(), 2); err != nil || m != (metrics.ExactMemory{}) {
			t.Errorf("of a kernel thread: %+v, %v", m, err)
		}
	}
}

func FuzzParseRollup(f *testing.F) {
	f.Add([]byte(rollupText))
	f.Add([]byte("Rss:"))
	f.Fuzz(func(_ *testing.T, b []byte) { parseRollup(b) })
}
