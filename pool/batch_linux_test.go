package pool

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkBatchSize shows what an item of work costs with batches of fixed sizes
// and with the size that a lane finds for itself, for jobs of 100, 1,000 and 10,000
// items. An item is what a process costs a reader of /proc at the least: open, read
// and close a stat file, and find the end of the name.
//
// The sizes take turns, and the figures are medians, so that what else
// the machine does falls on all of them alike. The lane has had the calls of a few
// minutes of a monitor to look around.
func BenchmarkBatchSize(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchBatches(b, n) })
	}
}

// batchCost is one contender of the benchmark.
type batchCost struct {
	name string
	lane *Lane
	took []float64 // ns an item, of each call
}

func (c *batchCost) call(b *testing.B, n int) {
	start := time.Now()
	if err := c.lane.Each(b.Context(), n, readStats); err != nil {
		b.Fatal(err)
	}
	c.took = append(c.took, float64(time.Since(start))/float64(n))
}

func (c *batchCost) median() float64 {
	slices.Sort(c.took)
	return c.took[len(c.took)/2]
}

func benchBatches(b *testing.B, n int) {
	const workers = 4 // what the configuration begins with
	lane := func(o Options) *Lane {
		o.Workers, o.Blocking = workers, 1
		return newPool(b, o).Lane("stat")
	}
	adaptive := &batchCost{name: "adaptive", lane: lane(Options{Batch: 100, Adaptive: true})}
	for range 20 * trialCalls {
		adaptive.call(b, n)
	}
	adaptive.took = adaptive.took[:0]
	var fixed []*batchCost
	for size := 8; size <= 8192; size *= 4 {
		fixed = append(fixed, &batchCost{name: fmt.Sprint(size), lane: lane(Options{Batch: size})})
	}
	all := append([]*batchCost{adaptive}, fixed...)
	for b.Loop() {
		// In any order: a call after one that kept a single worker busy finds the others asleep.
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, c := range all {
			c.call(b, n)
		}
	}
	best, worst := fixed[0].median(), fixed[0].median()
	for _, c := range fixed {
		ns := c.median()
		best, worst = min(best, ns), max(worst, ns)
		b.ReportMetric(ns, c.name+"-ns/item")
	}
	ns := adaptive.median()
	b.ReportMetric(ns, "adaptive-ns/item")
	b.ReportMetric(ns/best, "of-best")
	b.ReportMetric(ns/worst, "of-worst")
	b.ReportMetric(float64(adaptive.lane.Stats().Batch), "batch")
}

// readStats reads as many stat files as the batch has items.
func readStats(_ context.Context, lo, hi int) error {
	var buf [1024]byte
	for range hi - lo {
		fd, err := syscall.Open("/proc/self/stat", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		n, err := syscall.Read(fd, buf[:])
		_ = syscall.Close(fd)
		if err != nil || bytes.LastIndexByte(buf[:max(n, 0)], ')') < 0 {
			return fmt.Errorf("/proc/self/stat: %d bytes: %w", n, err)
		}
	}
	return nil
}
