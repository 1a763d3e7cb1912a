//go:build linux

package procfs

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"

	"golang.org/x/sys/unix"
)

// ListPids appends the ids of all processes that /proc lists, in rising order.
// With hidepid=2 the kernel lists those that the caller could trace, proc(5).
func (f *FS) ListPids(dst []int32) ([]int32, error) {
	s := f.take()
	defer f.give(s)
	// A descriptor of its own, because the place in the directory belongs to the
	// open file: two listings may run at once.
	fd, e := openat(f.dir, s.plain("."), unix.O_RDONLY|unix.O_DIRECTORY)
	if e != 0 {
		return dst, &fs.PathError{Op: "open", Path: f.root, Err: e}
	}
	defer unix.Close(fd)
	from := len(dst)
	for {
		n, err := unix.Getdents(fd, s.buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return dst[:from], fmt.Errorf("list the processes: %w", &fs.PathError{Op: "getdents", Path: f.root, Err: err})
		}
		if n == 0 {
			break
		}
		dst = appendNumbers(dst, s.buf[:n])
	}
	// The kernel lists by rising pid; a tree of ordinary directories does not.
	if !slices.IsSorted(dst[from:]) {
		slices.Sort(dst[from:])
	}
	return dst, nil
}

// Offsets in struct linux_dirent64, getdents(2).
const (
	direntReclen = 16
	direntName   = 19
)

// appendNumbers appends the entries of a getdents64 buffer whose names are
// numbers.
func appendNumbers(dst []int32, b []byte) []int32 {
	for len(b) > direntName {
		size := int(binary.NativeEndian.Uint16(b[direntReclen:]))
		if size <= direntName || size > len(b) {
			return dst
		}
		if n, ok := number(b[direntName:size]); ok {
			dst = append(dst, n)
		}
		b = b[size:]
	}
	return dst
}

// number parses a name that ends with NUL and has digits only.
func number(name []byte) (int32, bool) {
	n := int32(0)
	for i, c := range name {
		switch {
		case c == 0:
			return n, i > 0
		case c < '0' || c > '9' || i > 8: // a pid is below 2^22
			return 0, false
		}
		n = n*10 + int32(c-'0')
	}
	return 0, false
}
