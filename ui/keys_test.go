package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func typed(r *robot, text string) {
	for _, c := range text {
		r.press(string(c))
	}
}

func TestMouseSelectsSortsScrollsAndTurnsPages(t *testing.T) {
	r := newRobot(t, 100, 120, 20, nil)
	r.frames(2)
	click := func(x, y int) {
		r.send(tea.MouseMsg{X: x, Y: y, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
	}
	x := strings.Index(r.text(), "Processes") - strings.LastIndex(r.text()[:strings.Index(r.text(), "Processes")], "\n") - 1
	click(x, 2)
	if r.m.at != processView {
		t.Fatal("a click on the tab does not turn to it")
	}
	_ = r.text()
	click(6, 3)
	if r.m.procs.list.sortBy != "pid" {
		t.Errorf("a click on PID sorts by %s", r.m.procs.list.sortBy)
	}
	_ = r.text()
	click(20, 7)
	if r.m.procs.list.cursor != 3 {
		t.Errorf("the cursor is at %d", r.m.procs.list.cursor)
	}
	r.send(tea.MouseMsg{Action: tea.MouseActionPress, Button: tea.MouseButtonWheelDown})
	if r.m.procs.list.top != wheelStep {
		t.Errorf("the wheel scrolls to %d", r.m.procs.list.top)
	}
}

func TestDefaultKeysDoNotClash(t *testing.T) {
	for _, err := range CheckKeys(nil) {
		t.Error(err)
	}
}

func TestClashesAndUnknownActionsAreReported(t *testing.T) {
	errs := CheckKeys(map[string][]string{"freeze": {"q"}, "fly": {"w"}, "quit": {}})
	var all []string
	for _, e := range errs {
		all = append(all, e.Error())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{`unknown action "fly"`, `"quit" needs a key`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if errs := CheckKeys(map[string][]string{"freeze": {"j"}}); len(errs) != 2 {
		t.Errorf("want two clashes, of lists and of details: %v", errs)
	}
	r := newRobot(t, 20, 80, 60, func(o *Options) { o.Keys = map[string][]string{"freeze": {"f2"}} })
	r.frames(1)
	r.press("f2")
	if !r.m.frozen {
		t.Error("the operator's key does nothing")
	}
	r.press("?")
	r.wants("F2")
}
