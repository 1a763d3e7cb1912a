package cli

import (
	"time"

	"golang.org/x/sys/unix"
)

// ownCPU is the CPU time of the program so far, user and system, getrusage(2).
func ownCPU() time.Duration {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}
