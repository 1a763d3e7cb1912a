package host

import (
	"context"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// TestReadersLive runs every reader on this machine.
func TestReadersLive(t *testing.T) {
	var s metrics.System
	for _, r := range Readers(Options{}) {
		apply, err := r.Read(context.Background())
		if err != nil {
			t.Errorf("%s: %v", r.Name(), err)
			continue
		}
		apply(&s)
		for _, g := range r.(metrics.GapReporter).Gaps() {
			t.Logf("%s: gap %+v", r.Name(), g)
			if g.What == "" || g.Why == "" || g.Needs == "" {
				t.Errorf("%s: incomplete gap %+v", r.Name(), g)
			}
		}
	}
	t.Logf("%+v", s)
	if s.CPU.Total.Total() <= 0 || len(s.CPU.Cores) == 0 {
		t.Errorf("processor times %+v", s.CPU)
	}
	if s.Memory.Total == 0 || s.Memory.Used+s.Memory.Available != s.Memory.Total {
		t.Errorf("memory %+v", s.Memory)
	}
	if s.Host.BootTime.IsZero() || s.Host.Kernel == "" || s.Host.Arch == "" {
		t.Errorf("host %+v", s.Host)
	}
}

func BenchmarkReaders(b *testing.B) {
	for _, r := range Readers(Options{}) {
		b.Run(r.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Read(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
