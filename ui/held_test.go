package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/monitor"
)

// What is shown may be older, or coarser, than it was asked for: each view says so, and
// the performance view what it is.
func TestEachViewTellsThatSomethingIsHeldBack(t *testing.T) {
	active := []string{"sockets and control groups at most every 5 s", "a quarter of the time for deep checks",
		"history at half of its resolution", "twice the interval", "four times the interval"}
	for _, w := range []int{minWidth, 60, 80, 120, 200} {
		r := newRobot(t, 20, w, 50, nil)
		for n := range active {
			for _, view := range []string{"1", "2", "3", "4", "5", "6"} {
				r.press(view)
				r.changed(func(f *monitor.Frame) { f.Self.Governor = monitor.Governor{} })
				if tabs := strings.Split(r.text(), "\n")[2]; strings.Contains(tabs, "!") {
					t.Errorf("view %s, %d cells, nothing is held back: %q", view, w, tabs)
				}
				r.changed(func(f *monitor.Frame) { f.Self.Governor = monitor.Governor{Level: n + 1, Active: active[:n+1]} })
				if tabs := strings.Split(r.text(), "\n")[2]; !strings.Contains(tabs, "!") {
					t.Errorf("view %s, %d cells, %d means are held: %q", view, w, n+1, tabs)
				}
			}
			shown := strings.Join(strings.Fields(r.text()), " ")
			for _, a := range active[:n+1] {
				if w >= 80 && !strings.Contains(shown, a) {
					t.Errorf("%d cells: the performance view lacks %q:\n%s", w, a, r.text())
				}
			}
		}
	}
}

// Keys ask for an interval, and the governor has its factor upon that.
func TestTheIntervalIsChangedBesideTheGovernor(t *testing.T) {
	var asked time.Duration
	r := newRobot(t, 20, 80, 24, func(o *Options) { o.SetInterval = func(d time.Duration) { asked = d } })
	r.changed(func(f *monitor.Frame) { f.Interval, f.Asked = 2*time.Second, time.Second })
	r.press("+")
	if asked != 500*time.Millisecond {
		t.Errorf("asked for %v", asked)
	}
	r.wants("refresh every 500ms, which the governor makes 1s")
	r.press("-", "-")
	if asked != 2*time.Second {
		t.Errorf("asked for %v", asked)
	}
	r.changed(func(f *monitor.Frame) { f.Interval, f.Asked = 2*time.Second, 2*time.Second })
	r.press("-")
	r.wants("refresh every 4s")
	r.lacks("governor makes")
}
