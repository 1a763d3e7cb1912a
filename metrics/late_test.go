package metrics

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// A reading that the cycle does not wait for has its time. It is late when that is
// over, since it began, and no more once it has answered.
func TestAReadingHasItsTime(t *testing.T) {
	const allowed = 30 * time.Second
	start := time.Unix(1e9, 0)
	var ahead atomic.Int64 // of start
	answers := make(chan error)
	begun := make(chan struct{}, 10)
	h := &hostReader{every: time.Second, read: func() (func(*System), error) {
		begun <- struct{}{}
		err := <-answers
		return func(*System) {}, err
	}}
	c := newTestCollector(&scripted{calls: []func([]Process) ([]Process, error){gives(1)}},
		CollectorOptions{Host: []HostReader{h}, Deadline: allowed})
	c.opt.Now = func() time.Time { return start.Add(time.Duration(ahead.Load())) }
	var prev *Snapshot
	at := func(d time.Duration) SourceStat {
		t.Helper()
		ahead.Store(int64(d))
		prev = collect(t, c, prev)
		return prev.Sources[1]
	}
	// answer has the reading answer, and waits until that has arrived.
	answer := func(err error) {
		answers <- err
		for end := time.Now().Add(20 * time.Second); len(c.host[0].feed.done) == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the answer never came")
			}
		}
	}
	go func() { <-begun; answers <- nil }() // the first cycle waits for it
	if s := at(0); s.Late || !s.At.Equal(start) {
		t.Errorf("after the first cycle: %+v", s)
	}
	const second = 2 * time.Second // the reading that takes its time
	begins := func(d time.Duration) {
		t.Helper()
		if s := at(d); s.Late != (s.Err != "") {
			t.Errorf("at %v, when a reading begins: %+v", d, s)
		}
		<-begun
	}
	begins(second)
	for _, c := range []struct {
		at   time.Duration
		late bool
	}{{second + time.Second, false}, {second + allowed, false}, {second + allowed + 1, true}, {2 * allowed, true}} {
		s := at(c.at)
		if s.Late != c.late || c.late && !s.Since.Equal(start.Add(second)) || !c.late && !s.Since.IsZero() {
			t.Errorf("at %v: late %v since %v, want %v", c.at, s.Late, s.Since, c.late)
		}
		if !s.At.Equal(start) {
			t.Errorf("at %v: the values are of %v", c.at, s.At)
		}
	}
	answer(nil)
	if s := at(3 * allowed); s.Late || !s.Since.IsZero() || !s.At.Equal(start.Add(second)) {
		t.Errorf("after its answer: %+v", s)
	}
	begins(3*allowed + time.Second)
	answer(errors.New("no such file"))
	if s := at(3*allowed + 1500*time.Millisecond); !s.Late || s.Err == "" || !s.Since.Equal(start.Add(3*allowed+time.Second)) {
		t.Errorf("after an error: %+v", s)
	}
	begins(4 * allowed)
	if s := at(4*allowed + time.Second); s.Err == "" {
		t.Errorf("while the next may still succeed: %+v", s)
	}
	if s := at(6 * allowed); !s.Late || s.Err != "" || !s.Since.Equal(start.Add(4*allowed)) {
		t.Errorf("one that hangs after an error: %+v", s)
	}
	close(answers)
}
