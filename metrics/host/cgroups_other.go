//go:build !linux

package host

import (
	"context"
	"runtime"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// NewCgroups returns a reader that says that only Linux has control groups.
func NewCgroups(CgroupOptions) metrics.HostReader {
	return &reader{name: "cgroups", every: time.Minute, read: func(_ context.Context, gaps *gapList) (func(*metrics.System), error) {
		gaps.add("control groups", "there are none on "+runtime.GOOS, "Linux")
		return nothing, nil
	}}
}
