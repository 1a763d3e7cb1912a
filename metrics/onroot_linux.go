package metrics

import "golang.org/x/sys/unix"

// onRoot reports whether the directory is reached from / without crossing a mount
// point, so that looking into it waits for no other file system. It is false where
// the kernel cannot tell (before 5.6, openat2(2)).
func onRoot(dir string) bool {
	fd, err := unix.Openat2(unix.AT_FDCWD, dir, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}
