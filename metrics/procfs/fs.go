//go:build linux

package procfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"sync"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// FS is an open /proc. All paths are looked up relative to it, which saves the
// walk from / and keeps to one tree when something is mounted over it. Safe for
// concurrent use.
type FS struct {
	root string
	dir  int

	mu    sync.Mutex
	spare []*scratch
	held  chan struct{} // one token for each reading that may be held up
}

// maxHeld bounds the goroutines, and with them the threads, that readings can
// leave behind in the kernel.
const maxHeld = 16

// ErrHeld says that so many readings are held up in the kernel that no other is
// begun.
var ErrHeld = errors.New("too many readings of /proc are held up in the kernel")

// NewFS opens the proc file system that is mounted at root; "" means /proc.
func NewFS(root string) (*FS, error) {
	if root == "" {
		root = "/proc"
	}
	dir, err := unix.Open(root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the proc file system: %w", &fs.PathError{Op: "open", Path: root, Err: err})
	}
	return &FS{root: root, dir: dir, held: make(chan struct{}, maxHeld)}, nil
}

// Root is the path that the file system was opened at.
func (f *FS) Root() string { return f.root }

// Close closes the directory. Nothing may be read any more.
func (f *FS) Close() error { return unix.Close(f.dir) }

// scratch is what one reader needs to read without allocating.
type scratch struct {
	path [64]byte
	buf  [8192]byte // more than any file that is read in one piece: status has about 1,500 bytes
	stx  unix.Statx_t
}

func (f *FS) take() *scratch {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.spare); n > 0 {
		s := f.spare[n-1]
		f.spare = f.spare[:n-1]
		return s
	}
	return new(scratch)
}

func (f *FS) give(s *scratch) {
	f.mu.Lock()
	f.spare = append(f.spare, s)
	f.mu.Unlock()
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

// slurp reads a file of a process to its end or to limit bytes, and reports whether
// it was cut. The result belongs to the caller.
func (f *FS) slurp(pid int32, file string, limit int) ([]byte, bool, error) {
	s := f.take()
	defer f.give(s)
	fd, e := openat(f.dir, s.name(pid, file), unix.O_RDONLY)
	if e != 0 {
		return nil, false, f.fail("open", pid, file, e)
	}
	defer unix.Close(fd)
	b, cut, e := readAll(fd, nil, limit)
	if e != 0 {
		return nil, false, f.fail("read", pid, file, e)
	}
	return b, cut, nil
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

func errno(err error) unix.Errno {
	var e unix.Errno
	if errors.As(err, &e) {
		return e
	}
	return unix.EIO
}

// fail wraps what the kernel said about a file of a process: ErrVanished when the
// process is gone, else an error that errors.Is can compare with fs.ErrPermission.
func (f *FS) fail(op string, pid int32, file string, e unix.Errno) error {
	if e == unix.ESRCH || e == unix.ENOENT && !f.exists(pid) {
		return fmt.Errorf("read %s of pid %d: %w", file, pid, metrics.ErrVanished)
	}
	return &fs.PathError{Op: op, Path: fmt.Sprintf("%s/%d/%s", f.root, pid, file), Err: e}
}

func (f *FS) exists(pid int32) bool {
	s := f.take()
	defer f.give(s)
	return s.statx(f.dir, s.name(pid, "")) == 0
}

// await runs a reading that the kernel can hold up, and gives up waiting for it
// when ctx ends. A reading given up keeps its goroutine until the kernel lets go;
// ErrHeld comes when too many do.
func await[T any](ctx context.Context, f *FS, read func() (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	if ctx.Done() == nil {
		return read()
	}
	select {
	case f.held <- struct{}{}:
	default:
		return zero, ErrHeld
	}
	type answer struct {
		value T
		err   error
	}
	c := make(chan answer, 1)
	go func() {
		defer func() { <-f.held }()
		v, err := read()
		c <- answer{v, err}
	}()
	select {
	case a := <-c:
		return a.value, a.err
	case <-ctx.Done():
		return zero, ctx.Err()
	}
}
