//go:build !linux

package host

import (
	"context"
	"time"

	"github.com/shirou/gopsutil/v3/host"
)

func bootTime(ctx context.Context, _ string) time.Time {
	s, err := host.BootTimeWithContext(ctx)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(int64(s), 0)
}

func platform(ctx context.Context, _ string) (id, version string) {
	id, _, version, _ = host.PlatformInformationWithContext(ctx)
	return id, version
}
