package host

import (
	"context"
	"os"
	"runtime"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/host"

	"github.com/smoothtask/smoothtask/metrics"
)

// newHostInfo reads what the machine is. It takes gopsutil's narrow functions:
// host.Info counts the processes besides, and starts lsb_release(1), a Python
// program, where there is no /etc/lsb-release. What cannot be read stays empty.
func newHostInfo(root string) *reader {
	model := ""
	return &reader{name: "host", every: time.Minute, read: func(ctx context.Context, gaps *gapList) (func(*metrics.System), error) {
		ctx = below(ctx, root)
		h := metrics.Host{OS: runtime.GOOS, BootTime: bootTime(ctx, root)}
		h.Name, _ = os.Hostname()
		h.Platform, h.PlatformVersion = platform(ctx, root)
		h.Kernel, _ = host.KernelVersionWithContext(ctx)
		h.Arch, _ = host.KernelArch()
		// gopsutil also names what the machine could be a host of.
		if system, role, err := host.VirtualizationWithContext(ctx); err == nil && role == "guest" {
			h.Virtualization = system
		}
		// It never changes, and is read from a file with a paragraph for each core.
		if model == "" {
			if info, err := cpu.InfoWithContext(ctx); err == nil && len(info) > 0 {
				model = info[0].ModelName
			}
		}
		h.CPUModel = model
		if h.BootTime.IsZero() {
			gaps.add("boot time", "the kernel did not tell it", "a readable /proc/stat")
		}
		return func(s *metrics.System) {
			threads := s.Host.Threads // is the business of another reader
			s.Host = h
			s.Host.Threads = threads
		}, nil
	}}
}
