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
		var st unix.Stat_t
		if unix.Lstat(link, &st) == nil && st.Ino == file.Inode && st.Dev == file.Dev {
			return link
		}
	}
	return path
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
