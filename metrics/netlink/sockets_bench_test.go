//go:build linux

package netlink

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// BenchmarkSockets is a pass over 18,000 TCP sockets with owners, in steady
// state: held by two children, as a process may have 20,000 descriptors.
func BenchmarkSockets(b *testing.B) {
	startChild(b, "4500")
	startChild(b, "4500")
	b.Run("sock_diag", func(b *testing.B) { steady(b, newSockets(b, Options{FirstBudget: 10e9})) })
	b.Run("ebpf", func(b *testing.B) {
		s := withBPF(b)
		s.opts.FirstBudget = 10e9
		steady(b, s)
		if !s.tcp.used {
			b.Fatalf("eBPF did not list: %v", s.tcp.err)
		}
	})
}

func steady(b *testing.B, s *Sockets) {
	procs := processes(b)
	ctx := context.Background()
	var list []metrics.Socket
	pass := func() {
		var err error
		if list, err = s.Append(ctx, procs, list[:0]); err != nil {
			b.Fatal(err)
		}
	}
	pass()
	pass() // by eBPF, once sock_diag has made cookies for all
	owned := 0
	for i := range list {
		if list[i].Owner.PID != 0 {
			owned++
		}
	}
	if owned < 18000 {
		b.Fatalf("%d of %d sockets have an owner", owned, len(list))
	}
	took := make([]time.Duration, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		begin := time.Now()
		pass()
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(took[0].Seconds()*1e3, "min-ms")
	b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
	b.ReportMetric(took[len(took)*95/100].Seconds()*1e3, "p95-ms")
	b.ReportMetric(float64(owned), "sockets")
}

// BenchmarkSocketsFirst is the first pass over as many, in which each owner is
// searched for in the descriptors of the two.
func BenchmarkSocketsFirst(b *testing.B) {
	startChild(b, "4500")
	startChild(b, "4500")
	procs := processes(b)
	for b.Loop() {
		s, err := NewSockets(Options{FirstBudget: 10e9})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Append(context.Background(), procs, nil); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

// BenchmarkDecode is the share of user space: one answer with tcp_info.
func BenchmarkDecode(b *testing.B) {
	payload := inetAnswer(nil)
	var s metrics.Socket
	b.ReportAllocs()
	for b.Loop() {
		s = metrics.Socket{}
		if _, ok := decodeInet(payload, &s); !ok {
			b.Fatal("not decoded")
		}
	}
}

// inetAnswer is an inet_diag_msg with the given attributes, or with tcp_info.
func inetAnswer(attrs []byte) []byte {
	b := make([]byte, sizeofInetDiagMsg)
	b[0], b[1] = 2, byte(metrics.Established)
	if attrs == nil {
		attrs = attribute(inetDiagInfo, make([]byte, 280))
	}
	return append(b, attrs...)
}

func attribute(kind uint16, value []byte) []byte {
	b := make([]byte, 4, align(4+len(value)))
	native.PutUint16(b, uint16(4+len(value)))
	native.PutUint16(b[2:], kind)
	return append(b, value...)[:cap(b)]
}
