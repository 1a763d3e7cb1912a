//go:build linux

package procfs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// hashShare is what hashes of programs may take: 1,638 of them where the program may take
// 512 MB.
var hashShare = metrics.Share{Part: 2048, Bytes: hashBytes, Least: 256, Most: 16384}

// hashBytes is about what one of them takes.
const hashBytes = 160

// hashCache remembers the hashes of files by what changes with their content.
type hashCache struct {
	mu    sync.Mutex
	known metrics.Cache[fileVersion, string]
}

type fileVersion struct {
	dev, inode   uint64
	size         int64
	mtime, ctime unix.Timespec
}

func (c *hashCache) get(v fileVersion) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known.Get(v)
}

func (c *hashCache) put(v fileVersion, h string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known.Put(v, h)
}

// Caches implements metrics.CacheReporter.
func (x *Inspector) Caches() []metrics.CacheStat {
	c := &x.hashes
	c.mu.Lock()
	defer c.mu.Unlock()
	return []metrics.CacheStat{c.known.Stat("program hashes", hashBytes)}
}

// hash is the SHA-256 of the program that a process runs, in lower-case hex, also
// when the file has no name any more. A process without a program has none: "".
func (x *Inspector) hash(ctx context.Context, pid int32) (string, error) {
	return await(ctx, x.fs, func() (string, error) {
		s := x.fs.take()
		defer x.fs.give(s)
		fd, e := openat(x.fs.dir, s.name(pid, "exe"), unix.O_RDONLY)
		if e == unix.ENOENT && x.fs.exists(pid) {
			return "", nil
		}
		if e != 0 {
			return "", x.fs.fail("open", pid, "exe", e)
		}
		f := os.NewFile(uintptr(fd), "program")
		defer f.Close()
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return "", &fs.PathError{Op: "stat", Path: fmt.Sprintf("%s/%d/exe", x.fs.root, pid), Err: err}
		}
		v := fileVersion{st.Dev, st.Ino, st.Size, st.Mtim, st.Ctim}
		if h, ok := x.hashes.get(v); ok {
			return h, nil
		}
		h := sha256.New()
		if _, err := io.Copy(h, patient{ctx, f}); err != nil {
			return "", fmt.Errorf("hash the program of pid %d: %w", pid, err)
		}
		sum := hex.EncodeToString(h.Sum(nil))
		x.hashes.put(v, sum)
		return sum, nil
	})
}

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}
