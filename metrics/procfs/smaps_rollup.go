//go:build linux

package procfs

import (
	"bytes"
	"context"
	"errors"

	"github.com/smoothtask/smoothtask/metrics"
)

// parseRollup sums up smaps_rollup, proc_pid_smaps(5), and reports whether it holds
// the memory of a process.
func parseRollup(b []byte) (metrics.ExactMemory, bool) {
	var m metrics.ExactMemory
	found := false
	for line := range bytes.Lines(b) {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		n := first(blank(value)) * 1024
		switch string(key) {
		case "Rss":
			m.RSS, found = n, true
		case "Pss":
			m.PSS = n
		case "Shared_Clean", "Shared_Dirty":
			m.Shared += n
		case "Private_Clean", "Private_Dirty":
			m.Private += n
		case "Anonymous":
			m.Anonymous = n
		case "Swap":
			m.Swap = n
		case "SwapPss":
			m.SwapPSS = n
		case "Locked":
			m.Locked = n
		}
	}
	return m, found
}

// ReadSmapsRollup walks the page tables of a process for its exact memory, which
// takes the kernel some milliseconds for each gigabyte. A process without memory of
// its own, a kernel thread or a zombie, has zeros.
func (f *FS) ReadSmapsRollup(ctx context.Context, pid int32) (metrics.ExactMemory, error) {
	return await(ctx, f, func() (metrics.ExactMemory, error) {
		b, _, err := f.slurp(pid, "smaps_rollup", maxFile)
		if err != nil {
			// The kernel says ESRCH also of a process without memory.
			if errors.Is(err, metrics.ErrVanished) && f.exists(pid) {
				err = nil
			}
			return metrics.ExactMemory{}, err
		}
		m, ok := parseRollup(b)
		if !ok && len(b) > 0 {
			return m, malformed(f, pid, "smaps_rollup")
		}
		return m, nil
	})
}
