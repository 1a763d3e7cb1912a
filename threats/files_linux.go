package threats

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// handle opens path below the root without opening what it names (O_PATH), so
// that neither a FIFO can block nor a device notice. openat2(2) resolves inside
// the root; kernels before 5.6 and filters that deny it get the slower walk.
func (f *Files) handle(path string, follow bool) (int, error) {
	root, err := f.openRoot()
	if err != nil {
		return -1, err
	}
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT}
	if !follow {
		how.Flags |= unix.O_NOFOLLOW
	}
	for range 3 { // EAGAIN: a rename elsewhere made the kernel unsure
		fd, err := -1, error(nil)
		if root.Control(func(root uintptr) { fd, err = unix.Openat2(int(root), path, &how) }) != nil {
			return -1, os.ErrClosed
		}
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
			return f.walkHandle(path, follow)
		}
		return fd, err
	}
	return f.walkHandle(path, follow)
}

// openRoot opens the root directory once for all. The connection keeps it from
// being closed under a call that is on.
func (f *Files) openRoot() (syscall.RawConn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, os.ErrClosed
	}
	if f.dir == nil {
		fd, err := unix.Open(f.root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		f.dir = os.NewFile(uintptr(fd), f.root)
	}
	return f.dir.SyscallConn()
}

func (f *Files) walkHandle(path string, follow bool) (int, error) {
	real, err := resolve(f.root, path, follow)
	if err != nil {
		return -1, err
	}
	return unix.Open(real, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

func (f *Files) stat(path string, follow bool) (FileInfo, error) {
	fd, err := f.handle(path, follow)
	if err != nil {
		return FileInfo{}, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return FileInfo{}, err
	}
	return infoOf(&st), nil
}

func (f *Files) readlink(path string) (string, error) {
	fd, err := f.handle(path, false)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// open opens a regular file for reading. The handle is checked first and then
// opened again through /proc/self/fd, which cannot lead to another file.
func (f *Files) open(path string) (*os.File, FileInfo, error) {
	fd, err := f.handle(path, true)
	if err != nil {
		return nil, FileInfo{}, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, FileInfo{}, err
	}
	info := infoOf(&st)
	if !info.Regular() {
		return nil, info, ErrNotRegular
	}
	file, err := reopen(fd, path, unix.O_NONBLOCK|unix.O_NOCTTY)
	return file, info, err
}

func (f *Files) openDir(path string) (*os.File, error) {
	fd, err := f.handle(path, true)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	file, err := reopen(fd, path, unix.O_DIRECTORY)
	if errors.Is(err, unix.ENOTDIR) {
		err = ErrNotDirectory
	}
	return file, err
}

func reopen(fd int, path string, flags int) (*os.File, error) {
	n, err := unix.Open("/proc/self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_CLOEXEC|flags, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(n), filepath.Base(path)), nil
}
