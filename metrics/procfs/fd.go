//go:build linux

package procfs

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// ReadFDs reads where up to limit descriptors of a process lead, the lowest first,
// from the links below /proc/PID/fd, proc_pid_fd(5), and tells how many there are.
// A descriptor that is closed meanwhile is left out.
func (f *FS) ReadFDs(pid int32, limit int) (fds []metrics.FD, total int, err error) {
	s := f.take()
	defer f.give(s)
	dir, e := openat(f.dir, s.name(pid, "fd"), unix.O_RDONLY|unix.O_DIRECTORY)
	if e != 0 {
		return nil, 0, f.fail("open", pid, "fd", e)
	}
	defer unix.Close(dir)
	for {
		n, err := unix.Getdents(dir, s.buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, 0, f.fail("list", pid, "fd", errno(err))
		}
		if n == 0 {
			break
		}
		numbers := appendNumbers(nil, s.buf[:n])
		total += len(numbers)
		for _, fd := range numbers {
			if len(fds) < limit {
				fds = append(fds, metrics.FD{FD: fd})
			}
		}
	}
	slices.SortFunc(fds, func(a, b metrics.FD) int { return cmp.Compare(a.FD, b.FD) })
	kept := fds[:0]
	for _, fd := range fds {
		b, e := s.readlink(dir, s.sub(".", fd.FD, ""))
		if e == unix.ENOENT {
			continue
		}
		if e != 0 {
			return nil, total, f.fail("readlink", pid, "fd", e)
		}
		fd.Target, fd.Inode = string(b), linkInode(b)
		kept = append(kept, fd)
	}
	return kept, total, nil
}

// linkInode takes the inode number from a link text such as socket:[123].
func linkInode(b []byte) uint64 {
	for _, kind := range [...]string{"socket:[", "pipe:["} {
		if rest, ok := bytes.CutPrefix(b, []byte(kind)); ok {
			return first(rest)
		}
	}
	return 0
}
