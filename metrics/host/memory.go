package host

import (
	"context"
	"fmt"

	"github.com/shirou/gopsutil/v3/mem"

	"github.com/smoothtask/smoothtask/metrics"
)

// newMemory reads proc_meminfo(5) through gopsutil, and the swap traffic besides.
func newMemory(root string) *reader {
	swapIO, closeSwapIO := newSwapIO(root)
	return &reader{name: "memory", close: closeSwapIO, read: func(ctx context.Context, gaps *gapList) (func(*metrics.System), error) {
		ctx = below(ctx, root)
		v, err := mem.VirtualMemoryWithContext(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading memory: %w", err)
		}
		m := metrics.Memory{
			Total: v.Total, Available: v.Available, Used: v.Total - min(v.Available, v.Total), Free: v.Free,
			Buffers: v.Buffers, Cached: v.Cached, Shared: v.Shared, Slab: v.Slab, Dirty: v.Dirty,
			SwapTotal: v.SwapTotal, SwapFree: v.SwapFree, SwapUsed: v.SwapTotal - min(v.SwapFree, v.SwapTotal),
		}
		if err := swapIO(ctx, &m); err != nil {
			gaps.add("swap traffic", err.Error(), "a readable /proc/vmstat")
		}
		return func(s *metrics.System) { s.Memory = m }, nil
	}}
}
