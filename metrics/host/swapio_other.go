//go:build !linux

package host

import (
	"context"

	"github.com/shirou/gopsutil/v3/mem"

	"github.com/smoothtask/smoothtask/metrics"
)

// newSwapIO also fills in the sizes of the swap space, which gopsutil has with
// the memory on Linux only.
func newSwapIO(string) (read func(context.Context, *metrics.Memory) error, close func() error) {
	return func(ctx context.Context, m *metrics.Memory) error {
		v, err := mem.SwapMemoryWithContext(ctx)
		if err != nil {
			return err
		}
		m.SwapTotal, m.SwapFree, m.SwapUsed = v.Total, v.Free, v.Used
		m.SwapIn, m.SwapOut = v.Sin, v.Sout
		return nil
	}, nil
}
