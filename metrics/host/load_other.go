//go:build !linux

package host

import (
	"context"
	"fmt"

	"github.com/shirou/gopsutil/v3/load"

	"github.com/smoothtask/smoothtask/metrics"
)

func newLoad(root string) *reader {
	return &reader{name: "load", read: func(ctx context.Context, _ *gapList) (func(*metrics.System), error) {
		a, err := load.AvgWithContext(below(ctx, root))
		if err != nil {
			return nil, fmt.Errorf("reading the load average: %w", err)
		}
		l := metrics.Load{One: a.Load1, Five: a.Load5, Fifteen: a.Load15}
		return func(s *metrics.System) { s.Load = l }, nil
	}}
}
