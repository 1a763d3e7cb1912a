//go:build linux

package procfs

import (
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// scratch is what one reader needs to read without allocating.
type scratch struct {
	path [64]byte
	buf  [8192]byte // more than any file that is read in one piece: status has about 1,500 bytes
	stx  unix.Statx_t

	group   []byte // the path looked up last, and its inode number; 0 is none
	groupID uint64
}

// name puts the path of a file of a process into the scratch, ended by NUL. An
// empty file is the directory of the process itself.
func (s *scratch) name(pid int32, file string) *byte {
	b := strconv.AppendInt(s.path[:0], int64(pid), 10)
	if file != "" {
		b = append(append(b, '/'), file...)
	}
	return s.end(b)
}

// sub puts dir/n/file into the scratch: a thread, or with file "" a descriptor.
func (s *scratch) sub(dir string, n int32, file string) *byte {
	b := append(append(s.path[:0], dir...), '/')
	b = strconv.AppendInt(b, int64(n), 10)
	if file != "" {
		b = append(append(b, '/'), file...)
	}
	return s.end(b)
}

// plain puts a path into the scratch.
func (s *scratch) plain(file string) *byte { return s.end(append(s.path[:0], file...)) }

func (s *scratch) end(b []byte) *byte {
	b = append(b, 0)
	if &b[0] != &s.path[0] {
		panic("procfs: a path is longer than the scratch")
	}
	return &b[0]
}

// openat opens without allocating, which unix.Openat cannot as it takes a string.
func openat(dir int, path *byte, flags int) (int, unix.Errno) {
	for {
		fd, _, e := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(path)),
			uintptr(flags|unix.O_CLOEXEC), 0, 0, 0)
		if e != unix.EINTR {
			return int(fd), e
		}
	}
}

// read reads a file whose content comes in one piece when the buffer holds it, as
// that of all files that the kernel makes with single_open. The result is valid
// until the scratch is used again.
func (s *scratch) read(dir int, path *byte) ([]byte, unix.Errno) {
	fd, e := openat(dir, path, unix.O_RDONLY)
	if e != 0 {
		return nil, e
	}
	defer unix.Close(fd)
	b, e := readOnce(fd, s.buf[:])
	if e != 0 || len(b) < len(s.buf) {
		return b, e
	}
	// A user in thousands of groups makes status this long.
	b, _, e = readAll(fd, append([]byte(nil), b...), maxFile)
	return b, e
}

// maxFile bounds what is read of a file that is parsed as a whole.
const maxFile = 4 << 20

// readOnce reads once from the descriptor's position.
func readOnce(fd int, buf []byte) ([]byte, unix.Errno) {
	for {
		n, err := unix.Read(fd, buf)
		switch {
		case err == nil:
			return buf[:n], 0
		case err != unix.EINTR:
			return nil, errno(err)
		}
	}
}

// readAll appends to b until the end of the file or until b has limit bytes, and
// reports whether there may be more.
func readAll(fd int, b []byte, limit int) ([]byte, bool, unix.Errno) {
	for len(b) < limit {
		b = slices.Grow(b, min(max(4096, len(b)), limit-len(b)))
		got, e := readOnce(fd, b[len(b):min(cap(b), limit)])
		if e != 0 || len(got) == 0 {
			return b, false, e
		}
		b = b[:len(b)+len(got)]
	}
	return b, true, 0
}

// readlink reads a link. The result is valid until the scratch is used again.
func (s *scratch) readlink(dir int, path *byte) ([]byte, unix.Errno) {
	n, _, e := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(&s.buf[0])), uintptr(len(s.buf)), 0, 0)
	if e != 0 {
		return nil, e
	}
	return s.buf[:n], 0
}

// statx asks for the attributes of what the path leads to. The kernel is told to
// be content with what it has: the file server of a network file system may be
// gone.
func (s *scratch) statx(dir int, path *byte) unix.Errno {
	const dontSync = 0x4000 // AT_STATX_DONT_SYNC
	_, _, e := unix.Syscall6(unix.SYS_STATX, uintptr(dir), uintptr(unsafe.Pointer(path)), dontSync,
		unix.STATX_BASIC_STATS, uintptr(unsafe.Pointer(&s.stx)), 0)
	return e
}
