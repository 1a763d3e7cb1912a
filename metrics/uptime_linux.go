package metrics

import (
	"time"

	"golang.org/x/sys/unix"
)

// uptime is the time since boot, suspended time included: the clock of start
// times in /proc/PID/stat, clock_gettime(2) CLOCK_BOOTTIME.
func uptime() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
