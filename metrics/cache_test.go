package metrics

import "testing"

func TestCacheDropsTheOlderGeneration(t *testing.T) {
	c := Cache[int, int]{Limit: 8}
	for i := range 100 {
		c.Put(i, i)
		if _, ok := c.Get(7); i >= 7 && !ok {
			t.Fatalf("an entry in use is dropped at %d", i)
		}
		if c.Len() > c.Limit {
			t.Fatalf("%d entries, limit %d", c.Len(), c.Limit)
		}
	}
	if _, ok := c.Peek(50); ok {
		t.Error("an entry that nobody asked for is kept")
	}
	if _, ok := c.Peek(98); !ok {
		t.Error("a young entry is dropped")
	}
	s := c.Stat("x", 10)
	if s.Hits != 93 || s.Misses != 7 || s.Bytes != int64(10*c.Len()) || s.Limit != 8 {
		t.Errorf("%+v", s)
	}
	c.Forget()
	if c.Len() != 0 {
		t.Error("something is left")
	}
}
