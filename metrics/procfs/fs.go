//go:build linux

package procfs

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

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

func errno(err error) unix.Errno {
	var e unix.Errno
	if errors.As(err, &e) {
		return e
	}
	return unix.EIO
}
