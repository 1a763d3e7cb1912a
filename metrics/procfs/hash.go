//go:build linux

package procfs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// hashes remembers the SHA-256 of program files by what changes with their
// content: device, inode, size, and change time.
type hashes struct {
	mu   sync.Mutex
	sums map[content]string
}

type content struct {
	dev, ino     uint64
	size         int64
	ctime, mtime int64
}

const (
	maxHashes   = 4096
	maxHashSize = 1 << 30 // bytes of a program file
	hashChunk   = 256 << 10
)

func newHashes() *hashes { return &hashes{sums: make(map[content]string)} }

// program hashes the file that a process runs, through /proc/PID/exe, which leads
// there also when the file was deleted or stands in another mount namespace.
func (h *hashes) program(ctx context.Context, f *FS, pid int32) (string, error) {
	return await(ctx, f, func() (string, error) {
		s := f.take()
		fd, e := openat(f.dir, s.name(pid, "exe"), unix.O_RDONLY)
		f.give(s)
		if e != 0 {
			return "", f.fail("open", pid, "exe", e)
		}
		file := os.NewFile(uintptr(fd), "exe")
		defer file.Close()
		return h.file(ctx, file)
	})
}

func (h *hashes) file(ctx context.Context, file *os.File) (string, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return "", fmt.Errorf("stat the program: %w", err)
	}
	key := content{st.Dev, st.Ino, st.Size, st.Ctim.Nano(), st.Mtim.Nano()}
	h.mu.Lock()
	sum, ok := h.sums[key]
	h.mu.Unlock()
	switch {
	case ok:
		return sum, nil
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return "", errors.New("the program is no regular file")
	case st.Size > maxHashSize:
		return "", fmt.Errorf("the program has %d bytes, more than are hashed", st.Size)
	}
	digest, buf := sha256.New(), make([]byte, hashChunk)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := file.Read(buf)
		digest.Write(buf[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", fmt.Errorf("read the program: %w", err)
		}
	}
	sum = hex.EncodeToString(digest.Sum(nil))
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.sums) >= maxHashes {
		clear(h.sums)
	}
	h.sums[key] = sum
	return sum, nil
}
