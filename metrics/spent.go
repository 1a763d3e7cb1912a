package metrics

import (
	"time"

	"golang.org/x/sys/unix"
)

// Spent runs task and returns the processor time that it took at the most: no more
// than the time that passed, nor than what the whole program took meanwhile. So what
// the kernel holds up costs little, and what a task has others do is counted.
func Spent(task func()) time.Duration {
	begun, cpu := time.Now(), ProcessCPU()
	task()
	return min(time.Since(begun), ProcessCPU()-cpu)
}

// ProcessCPU is the processor time of the whole program so far, from getrusage(2).
func ProcessCPU() time.Duration {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}
