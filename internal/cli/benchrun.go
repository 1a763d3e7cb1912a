package cli

import (
	"context"
	"io"
	"runtime"
	"time"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/metrics"
)

// measure warms up, runs the cycles, and does between them what a monitor does: its
// memory and its processors are looked after as often, counted in cycles. When ctx
// ends the result is that of the cycles so far; without any there is none.
func (m *machine) measure(ctx context.Context, c *config.Config, b *benchFlags, stderr io.Writer) (*benchResult, error) {
	r := &benchResult{Asked: b.cycles, Cores: runtime.NumCPU()}
	var book benchBook
	var memory tender
	if err := m.warmUp(ctx, r, &book); err != nil {
		return nil, interrupted(ctx, "before the first cycle to measure")
	}
	memory.tend()
	bar := newProgress(stderr, b.cycles)
	defer bar.end()
	procs := newProcessors()
	defer procs.reset()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for cpu := metrics.ProcessCPU(); r.Cycles < b.cycles; {
		select {
		case <-ctx.Done():
		case <-time.After(b.pause):
		}
		frame, err := m.monitor.Cycle(ctx)
		if err != nil {
			r.Interrupted = true
			break
		}
		r.Cycles++
		if tendsAfter(r.Cycles, c.Monitor.Interval) {
			memory.tend()
		}
		procs.follow(frame.Self)
		book.take(frame)
		r.sum(frame)
		frame.Release()
		bar.step(r.Cycles)
		r.CPU = ms(metrics.ProcessCPU() - cpu - bar.cost)
	}
	if r.Cycles == 0 {
		return nil, interrupted(ctx, "before the first cycle to measure")
	}
	runtime.ReadMemStats(&after)
	n := float64(r.Cycles)
	r.Allocs = float64(after.Mallocs-before.Mallocs) / n
	r.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / n
	r.CPU /= n
	r.Parts = book.close()
	r.judge(c)
	return r, nil
}

// warmUp makes the first cycle, waits for the checks that it begins in the background,
// among them the first turn of each that looks at the host, and makes the cycle that
// takes what they found. An error means that ctx ended.
func (m *machine) warmUp(ctx context.Context, r *benchResult, book *benchBook) error {
	frame, err := m.monitor.Cycle(ctx)
	if err != nil {
		return err
	}
	r.Source, r.SourceWhy, r.Time = frame.Self.Source, frame.Self.SourceWhy, frame.At
	r.First = benchFirst{Collect: frame.Self.KPIs[0].Last, Detect: frame.Self.KPIs[1].Last}
	book.take(frame)
	frame.Release()
	m.settle(ctx, settleAtMost)
	if frame, err = m.monitor.Cycle(ctx); err != nil {
		return err
	}
	book.take(frame)
	frame.Release()
	book.begin()
	return nil
}
