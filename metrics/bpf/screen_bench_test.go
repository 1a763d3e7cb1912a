//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"fmt"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// BenchmarkScreen is a pass over all processes.
func BenchmarkScreen(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := NewScreener()
			closeLater(b, s)
			crowd(b, n)
			var keys []metrics.ProcKey
			for _, p := range list(b, openSource(b, Options{})) {
				keys = append(keys, p.Key)
			}
			traits := make([]metrics.Traits, len(keys))
			check(b, s.Screen(context.Background(), everything, keys, traits)) // loads it
			b.ReportAllocs()
			for b.Loop() {
				check(b, s.Screen(context.Background(), everything, keys, traits))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/process")
		})
	}
}

// BenchmarkScreenLoad is the time until the first answer.
func BenchmarkScreenLoad(b *testing.B) {
	keys := []metrics.ProcKey{self(b)}
	traits := make([]metrics.Traits, 1)
	b.ReportAllocs()
	for b.Loop() {
		s := NewScreener()
		check(b, s.Screen(context.Background(), everything, keys, traits))
		check(b, s.Close())
	}
}
