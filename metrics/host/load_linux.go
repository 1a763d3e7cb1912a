package host

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"

	"github.com/smoothtask/smoothtask/metrics"
)

// newLoad reads proc_loadavg(5) itself, for the count of tasks that gopsutil
// drops.
func newLoad(root string) *reader {
	file := &kernelFile{path: filepath.Join(root, "proc/loadavg")}
	return &reader{name: "load", close: file.close, read: func(context.Context, *gapList) (func(*metrics.System), error) {
		b, err := file.read()
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file.path, err)
		}
		load, tasks := parseLoadavg(b)
		return func(s *metrics.System) { s.Load, s.Host.Threads = load, tasks }, nil
	}}
}

func parseLoadavg(b []byte) (l metrics.Load, tasks int) {
	b, _ = cutLine(b)
	for _, dst := range [...]*float64{&l.One, &l.Five, &l.Fifteen} {
		var field []byte
		field, b = cutField(b)
		*dst = decimalOf(field)
	}
	field, _ := cutField(b)
	_, all, _ := bytes.Cut(field, []byte("/"))
	n, _ := uintOf(all)
	return l, int(min(n, 1<<31))
}
