package threats

// generations is a cache of two: what was not used while one filled up is dropped
// with it. The zero value with a limit is ready.
//
// A cache library would bring goroutines, buffers and an order of use for each
// entry, for a few thousand entries that are looked up a few hundred times a
// second; two maps take the least memory, and their bound is exact.
type generations[K comparable, V any] struct {
	young, old map[K]V
	limit      int // entries of both
}

func (c *generations[K, V]) get(k K) (V, bool) {
	v, ok := c.young[k]
	if !ok {
		if v, ok = c.old[k]; ok {
			c.put(k, v)
		}
	}
	return v, ok
}

func (c *generations[K, V]) put(k K, v V) {
	if c.young == nil || len(c.young) >= c.limit/2 {
		c.young, c.old = make(map[K]V, min(64, c.limit/2)), c.young
	}
	c.young[k] = v
}

// forget drops all, and the room that it took.
func (c *generations[K, V]) forget() { c.young, c.old = nil, nil }

// len counts what is in both twice.
func (c *generations[K, V]) len() int { return len(c.young) + len(c.old) }
