package ui

import "testing"

// A filter that is wrong is not kept: Enter leaves the line open, with what is
// wrong above it, until it is mended or cleared.
func TestWrongFilterCannotBeKept(t *testing.T) {
	r := newRobot(t, 100, 100, 30, nil)
	r.frames(2)
	r.press("2")
	typed(r, "/rss>>5")
	r.press("enter")
	r.wants("/rss>>5", "expected")
	r.lacks("filter: ", "not changed")
	for range 3 {
		r.press("backspace")
	}
	r.press("enter")
	r.wants("filter: rss")
	typed(r, "/>>5")
	r.press("enter", "esc")
	r.lacks("filter: ", "expected")
	if n := len(r.m.procs.list.index); n != 100 {
		t.Errorf("%d rows after the filter was cleared", n)
	}
}

// A saved filter is set only where it makes sense; elsewhere the menu says which
// view it is for, and the filter in force stays.
func TestSavedFilterOfAnotherViewIsNotSet(t *testing.T) {
	r := newRobot(t, 100, 100, 30, func(o *Options) {
		o.Filters = []SavedFilter{{"slow", "rtt>100ms"}, {"big", "rss>1MB"}}
	})
	r.frames(2)
	r.press("2")
	typed(r, "/bash")
	r.press("enter", "'")
	r.wants("not for this view, but for Network", "rss>1MB")
	r.press("down", "enter")
	r.wants("filter: bash", "Saved filters", "slow is not for this view")
	r.press("up", "enter")
	r.wants("filter: rss>1MB")
	r.lacks("Saved filters")
	r.press("3", "'", "enter")
	r.wants("filter: rtt>100ms")
}
