//go:build !linux

package monitor

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// selfReader has getrusage(2) and the Go runtime; own I/O is not known here.
type selfReader struct{}

func newSelfReader() *selfReader { return &selfReader{} }

func (*selfReader) close() {}

func (*selfReader) read(u *Usage) {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) == nil {
		u.CPU = time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
		u.PeakRSSBytes = uint64(ru.Maxrss)
		if runtime.GOOS != "darwin" {
			u.PeakRSSBytes *= 1024
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.RSSBytes = m.Sys - m.HeapReleased
}
