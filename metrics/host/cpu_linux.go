package host

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"

	"github.com/smoothtask/smoothtask/metrics"
)

// maxCores bounds the processors that are listed; Linux builds for 8,192 at most.
const maxCores = 8192

// newCPU reads /proc/stat itself: gopsutil would read it once for the total, once
// for the cores, and once more for the counters, listing all of /proc for a number
// of processes that nobody asked for.
func newCPU(root string) *reader {
	file := &kernelFile{path: filepath.Join(root, "proc/stat")}
	return &reader{name: "cpu", close: file.close, read: func(_ context.Context, _ *gapList) (func(*metrics.System), error) {
		b, err := file.read()
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file.path, err)
		}
		c := parseStat(b)
		return func(s *metrics.System) { s.CPU = c }, nil
	}}
}

// parseStat reads proc_stat(5).
func parseStat(b []byte) metrics.CPU {
	var c metrics.CPU
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		key, rest := cutField(line)
		switch {
		case bytes.Equal(key, []byte("cpu")):
			c.Total = parseTimes(rest)
		case bytes.HasPrefix(key, []byte("cpu")):
			// By position: processors that are off are not listed.
			if _, ok := uintOf(key[3:]); ok && len(c.Cores) < maxCores {
				if c.Cores == nil {
					c.Cores = make([]metrics.CPUTimes, 0, 1+bytes.Count(b, []byte("\ncpu")))
				}
				c.Cores = append(c.Cores, parseTimes(rest))
			}
		case string(key) == "intr":
			c.Interrupts, _ = cutUint(rest)
		case string(key) == "ctxt":
			c.ContextSwitches, _ = cutUint(rest)
		case string(key) == "processes":
			c.Forks, _ = cutUint(rest)
		case string(key) == "procs_running":
			n, _ := cutUint(rest)
			c.Running = int(min(n, 1<<31))
		case string(key) == "procs_blocked":
			n, _ := cutUint(rest)
			c.Blocked = int(min(n, 1<<31))
		}
	}
	return c
}

// parseTimes reads the columns of a cpu line. Old kernels have fewer of them.
func parseTimes(b []byte) metrics.CPUTimes {
	var t metrics.CPUTimes
	for _, dst := range [...]*float64{&t.User, &t.Nice, &t.System, &t.Idle, &t.IOWait, &t.IRQ, &t.SoftIRQ,
		&t.Steal, &t.Guest, &t.GuestNice} {
		var n uint64
		n, b = cutUint(b)
		*dst = float64(n) / metrics.TicksPerSecond
	}
	return t
}
