//go:build !linux

package host

import (
	"context"
	"runtime"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// platformReaders are interfaces, and a reader that says what only Linux has.
func platformReaders(string) []metrics.HostReader {
	absent := &reader{name: "pressure", every: time.Minute, read: func(_ context.Context, gaps *gapList) (func(*metrics.System), error) {
		for _, what := range [...]string{"pressure (PSI)", "TCP counters", "context switches and forks"} {
			gaps.add(what, "not known on "+runtime.GOOS, "Linux")
		}
		return nothing, nil
	}}
	return []metrics.HostReader{newInterfaces(links), absent}
}
