//go:build !linux

package host

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/shirou/gopsutil/v3/disk"

	"github.com/smoothtask/smoothtask/metrics"
)

func newDiskIO(root string) *reader {
	return &reader{name: "diskio", read: func(ctx context.Context, gaps *gapList) (func(*metrics.System), error) {
		counters, err := disk.IOCountersWithContext(below(ctx, root))
		if err != nil {
			gaps.add("disk I/O", fmt.Sprint("reading disk counters: ", err), "a build for Linux or FreeBSD")
			return nothing, nil
		}
		list := make([]metrics.DiskIO, 0, len(counters))
		for _, c := range counters {
			list = append(list, metrics.DiskIO{Name: c.Name, ReadBytes: c.ReadBytes, WriteBytes: c.WriteBytes,
				ReadOps: c.ReadCount, WriteOps: c.WriteCount, BusyMillis: c.IoTime})
		}
		slices.SortFunc(list, func(a, b metrics.DiskIO) int { return cmp.Compare(a.Name, b.Name) })
		return func(s *metrics.System) { s.DiskIO = list }, nil
	}}
}
