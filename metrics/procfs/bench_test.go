//go:build linux

package procfs

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// pair is a Batcher of two workers and batches of 100, as a pool makes it.
type pair struct{}

func (pair) Each(ctx context.Context, n int, fn func(ctx context.Context, lo, hi int) error) error {
	const size = 100
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			for lo := w * size; lo < n; lo += 2 * size {
				_ = fn(ctx, lo, min(lo+size, n))
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// benchCrowd keeps one crowd for the runs of a benchmark, which the testing package
// repeats.
func benchCrowd(b *testing.B, n int, run func(b *testing.B)) {
	if testing.Short() {
		b.Skipf("a crowd of %d processes is not for -short", n)
	}
	proctest.Crowd(b, n)
	b.Run("cycles", run)
}

func BenchmarkProcfs1000(b *testing.B)  { benchSteady(b, 1000) }
func BenchmarkProcfs10000(b *testing.B) { benchSteady(b, 10_000) }

// benchSteady measures a cycle of a source that knows all programs, as often as in
// use: the share of counters that is read in turn goes by the time between cycles.
func benchSteady(b *testing.B, n int) {
	benchCrowd(b, n, func(b *testing.B) {
		s := source(b, Options{Batch: pair{}})
		procs := list(b, s)
		for range 12 { // until all stat files are open and all was read once
			s.last = time.Now().Add(-time.Second)
			procs, _ = s.Append(context.Background(), procs[:0])
		}
		var took []time.Duration
		cpu := rusage()
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			s.last = time.Now().Add(-time.Second)
			begun := time.Now()
			var err error
			if procs, err = s.Append(context.Background(), procs[:0]); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(begun))
		}
		b.StopTimer()
		report(b, took, rusage()-cpu, len(procs))
		b.Log(s.Note())
	})
}

func BenchmarkProcfsFirst1000(b *testing.B)  { benchFirst(b, 1000) }
func BenchmarkProcfsFirst10000(b *testing.B) { benchFirst(b, 10_000) }

// benchFirst measures the first cycle, with the identities of all.
func benchFirst(b *testing.B, n int) {
	benchCrowd(b, n, func(b *testing.B) {
		var took []time.Duration
		var procs []metrics.Process
		cpu := rusage()
		note := ""
		for range b.N {
			begun := time.Now()
			s, err := New(Options{Batch: pair{}, Budget: time.Minute})
			if err != nil {
				b.Fatal(err)
			}
			if procs, err = s.Append(context.Background(), nil); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(begun))
			note = s.Note()
			s.Close()
		}
		report(b, took, rusage()-cpu, len(procs))
		b.Log(note)
	})
}

func report(b *testing.B, took []time.Duration, cpu time.Duration, procs int) {
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d) / 1e6 }
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)*95/100]), "p95-ms")
	b.ReportMetric(ms(cpu)/float64(len(took)), "cpu-ms/op")
	b.ReportMetric(float64(procs), "processes")
}

func rusage() time.Duration {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		panic(fmt.Sprint("getrusage: ", err))
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
