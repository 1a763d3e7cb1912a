//go:build linux

package netlink

import (
	"bytes"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// fdReader reads the directories /proc/PID/fd, proc_pid_fd(5), without allocating.
type fdReader struct {
	dir  int // the proc directory
	path []byte
	ents []byte
	link [64]byte
	few  [fewDescriptors]struct {
		fd    int32
		inode uint64
	}
}

// fewDescriptors is up to how many descriptors are tried by number: that takes half
// the time of a listing, for which the kernel makes each entry twice.
const fewDescriptors = 16

// direntName is the offset of d_name in struct linux_dirent64, getdents64(2).
const direntName = 19

var socketPrefix = []byte("socket:[")

// read calls socket for each descriptor of the process that is a socket, with its
// inode. It begins at the directory offset from, which is 0 or what an earlier call
// returned, and stops after limit descriptors or at the deadline; next is where to
// go on, 0 at the end. n counts the descriptors that were looked at. A process
// that is gone has none.
func (r *fdReader) read(pid int32, from int64, limit int, deadline time.Time, socket func(fd int32, inode uint64)) (n int, next int64, err error) {
	r.path = append(strconv.AppendInt(r.path[:0], int64(pid), 10), "/fd\x00"...)
	fd, err := openat(r.dir, r.path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return 0, 0, err
	}
	defer unix.Close(fd)
	if from == 0 && limit >= fewDescriptors {
		if n, ok := r.tryNumbers(fd, socket); ok {
			return n, 0, nil
		}
	}
	if from != 0 {
		if _, err := unix.Seek(fd, from, 0); err != nil {
			return 0, 0, err
		}
	}
	if r.ents == nil {
		r.ents = make([]byte, 8<<10)
	}
	for {
		got, err := unix.Getdents(fd, r.ents)
		if err != nil || got == 0 {
			return n, 0, err
		}
		for ents := r.ents[:got]; len(ents) > direntName; {
			size := int(native.Uint16(ents[16:]))
			if size <= direntName || size > len(ents) {
				return n, 0, errMalformed
			}
			name := ents[direntName:size]
			next = int64(native.Uint64(ents[8:]))
			ents = ents[size:]
			i := bytes.IndexByte(name, 0)
			if i < 0 {
				return n, 0, errMalformed
			}
			num, ok := number(name[:i], 10, 31)
			if !ok {
				continue // . and ..
			}
			n++
			if size, err := readlinkat(fd, name, r.link[:]); err == nil {
				if inode, ok := socketInode(r.link[:size]); ok {
					socket(int32(num), inode)
				}
			}
			if n >= limit || n%16 == 0 && !time.Now().Before(deadline) {
				return n, next, nil
			}
		}
	}
}

// tryNumbers does what read does for a process with few descriptors, by looking at
// those with the lowest numbers. It reports false, and has called nothing, when they
// are not all: then the directory must be listed. The size of the directory is the
// number of descriptors since Linux 6.2, fs/proc/fd.c, and 0 before.
func (r *fdReader) tryNumbers(dir int, socket func(fd int32, inode uint64)) (n int, ok bool) {
	var st unix.Stat_t
	if unix.Fstat(dir, &st) != nil || st.Size <= 0 || st.Size > fewDescriptors {
		return 0, false
	}
	sockets := 0
	for num := int64(0); n < int(st.Size); num++ {
		if num == st.Size+2 {
			return 0, false
		}
		r.path = append(strconv.AppendInt(r.path[:0], num, 10), 0)
		size, err := readlinkat(dir, r.path, r.link[:])
		switch {
		case err == unix.ENOENT:
			continue
		case err != nil:
			return 0, false
		}
		n++
		if inode, ok := socketInode(r.link[:size]); ok {
			r.few[sockets].fd, r.few[sockets].inode = int32(num), inode
			sockets++
		}
	}
	for _, s := range r.few[:sockets] {
		socket(s.fd, s.inode)
	}
	return n, true
}

// socketInode reads the inode out of socket:[12345].
func socketInode(link []byte) (uint64, bool) {
	rest, ok := bytes.CutPrefix(link, socketPrefix)
	if !ok || len(rest) == 0 || rest[len(rest)-1] != ']' {
		return 0, false
	}
	return number(rest[:len(rest)-1], 10, 64)
}
