package monitor

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// selfReader keeps its files open: reading them is part of every cycle.
type selfReader struct {
	statm, io *os.File
	page      uint64
	buf       [512]byte
}

func newSelfReader() *selfReader {
	r := &selfReader{page: uint64(os.Getpagesize())}
	r.statm, _ = os.Open("/proc/self/statm")
	r.io, _ = os.Open("/proc/self/io")
	return r
}

func (r *selfReader) close() {
	r.statm.Close()
	r.io.Close()
}

// read fills u; what cannot be had stays as it was.
func (r *selfReader) read(u *Usage) {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) == nil {
		u.CPU = time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
		u.PeakRSSBytes = uint64(ru.Maxrss) * 1024
	}
	if f := bytes.Fields(r.content(r.statm)); len(f) > 1 {
		if pages, err := strconv.ParseUint(string(f[1]), 10, 64); err == nil {
			u.RSSBytes = pages * r.page
			u.PeakRSSBytes = max(u.PeakRSSBytes, u.RSSBytes)
		}
	}
	u.HasIO = parseSelfIO(r.content(r.io), u)
}

func (r *selfReader) content(f *os.File) []byte {
	n, _ := f.ReadAt(r.buf[:], 0)
	return r.buf[:n]
}

// parseSelfIO reads the lines of proc_pid_io(5).
func parseSelfIO(b []byte, u *Usage) bool {
	found := 0
	for line := range bytes.Lines(b) {
		name, value, ok := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		if !ok {
			continue
		}
		v, err := strconv.ParseUint(string(value), 10, 64)
		if err != nil {
			continue
		}
		found++
		switch string(name) {
		case "rchar":
			u.ReadBytes = v
		case "wchar":
			u.WriteBytes = v
		case "syscr":
			u.ReadCalls = v
		case "syscw":
			u.WriteCalls = v
		case "read_bytes":
			u.DiskReadBytes = v
		case "write_bytes":
			u.DiskWriteBytes = v
		default:
			found--
		}
	}
	return found == 6
}
