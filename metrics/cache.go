package metrics

// Cache is a bounded cache of two generations: what was not used while one filled up
// is dropped with it. The zero value with a Limit is ready. It is for one goroutine at
// a time.
//
// A cache library would bring goroutines, buffers and an order of use for each
// entry, for a few thousand entries that are looked up a few hundred times a
// second; two maps take the least memory, and their bound is exact.
type Cache[K comparable, V any] struct {
	Limit int // entries of both generations

	young, old   map[K]V
	hits, misses uint64
}

// Get returns the entry of a key and counts whether there was one.
func (c *Cache[K, V]) Get(k K) (V, bool) {
	v, ok := c.Peek(k)
	c.Count(ok)
	return v, ok
}

// Count notes that an entry served, or that there was none that could. It is for
// owners that judge by more than the key.
func (c *Cache[K, V]) Count(hit bool) {
	if hit {
		c.hits++
	} else {
		c.misses++
	}
}

// Peek is Get without counting, for a look that does not stand for a need.
func (c *Cache[K, V]) Peek(k K) (V, bool) {
	v, ok := c.young[k]
	if !ok {
		if v, ok = c.old[k]; ok {
			c.Put(k, v)
		}
	}
	return v, ok
}

// Put keeps an entry.
func (c *Cache[K, V]) Put(k K, v V) {
	if _, known := c.young[k]; !known && (c.young == nil || len(c.young) >= c.Limit/2) {
		c.young, c.old = make(map[K]V, min(64, c.Limit/2)), c.young
	}
	c.young[k] = v
}

// Forget drops all entries, and the room that they took.
func (c *Cache[K, V]) Forget() { c.young, c.old = nil, nil }

// Len is the number of entries; what is in both generations counts twice.
func (c *Cache[K, V]) Len() int { return len(c.young) + len(c.old) }

// Stat describes the cache, each entry of which takes about so many bytes.
func (c *Cache[K, V]) Stat(name string, each int64) CacheStat {
	return CacheStat{Name: name, Entries: c.Len(), Bytes: int64(c.Len()) * each, Hits: c.hits, Misses: c.misses, Limit: c.Limit}
}
