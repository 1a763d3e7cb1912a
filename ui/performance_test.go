package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

func TestBytesOfAFrameStandBesideItsTime(t *testing.T) {
	for _, size := range testSizes {
		r := newRobot(t, 50, size[0], size[1], nil)
		r.frames(2)
		r.press("6")
		r.wants("render 0.8ms  p95 1.0 p50 0.7 max 1.6", "frame 812B  p95 1.0K p50 731B max 1.6K")
		r.changed(func(f *monitor.Frame) { f.Self.Extra = nil })
		r.wants("render -", "frame -")
	}
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

func TestPoolTellsOfBatchesWhereThereAreSome(t *testing.T) {
	r := newRobot(t, 50, 80, 24, nil)
	r.frames(1)
	r.press("6")
	r.wants("processes batch 128 p50 1.0 p95 2.0ms")
	for _, kinds := range [][]monitor.PoolKind{nil, {{Name: "processes", Batch: 128, LatencyP95: time.Second}}} {
		r.changed(func(f *monitor.Frame) { f.Self.Pool.Kinds = kinds })
		r.wants("no batches with this source")
		r.lacks("batch 128")
	}
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
	g.wants("terminal 812B/s, disk 0/s", "goroutines 14")
}
