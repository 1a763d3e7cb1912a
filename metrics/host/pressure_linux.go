package host

import (
	"bytes"
	"context"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// newPressure reads /proc/pressure, which gopsutil does not know.
func newPressure(root string) *reader {
	dir := filepath.Join(root, "proc/pressure")
	files := keptFiles(dir, pressureResources[:]...)
	return &reader{name: "pressure", close: files.close, read: func(_ context.Context, gaps *gapList) (func(*metrics.System), error) {
		var p metrics.Pressure
		err := readPressure(&p, func(resource int) ([]byte, error) { return files[resource].read() })
		if err != nil {
			gaps.add("pressure (PSI)", why("reading "+dir, err), "a kernel with CONFIG_PSI, booted with psi=1")
		}
		return func(s *metrics.System) { s.Pressure = p }, nil
	}}
}

// why is the text of an error for a Gap. A kernel in which pressure is built in
// and switched off has the files and refuses to read them.
func why(doing string, err error) string {
	if err == unix.EOPNOTSUPP {
		return doing + ": switched off"
	}
	return doing + ": " + err.Error()
}

// pressureResources are the names of the files, in the order of readPressure.
var pressureResources = [...]string{"cpu", "memory", "io"}

// readPressure fills p from the three resources that read gives. Have stays
// false, and the first error is returned, when none can be read.
func readPressure(p *metrics.Pressure, read func(resource int) ([]byte, error)) error {
	var first error
	for i, r := range [...]struct{ some, full *metrics.PSI }{
		{&p.CPUSome, &p.CPUFull},
		{&p.MemorySome, &p.MemoryFull},
		{&p.IOSome, &p.IOFull},
	} {
		b, err := read(i)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		p.Have = true
		parsePressure(b, r.some, r.full)
	}
	if p.Have {
		return nil
	}
	return first
}

// parsePressure reads the format of Documentation/accounting/psi.rst:
// some avg10=0.00 avg60=0.00 avg300=0.00 total=0, and the same with full.
func parsePressure(b []byte, some, full *metrics.PSI) {
	for len(b) > 0 {
		var line, key []byte
		line, b = cutLine(b)
		key, line = cutField(line)
		var dst *metrics.PSI
		switch string(key) {
		case "some":
			dst = some
		case "full":
			dst = full
		default:
			continue
		}
		for len(line) > 0 {
			key, line = cutField(line)
			name, value, _ := bytes.Cut(key, []byte("="))
			switch string(name) {
			case "avg10":
				dst.Avg10 = decimalOf(value)
			case "avg60":
				dst.Avg60 = decimalOf(value)
			case "avg300":
				dst.Avg300 = decimalOf(value)
			case "total":
				dst.TotalMicros, _ = uintOf(value)
			}
		}
	}
}
