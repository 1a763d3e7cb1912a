package threats

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"
)

// HasCapabilities reports whether the file at path gives capabilities to who
// runs it: whether it has the extended attribute of capabilities(7).
func (f *Files) HasCapabilities(path string) (bool, error) {
	return within(f, "getxattr", path, func() (bool, error) {
		fd, err := f.handle(path, false)
		if err != nil {
			return false, err
		}
		defer unix.Close(fd)
		_, err = unix.Getxattr("/proc/self/fd/"+strconv.Itoa(fd), "security.capability", nil)
		if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) {
			return false, nil
		}
		return err == nil, err
	})
}
