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
	for every, want := range map[time.Duration]time.Duration{10 * time.Second: 10 * time.Second, 60 * time.Second: 180 * time.Second, 4 * time.Minute: ttl} {
		r := &runner{info: &Info{Every: every}}
		if got := r.every(ttl); got != every {
			t.Errorf("a detector that looks every %v begins with %v", every, got)
		}
		for range 10 {
			r.adapt(false, ttl)
		}
		if got := r.every(ttl); got != want {
			t.Errorf("a quiet detector that looks every %v rests %v, want %v", every, got, want)
		}
		if r.adapt(true, ttl); r.every(ttl) != every {
			t.Errorf("after a change a detector that looks every %v rests %v", every, r.every(ttl))
		}
	}
}
