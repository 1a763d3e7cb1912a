package metrics

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

const maxSecurities = 4096

// SecurityTable keeps one copy of each Security, so that thousands of processes
// with equal credentials share it. When it is full it starts anew; what it gave
// before stays valid. The zero value is ready; safe for concurrent use.
type SecurityTable struct {
	mu     sync.RWMutex
	known  map[Security]*Security
	hits   atomic.Uint64
	misses atomic.Uint64
}

// Caches implements CacheReporter.
func (t *SecurityTable) Caches() []CacheStat {
	const bytesPerEntry = int64(2*unsafe.Sizeof(Security{})) + 48 // key, copy and place in the map
	t.mu.RLock()
	n := len(t.known)
	t.mu.RUnlock()
	return []CacheStat{{Name: "equal credentials", Entries: n, Bytes: int64(n) * bytesPerEntry,
		Hits: t.hits.Load(), Misses: t.misses.Load(), Limit: maxSecurities}}
}

// Intern returns the shared copy of s, which is immutable.
func (t *SecurityTable) Intern(s Security) *Security {
	t.mu.RLock()
	p := t.known[s]
	t.mu.RUnlock()
	if p != nil {
		t.hits.Add(1)
		return p
	}
	t.misses.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	if p = t.known[s]; p != nil {
		return p
	}
	if t.known == nil || len(t.known) >= maxSecurities {
		t.known = make(map[Security]*Security)
	}
	p = new(Security) // not &s, which would move every argument to the heap
	*p = s
	t.known[s] = p
	return p
}
