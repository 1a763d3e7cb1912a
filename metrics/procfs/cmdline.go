//go:build linux

package procfs

import (
	"context"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// cmdline reads the command line of a process, up to metrics.MaxCmdline bytes,
// and reports whether there was more. It takes the mmap lock of the process.
func (s *scratch) cmdline(dir int, path *byte) (b []byte, cut bool, e unix.Errno) {
	fd, e := openat(dir, path, unix.O_RDONLY)
	if e != 0 {
		return nil, false, e
	}
	b, e = readOnce(fd, s.buf[:metrics.MaxCmdline+1])
	unix.Close(fd)
	if len(b) > metrics.MaxCmdline {
		return b[:metrics.MaxCmdline], true, e
	}
	return b, false, e
}

// ReadCmdline reads /proc/PID/cmdline, proc_pid_cmdline(5), each argument ended by
// a NUL, and reports whether it was cut at metrics.MaxCmdline bytes. Kernel threads
// and zombies have none.
func (f *FS) ReadCmdline(ctx context.Context, pid int32) (cmdline string, cut bool, err error) {
	type answer struct {
		text string
		cut  bool
	}
	a, err := await(ctx, f, func() (answer, error) {
		s := f.take()
		defer f.give(s)
		b, cut, e := s.cmdline(f.dir, s.name(pid, "cmdline"))
		if e != 0 {
			return answer{}, f.fail("read", pid, "cmdline", e)
		}
		return answer{string(b), cut}, nil
	})
	return a.text, a.cut, err
}
