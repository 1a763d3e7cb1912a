package monitor

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// govern runs cycles, and returns the last frame. Each frame must tell what is held
// back, and when the next one comes.
func govern(t *testing.T, m *Monitor, clock *fakeClock, over time.Duration) *Frame {
	t.Helper()
	var f *Frame
	for end := clock.Now().Add(over); clock.Now().Before(end); {
		f = cycle(t, m)
		g := f.Self.Governor
		if g.Level != len(m.govern.active) || len(g.Active) != g.Level || f.Interval != m.Interval() {
			t.Fatalf("%d means are held, and the frame tells of %d (%q), the next in %v", len(m.govern.active), g.Level, g.Active, f.Interval)
		}
		for _, h := range m.govern.active {
			if !slices.Contains(g.Active, h.name) || !slices.ContainsFunc(g.Steps, func(s Step) bool { return s.Up && s.What == h.name && s.Reason != "" && !s.At.IsZero() }) {
				t.Fatalf("%q is held back, and the frame tells of %q, %+v", h.name, g.Active, g.Steps)
			}
		}
		f.Release()
		clock.advance(f.Interval)
	}
	return f
}

// The goal for CPU is missed whatever is held back, and yet only what would come less
// often, or take less, is announced and done.
func TestOnlyWhatHoldsSomethingBackIsAStep(t *testing.T) {
	const extras, deep, twice, four = "sockets and control groups at most every 5 s", "a quarter of the time for deep checks",
		"twice the interval", "four times the interval"
	for _, c := range []struct {
		name              string
		interval, collect time.Duration
		deep              bool
		want              []string
		asked             time.Duration // for extras
		in                time.Duration // the interval then
	}{
		{"all", time.Second, 10 * time.Millisecond, true, []string{extras, deep, twice, four}, slowExtras, 4 * time.Second},
		{"nothing looks deep", time.Second, 10 * time.Millisecond, false, []string{extras, twice, four}, slowExtras, 4 * time.Second},
		{"a long interval", 5 * time.Second, 10 * time.Millisecond, false, []string{twice, four}, 0, 20 * time.Second},
		{"long cycles", time.Second, 2500 * time.Millisecond, true, []string{extras, deep, four}, slowExtras, 4 * time.Second},
		{"endless cycles", time.Second, 10 * time.Second, true, []string{deep}, 0, time.Second},
	} {
		m, f, clock := newTestMonitor(t, Options{Interval: c.interval, Goals: Goals{CPUPercent: 1e-9}})
		f.collect, f.deep = c.collect, c.deep
		frame := govern(t, m, clock, 5*time.Minute)
		if got := frame.Self.Governor.Active; !slices.Equal(got, c.want) {
			t.Errorf("%s: it holds back %q", c.name, got)
		}
		if n := len(frame.Self.Governor.Steps); n != len(c.want) {
			t.Errorf("%s: %d steps: %+v", c.name, n, frame.Self.Governor.Steps)
		}
		if f.extras != c.asked || f.throttle != map[bool]int{true: lessDeep}[c.deep] || frame.Interval != c.in {
			t.Errorf("%s: extras every %v, deep checks take 1/%d, a cycle every %v", c.name, f.extras, f.throttle, frame.Interval)
		}
		m.acc.goals.CPUPercent = 1e9
		f.collect = 10 * time.Millisecond
		frame = govern(t, m, clock, 10*time.Minute)
		if frame.Self.Governor.Level != 0 || f.extras != 0 || f.throttle > 1 || frame.Interval != c.interval {
			t.Errorf("%s, given back: %q, extras every %v, deep checks take 1/%d, a cycle every %v", c.name,
				frame.Self.Governor.Active, f.extras, f.throttle, frame.Interval)
		}
	}
}

// A longer interval that somebody asks for makes the first means moot.
func TestALongerIntervalMakesSlowExtrasMoot(t *testing.T) {
	m, f, clock := newTestMonitor(t, Options{Goals: Goals{Collect: time.Millisecond}})
	if got := govern(t, m, clock, time.Minute).Self.Governor.Active; len(got) != 1 || f.extras != slowExtras {
		t.Fatalf("held back: %q, extras every %v", got, f.extras)
	}
	m.SetInterval(10 * time.Second)
	frame := govern(t, m, clock, time.Minute)
	if last := frame.Self.Governor.Steps[0]; frame.Self.Governor.Level != 0 || f.extras != 0 || !strings.Contains(last.Reason, "any more") {
		t.Errorf("held back: %q, extras every %v, last step %+v", frame.Self.Governor.Active, f.extras, last)
	}
}

// A history that is as short as it may be is not made coarse.
func TestAShortHistoryIsNoStep(t *testing.T) {
	m, _, clock := newTestMonitor(t, Options{Goals: Goals{RSSBytes: 1}, History: minHistory})
	for _, s := range govern(t, m, clock, 5*time.Minute).Self.Governor.Steps {
		if strings.HasPrefix(s.What, "history") {
			t.Errorf("%+v", s)
		}
	}
}
