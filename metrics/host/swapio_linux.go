package host

import (
	"context"
	"os"
	"path/filepath"

	"github.com/smoothtask/smoothtask/metrics"
)

// newSwapIO reads /proc/vmstat itself: gopsutil splits each of its 200 lines into
// strings, 400 allocations for two numbers.
func newSwapIO(root string) func(context.Context, *metrics.Memory) error {
	var buf buffer
	path := filepath.Join(root, "proc/vmstat")
	page := uint64(os.Getpagesize())
	return func(_ context.Context, m *metrics.Memory) error {
		b, err := buf.read(path)
		if err != nil {
			return &os.PathError{Op: "reading", Path: path, Err: err}
		}
		in, out := parseVmstat(b)
		m.SwapIn, m.SwapOut = in*page, out*page
		return nil
	}
}

// parseVmstat finds the pages that were swapped in and out since boot.
func parseVmstat(b []byte) (in, out uint64) {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		key, rest := cutField(line)
		switch string(key) {
		case "pswpin":
			in, _ = cutUint(rest)
		case "pswpout":
			out, _ = cutUint(rest)
		}
	}
	return in, out
}
