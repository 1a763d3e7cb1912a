package threats

import (
	"testing"
	"time"
)

func TestARestFollowsHowOftenThingsChange(t *testing.T) {
	r := &runner{info: &Info{}}
	ttl := 5 * time.Minute
	r.adapt(true, ttl)
	if got := r.every(ttl); got != hostEvery {
		t.Errorf("after a change: %v", got)
	}
	was := r.every(ttl)
	for range 10 {
		r.adapt(false, ttl)
		if r.every(ttl) < was || r.every(ttl) > ttl {
			t.Fatalf("%v after %v", r.every(ttl), was)
		}
		was = r.every(ttl)
	}
	if was != ttl {
		t.Errorf("a quiet detector rests %v, want %v", was, ttl)
	}
	if r.adapt(true, ttl); r.every(ttl) != hostEvery {
		t.Errorf("after another change: %v", r.every(ttl))
	}
	short := 30 * time.Second
	if r.adapt(true, short); r.every(short) != short {
		t.Errorf("%v is above cache_ttl_seconds", r.every(short))
	}
	fixed := &runner{info: &Info{Every: 10 * time.Second}}
	fixed.adapt(false, ttl)
	if fixed.every(ttl) != 10*time.Second {
		t.Errorf("a detector that says how often looks every %v", fixed.every(ttl))
	}
}
