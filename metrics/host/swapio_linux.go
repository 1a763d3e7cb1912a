package host

import (
	"context"
	"os"
	"path/filepath"

	"github.com/smoothtask/smoothtask/metrics"
)

// newSwapIO reads /proc/vmstat itself: gopsutil splits each of its 200 lines into
// strings, 400 allocations for two numbers. While there is no swap space they
// cannot change, and are read once.
func newSwapIO(root string) (read func(context.Context, *metrics.Memory) error, close func() error) {
	file := &kernelFile{path: filepath.Join(root, "proc/vmstat")}
	page := uint64(os.Getpagesize())
	var in, out uint64
	still := false // the last reading found no swap space
	return func(_ context.Context, m *metrics.Memory) error {
		if !still || m.SwapTotal > 0 {
			b, err := file.read()
			if err != nil {
				return &os.PathError{Op: "reading", Path: file.path, Err: err}
			}
			in, out = parseVmstat(b)
			still = m.SwapTotal == 0
		}
		m.SwapIn, m.SwapOut = in*page, out*page
		return nil
	}, file.close
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
