package ui

import (
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

func TestNewAndGoneRowsAreMarkedForAMoment(t *testing.T) {
	r := newRobot(t, 20, 120, 40, nil)
	r.frames(2)
	r.press("2", "N")
	r.mc.processes = 22
	r.frames(1)
	if c := r.row(" 22 "); !strings.HasPrefix(c, "+") {
		t.Errorf("the new row is %q", c)
	}
	r.mc.processes = 21
	r.frames(1)
	if c := r.row(" 22 "); !strings.HasPrefix(c, "-") {
		t.Errorf("the ended row is %q", c)
	}
	r.frames(8)
	if c := r.row(" 22 "); c != "" {
		t.Errorf("the ended row stays: %q", c)
	}
	if c := r.row(" 21 "); strings.HasPrefix(c, "+") {
		t.Errorf("the row is still new: %q", c)
	}
}

// row is the line of the screen that holds a text.
func (r *robot) row(part string) string {
	for _, l := range strings.Split(r.text(), "\n")[4:] {
		if strings.Contains(l, part) {
			return l
		}
	}
	return ""
}

func TestTreeFoldsAndSumsUp(t *testing.T) {
	r := newRobot(t, 30, 120, 60, nil)
	r.frames(2)
	r.press("2", "t", "N")
	if !r.m.procs.find(metrics.ProcKey{PID: 4, Start: 300}) {
		t.Fatal("pid 4 is not in the tree")
	}
	own := r.m.procs.current().RSSBytes
	r.press("left")
	row := r.m.procs.list.current()
	p := r.m.procs.process(row)
	if sum := r.m.procs.rss(row, p); p.Key.PID != 4 || sum <= own {
		t.Errorf("pid %d: the folded subtree has %d bytes, itself %d", p.Key.PID, sum, own)
	}
	r.lacks("     17 ") // a child of 4
	r.press("right")
	r.wants("     17 ")
}

func TestFollowedProcessStaysUnderTheCursor(t *testing.T) {
	r := newRobot(t, 400, 120, 20, nil)
	r.mc.jitter = 3
	r.frames(2)
	r.press("2", "down", "down", "F")
	key := r.m.procs.current().Key
	for range 20 {
		r.frames(1)
		if c := r.m.procs.current(); c == nil || c.Key != key {
			t.Fatalf("the cursor is on %v, want %v", c.Key, key)
		}
	}
}

func TestWatchNamesTheProcessesOnTheScreen(t *testing.T) {
	var got []int32
	r := newRobot(t, 500, 120, 20, func(o *Options) { o.Watch = func(p []int32) { got = append(got[:0], p...) } })
	r.frames(1)
	r.press("2", "N")
	_ = r.text()
	r.frames(1)
	if len(got) < 10 || len(got) > 20 || got[0] != 1 {
		t.Errorf("watched: %v", got)
	}
	r.press("end", "enter")
	if got[0] != 500 {
		t.Errorf("the process of the dossier is not watched first: %v", got)
	}
}

func TestFollowedProcessThatEndsIsToldOf(t *testing.T) {
	r := newRobot(t, 30, 120, 30, nil)
	r.frames(2)
	r.press("2", "N", "end", "F")
	r.mc.processes = 20
	r.frames(1)
	r.wants("process 30, which was followed, has ended")
}
