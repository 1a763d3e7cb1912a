//go:build linux

package procfs

import (
	"strings"

	"golang.org/x/sys/unix"
)

const deleted = " (deleted)"

// ExeFile is the file that a process runs.
type ExeFile struct {
	Dev   uint64 // as stat(2) gives st_dev
	Inode uint64
	Mode  uint32 // permission and setuid bits with the file type, st_mode
	Nlink uint32 // 0: the file has no name any more
}

func (s *scratch) exeFile(dir int, path *byte) (ExeFile, unix.Errno) {
	if e := s.statx(dir, path); e != 0 {
		return ExeFile{}, e
	}
	return ExeFile{
		Dev:   unix.Mkdev(s.stx.Dev_major, s.stx.Dev_minor),
		Inode: s.stx.Ino,
		Mode:  uint32(s.stx.Mode),
		Nlink: s.stx.Nlink,
	}, 0
}

// exePath takes from the text of the exe link what the kernel appends to the path
// of a name that was removed. A file with links left may really be called so; then
// the name leads to it.
func exePath(link string, file ExeFile) string {
	path, marked := strings.CutSuffix(link, deleted)
	if !marked {
		return link
	}
	if file.Nlink > 0 {
		var stx unix.Statx_t
		if statCached(link, &stx) == nil && stx.Ino == file.Inode && unix.Mkdev(stx.Dev_major, stx.Dev_minor) == file.Dev {
			return link
		}
	}
	return path
}

// statCached asks for the attributes of a name, which may be a link, without waiting
// for a file server: that of a network file system may be gone, and it may have
// removed the name of a program that runs. The name of one that was not removed is in
// memory, as the program holds it, and all directories above it.
func statCached(path string, stx *unix.Statx_t) error {
	const onlyCached = 0x20 // RESOLVE_CACHED of include/uapi/linux/openat2.h
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC, Resolve: onlyCached}
	fd, err := unix.Openat2(unix.AT_FDCWD, path, &how)
	switch err {
	case nil:
		defer unix.Close(fd)
		return unix.Statx(fd, "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_BASIC_STATS, stx)
	case unix.EINVAL, unix.ENOSYS, unix.EPERM: // before Linux 5.12, or not allowed by seccomp
		return unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW|unix.AT_STATX_DONT_SYNC, unix.STATX_BASIC_STATS, stx)
	}
	return err
}

// ReadExe reads the path of the program that a process runs, without the mark of a
// deleted one, and its file. Kernel threads and zombies have none: "" and no error.
func (f *FS) ReadExe(pid int32) (string, ExeFile, error) {
	link, err := f.readlink(pid, "exe")
	if link == "" || err != nil {
		return "", ExeFile{}, err
	}
	s := f.take()
	defer f.give(s)
	file, e := s.exeFile(f.dir, s.name(pid, "exe"))
	if e != 0 {
		return strings.TrimSuffix(link, deleted), ExeFile{}, f.fail("stat", pid, "exe", e)
	}
	return exePath(link, file), file, nil
}

// ReadCwd reads the working directory of a process, with the kernel's mark
// " (deleted)" when it was removed. Zombies have none: "" and no error.
func (f *FS) ReadCwd(pid int32) (string, error) { return f.readlink(pid, "cwd") }

// readlink reads a link of a process that exists though it leads nowhere.
func (f *FS) readlink(pid int32, file string) (string, error) {
	s := f.take()
	defer f.give(s)
	b, e := s.readlink(f.dir, s.name(pid, file))
	switch {
	case e == 0:
		return string(b), nil
	case e == unix.ENOENT && f.exists(pid):
		return "", nil
	}
	return "", f.fail("readlink", pid, file, e)
}
