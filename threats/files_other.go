//go:build !linux

package threats

import (
	"os"

	"golang.org/x/sys/unix"
)

func (f *Files) stat(path string, follow bool) (FileInfo, error) {
	real, err := resolve(f.root, path, follow)
	if err != nil {
		return FileInfo{}, err
	}
	var st unix.Stat_t
	if err := unix.Lstat(real, &st); err != nil {
		return FileInfo{}, err
	}
	return infoOf(&st), nil
}

func (f *Files) readlink(path string) (string, error) {
	real, err := resolve(f.root, path, false)
	if err != nil {
		return "", err
	}
	return os.Readlink(real)
}

// open opens a regular file for reading; O_NONBLOCK keeps a FIFO that took the
// file's place meanwhile from blocking.
func (f *Files) open(path string) (*os.File, FileInfo, error) {
	real, err := resolve(f.root, path, true)
	if err != nil {
		return nil, FileInfo{}, err
	}
	var st unix.Stat_t
	if err := unix.Lstat(real, &st); err != nil {
		return nil, FileInfo{}, err
	}
	if info := infoOf(&st); !info.Regular() {
		return nil, info, ErrNotRegular
	}
	file, err := os.OpenFile(real, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, FileInfo{}, err
	}
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		file.Close()
		return nil, FileInfo{}, err
	}
	info := infoOf(&st)
	if !info.Regular() {
		file.Close()
		return nil, info, ErrNotRegular
	}
	return file, info, nil
}

func (f *Files) openDir(path string) (*os.File, error) {
	real, err := resolve(f.root, path, true)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(real, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	return file, nil
}
