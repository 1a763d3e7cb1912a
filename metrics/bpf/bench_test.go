//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
)

// BenchmarkProcesses is the steady state, with p50 and p95 of one Append.
func BenchmarkProcesses(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newSource(b, procReaders())
			proctest.Crowd(b, n)
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
			proctest.Crowd(b, n)
			b.ReportAllocs()
			for range b.N {
				b.StopTimer()
				s := newSource(b, procReaders())
				b.StartTimer()
				list(b, s)
			}
		})
	}
}

// BenchmarkLoad is the time from nothing to a Source.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		s := newSource(b, procReaders())
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
