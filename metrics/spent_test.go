package metrics

import (
	"testing"
	"time"
)

// burn keeps the processor busy for so long, by the clock and by what is charged.
func burn(d time.Duration) {
	for begun, cpu := time.Now(), ProcessCPU(); time.Since(begun) < d || ProcessCPU()-cpu < d; {
	}
}

func TestSpentIsProcessorTime(t *testing.T) {
	const much = 20 * time.Millisecond
	if got := Spent(func() { burn(much) }); got < much {
		t.Errorf("%v of the %v that it burnt", got, much)
	}
	if got := Spent(func() {
		done := make(chan struct{})
		go func() { burn(much); close(done) }()
		<-done
	}); got < much {
		t.Errorf("%v of the %v that it had another burn", got, much)
	}
	if got := Spent(func() { time.Sleep(10 * much) }); got >= 10*much {
		t.Errorf("%v while it was held up", got)
	}
}

// What a reading costs beside the cycle is told, and that it is beside it.
func TestReadingBesideTheCycle(t *testing.T) {
	const much = 5 * time.Millisecond
	for _, c := range []struct {
		name   string
		every  time.Duration
		beside bool
	}{{"every cycle", 0, false}, {"at a cadence", time.Nanosecond, true}} {
		h := &hostReader{every: c.every, read: func() (func(*System), error) {
			burn(much)
			return func(*System) {}, nil
		}}
		m := newTestCollector(&scripted{calls: []func([]Process) ([]Process, error){gives(1)}}, CollectorOptions{Host: []HostReader{h}})
		s := collect(t, m, nil)
		if s.Sources[1].Beside {
			t.Errorf("%s: the first cycle waits for it", c.name)
		}
		s = collect(t, m, s)
		if got := s.Sources[1]; got.Beside != c.beside || got.CPU < much {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
