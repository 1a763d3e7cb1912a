package ui

import (
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

func TestIndicatorsHaveTheirWindow(t *testing.T) {
	for _, size := range testSizes {
		r := newRobot(t, 50, size[0], size[1], nil)
		r.frames(2)
		r.press("6")
		r.wants("render         0.8ms   0.7   1.0   1.6", "frame bytes     812B  731B  1.0K  1.6K")
		r.changed(func(f *monitor.Frame) { f.Self.Extra = nil })
		r.wants("render             -", "frame bytes        -")
	}
}

// What a low screen leaves out is on the page of all figures.
func TestAllFiguresAreOnAPage(t *testing.T) {
	r := newRobot(t, 50, 80, 24, nil)
	r.frames(2)
	r.press("6")
	r.lacks("events lost")
	r.press("f")
	seen := r.text()
	for range 8 {
		r.press("pgdown")
		seen += r.text()
	}
	for _, want := range []string{"last     p50     p95     max    goal", "cpu                     5.8%     5.2     7.5      12     5 ✗",
		"events lost", "network               3.7K/s", "held back", "40s ago held back deep looks", "300M in 90000 calls", "limit 512M",
		"2 processors at most", "batch 128 (adapts), 900 batches", "last move: 64 to 128", "99.0% hits: 9900 of 10000", "statfs of /mnt/nfs"} {
		if !strings.Contains(seen, want) {
			t.Errorf("no %q in\n%s", want, seen)
		}
	}
	r.press("esc")
	r.wants("f figures")
}

// What was missed is told in the view, by name, once there is something.
func TestLossesShow(t *testing.T) {
	r := newRobot(t, 50, 80, 24, nil)
	r.frames(1)
	r.press("6")
	r.lacks("lost  ")
	r.changed(func(f *monitor.Frame) {
		f.Self.Lost = []metrics.Loss{{What: "frames", Count: 3}, {What: "netlink overruns"}, {What: "eBPF walks begun anew", Count: 1}}
	})
	r.wants("lost      3 frames, 1 eBPF walks begun anew")
}

func TestCachesAreSummedUp(t *testing.T) {
	r := newRobot(t, 50, 80, 24, nil)
	r.changed(func(f *monitor.Frame) {
		f.Self.Caches = nil
		for range 20 {
			f.Self.Caches = append(f.Self.Caches, metrics.CacheStat{Name: "program paths", Entries: 7, Bytes: 1 << 20, Hits: 3, Misses: 1})
		}
	})
	r.press("6")
	r.wants("20 with 140 entries, 20M as far as known, hits 75.0%")
}

func TestBatchesAreToldWithTheLastMove(t *testing.T) {
	r := newRobot(t, 50, 120, 36, nil)
	r.frames(1)
	r.press("6")
	r.wants("batches   processes 128 (p95 2.0ms)", "last move of processes: 64 to 128: 9200 to 8100 ns an item")
	r.changed(func(f *monitor.Frame) {
		f.Self.Pool.Kinds = []monitor.PoolKind{{Name: "owners", Batch: 1}, {Name: "detectors", Batch: 2, Batches: 1, LatencyP95: 3e6}}
	})
	r.wants("batches   owners 1 (none yet), detectors 2 (p95 3.0ms)")
	r.lacks("last move")
	r.changed(func(f *monitor.Frame) { f.Self.Pool.Kinds = nil })
	r.lacks("batches")
}

func TestIndicatorsDoNotPaintOverEachOther(t *testing.T) {
	for w := minWidth; w <= 220; w++ {
		r := newRobot(t, 20, w, 24, nil)
		r.frames(2)
		r.press("6")
		lines := strings.Split(r.text(), "\n")
		if !strings.Contains(lines[3], " detect ") && !strings.HasSuffix(lines[3], " detect") || !strings.Contains(lines[3]+lines[4], "4.2") {
			t.Errorf("%d cells:\n%s\n%s", w, lines[3], lines[4])
		}
		if strip := lines[1]; strings.Contains(strip, "held back") && !strings.Contains(strip, "io 143/s") {
			t.Errorf("%d cells: %s", w, strip)
		}
	}
}

// What is told in words is told to its end where there is room.
func TestFactsUseTheRoomThereIs(t *testing.T) {
	g := newRobot(t, 20, 80, 60, nil)
	g.frames(1)
	g.press("6")
	g.wants("owners takes 40 % of the time", "above 5 %")
	g = newRobot(t, 20, 80, 24, nil)
	g.frames(1)
	g.press("6")
	g.wants("terminal 812B/s, disk 0/s, net 3.7K/s", "peak 34M of 512M, procs 2, goroutines 14, gc 52")
}
