package threats

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	maxFacts = 4096
	maxPeeks = 1024
	peekTTL  = 10 * time.Second

	// A file that changes twice within one tick of the clock keeps its ctime; what
	// was read so soon after a change is not kept.
	settled = 50 * time.Millisecond
)

// factKey names what was learnt (kind) from one content. ctime cannot be set
// back by a program, so equal keys mean equal content.
type factKey struct {
	kind       string
	dev, inode uint64
	ctime      int64
	size       int64
}

// facts is a cache of two generations: what was not used while one generation
// filled up is dropped with it.
type facts struct {
	young, old   map[factKey]any
	hits, misses uint64
}

func (c *facts) get(k factKey) (any, bool) {
	v, ok := c.young[k]
	if !ok {
		if v, ok = c.old[k]; ok {
			c.put(k, v)
		}
	}
	if ok {
		c.hits++
	} else {
		c.misses++
	}
	return v, ok
}

func (c *facts) put(k factKey, v any) {
	if c.young == nil || len(c.young) >= maxFacts/2 {
		c.young, c.old = make(map[factKey]any, 64), c.young
	}
	c.young[k] = v
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
	v, ok := f.facts.get(key)
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
	f.facts.put(key, v)
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
	v, ok := f.facts.get(key)
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

type peek struct {
	info    FileInfo
	err     error
	at      time.Time // zero until there is an answer
	pending bool
}

// Peek is Stat for detectors that run every cycle and must not wait: known is
// false while the answer is on its way, and an answer is up to ten seconds old.
func (f *Files) Peek(path string) (info FileInfo, err error, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.peeks[path]
	if p == nil {
		if len(f.peeks) >= maxPeeks {
			clear(f.peeks)
		}
		p = &peek{}
		f.peeks[path] = p
	}
	if !p.pending && (p.at.IsZero() || f.now().Sub(p.at) > peekTTL) {
		look := func() {
			info, err := f.Stat(path)
			f.mu.Lock()
			p.info, p.err, p.at, p.pending = info, err, f.now(), false
			f.mu.Unlock()
		}
		p.pending = true
		if f.later == nil {
			f.mu.Unlock()
			look()
			f.mu.Lock()
		} else if !f.later(look) {
			p.pending = false
		}
	}
	return p.info, p.err, !p.at.IsZero()
}

// Forget drops all facts; they are read again when they are needed.
func (f *Files) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.facts.young)
	clear(f.facts.old)
	clear(f.peeks)
}

// Caches describes the caches of file facts.
func (f *Files) Caches() []metrics.CacheStat {
	f.mu.Lock()
	defer f.mu.Unlock()
	return []metrics.CacheStat{
		{Name: "file facts", Entries: len(f.facts.young) + len(f.facts.old), Hits: f.facts.hits, Misses: f.facts.misses, Limit: maxFacts},
		{Name: "file peeks", Entries: len(f.peeks), Limit: maxPeeks},
	}
}
