package threats

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	// About what one takes, in bytes, with its places in the maps.
	factBytes = 512
	peekBytes = 384

	// A file that changes twice within one tick of the clock keeps its ctime; what
	// was read so soon after a change is not kept.
	settled = 50 * time.Millisecond
)

// factShare is what facts may take; answers to Peek may be a quarter as many.
var factShare = metrics.Share{Part: 256, Bytes: factBytes, Least: 512, Most: 16384}

// factKey names what was learnt (kind) from one content. ctime cannot be set
// back by a program, so equal keys mean equal content.
type factKey struct {
	kind       string
	dev, inode uint64
	ctime      int64
	size       int64
}

// Fact returns what parse makes of the file at path, with what stat(2) tells of
// it. The result is kept under kind until the file's device, inode, ctime or size
// change, so it must not be modified; parse sees at most limit bytes and must
// not keep them.
func Fact[T any](f *Files, kind, path string, limit int, parse func(data []byte, info FileInfo) T) (T, FileInfo, error) {
	var zero T
	info, err := f.Stat(path)
	if err != nil {
		return zero, info, err
	}
	key := factKey{kind, info.Dev, info.Inode, info.CTime, info.Size}
	f.mu.Lock()
	v, ok := f.facts.Get(key)
	f.mu.Unlock()
	if ok {
		return v.(T), info, nil
	}
	data, err := f.ReadFile(path, limit)
	if err != nil {
		return zero, info, err
	}
	t := parse(data, info)
	f.keep(key, path, t)
	return t, info, nil
}

// keep stores a fact unless the file may have changed while it was learnt.
func (f *Files) keep(key factKey, path string, v any) {
	info, err := f.Stat(path)
	if err != nil || key != (factKey{key.kind, info.Dev, info.Inode, info.CTime, info.Size}) ||
		f.now().Sub(time.Unix(0, info.CTime)) < settled {
		return
	}
	f.mu.Lock()
	f.facts.Put(key, v)
	f.mu.Unlock()
}

// Hash returns the SHA-256 of the first limit bytes of the regular file at path,
// in lower-case hex. It is computed once per content.
func (f *Files) Hash(path string, limit int64) (string, FileInfo, error) {
	info, err := f.Stat(path)
	if err != nil {
		return "", info, err
	}
	key := factKey{"sha256", info.Dev, info.Inode, info.CTime, info.Size}
	f.mu.Lock()
	v, ok := f.facts.Get(key)
	f.mu.Unlock()
	if ok {
		return v.(string), info, nil
	}
	sum, err := within(f, "hash", path, func() (string, error) {
		file, _, err := f.open(path)
		if err != nil {
			return "", err
		}
		defer file.Close()
		h := sha256.New()
		if _, err := io.Copy(h, io.LimitReader(file, limit)); err != nil {
			return "", err
		}
		return hex.EncodeToString(h.Sum(nil)), nil
	})
	if err != nil {
		return "", info, err
	}
	f.keep(key, path, sum)
	return sum, info, nil
}

// Forget drops all facts and answers; they are read again when they are needed.
func (f *Files) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.facts.Forget()
	f.peeks.Forget()
}

// Caches describes the caches of file facts.
func (f *Files) Caches() []metrics.CacheStat {
	f.mu.Lock()
	defer f.mu.Unlock()
	return []metrics.CacheStat{f.facts.Stat("file facts", factBytes), f.peeks.Stat("file peeks", peekBytes)}
}
