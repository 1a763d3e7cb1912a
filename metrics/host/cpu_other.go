//go:build !linux

package host

import (
	"context"
	"fmt"

	"github.com/shirou/gopsutil/v3/cpu"

	"github.com/smoothtask/smoothtask/metrics"
)

func newCPU(root string) *reader {
	return &reader{name: "cpu", read: func(ctx context.Context, _ *gapList) (func(*metrics.System), error) {
		ctx = below(ctx, root)
		total, err := cpu.TimesWithContext(ctx, false)
		if err != nil {
			return nil, fmt.Errorf("reading processor times: %w", err)
		}
		cores, err := cpu.TimesWithContext(ctx, true)
		if err != nil {
			return nil, fmt.Errorf("reading processor times: %w", err)
		}
		var c metrics.CPU
		for _, t := range total {
			c.Total = cpuTimes(t)
		}
		for _, t := range cores {
			c.Cores = append(c.Cores, cpuTimes(t))
		}
		return func(s *metrics.System) { s.CPU = c }, nil
	}}
}

func cpuTimes(t cpu.TimesStat) metrics.CPUTimes {
	return metrics.CPUTimes{User: t.User, Nice: t.Nice, System: t.System, Idle: t.Idle, IOWait: t.Iowait,
		IRQ: t.Irq, SoftIRQ: t.Softirq, Steal: t.Steal, Guest: t.Guest, GuestNice: t.GuestNice}
}
