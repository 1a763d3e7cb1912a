//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

// BenchmarkProcesses is the steady state, with p50 and p95 of one Append.
func BenchmarkProcesses(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := openSource(b, procReaders())
			crowd(b, n)
			dst := list(b, s)
			took := make([]time.Duration, 0, 1024)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				start := time.Now()
				var err error
				if dst, err = s.Append(context.Background(), dst[:0]); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(len(dst)), "procs")
		})
	}
}

// BenchmarkFirst is the first reading of a Source: all identities are new.
func BenchmarkFirst(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			pids := crowd(b, n)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				s := load(b, procReaders())
				b.StartTimer()
				procs := list(b, s)
				b.StopTimer()
				snapshot := metrics.Snapshot{Processes: procs}
				for _, pid := range pids {
					if i := snapshot.Find(pid); i < 0 || !procs[i].Has(metrics.HasCmdline) {
						b.Fatalf("the command line of pid %d came late", pid)
					}
				}
				s.Close()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkLoad is the time from nothing to a Source.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s := load(b, procReaders())
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// crowd starts n processes and waits until all are asleep.
func crowd(b *testing.B, n int) []int32 {
	b.Helper()
	pids := proctest.Crowd(b, n)
	s := openSource(b, Options{})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		snapshot, awake := metrics.Snapshot{Processes: list(b, s)}, 0
		for _, pid := range pids {
			if i := snapshot.Find(pid); i < 0 || snapshot.Processes[i].State != 'S' || snapshot.Processes[i].ID.Comm != "sleep" {
				awake++
			}
		}
		if awake == 0 {
			return pids
		}
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d processes do not sleep", awake, n)
		}
	}
}
