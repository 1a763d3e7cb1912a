package ui

import (
	"strings"
	"testing"
)

// On a page "/" looks for a text on it, and leaves page and filter alone.
func TestSearchOnAPage(t *testing.T) {
	r := newRobot(t, 60, 80, 24, nil)
	r.frames(2)
	r.press("2", "enter")
	r.text()
	typed(r, "/limits")
	if r.m.page() == nil || r.m.queries[processView].text != "" {
		t.Fatal("the page is closed, or the list below it is filtered")
	}
	r.wants("Limits", "open files", "1 of 1")
	r.press("enter")
	r.wants("/limits")
	r.press("g", "/")
	for range 6 {
		r.press("backspace")
	}
	typed(r, "/usr")
	r.press("enter")
	first := r.m.page().found
	r.press("n")
	second := r.m.page().found
	if at, of := r.m.page().places(); first == second || at != 2 || of < 3 {
		t.Errorf("from row %d to %d, %d of %d", first, second, at, of)
	}
	r.press("N")
	if got := r.m.page().found; got != first {
		t.Errorf("N comes to row %d, want %d", got, first)
	}
	r.press("N") // around
	if at, of := r.m.page().places(); at != of {
		t.Errorf("before the first comes %d of %d", at, of)
	}
	r.press("/", "esc")
	typed(r, "/nowhere")
	r.wants("not on this page")
	r.press("esc")
	r.lacks("not on this page", "/nowhere")
	from := r.m.page().from
	r.press("g", "n")
	if r.m.page().from == from {
		t.Error("without a text n does not go to the next section")
	}
}

// A text that is broken between two rows is found on the first.
func TestSearchFindsBrokenText(t *testing.T) {
	r := newRobot(t, 20, 60, 24, nil)
	r.frames(1)
	w := pageWriter{}
	w.item("path", strings.Repeat("x", 60)+"/needle/"+strings.Repeat("y", 60), stText)
	for cut := range 50 {
		r.m.layers = nil
		w.lines[0].text = strings.Repeat("x", cut) + "/needle/" + strings.Repeat("y", 60)
		p := &page{title: "Long", lines: w.lines}
		r.m.push(p)
		r.text()
		if p.look("needle", 0); p.found < 0 {
			t.Errorf("not found at %d", cut)
		}
	}
}

// Footer and help tell the keys that work on the page, and no others.
func TestKeysOfAPageAreThoseThatWork(t *testing.T) {
	r := newRobot(t, 60, 160, 40, nil)
	r.frames(2)
	footer := func() string {
		lines := strings.Split(r.text(), "\n")
		return lines[len(lines)-1]
	}
	for _, tc := range []struct {
		keys        []string
		has, hasNot []string
	}{
		{[]string{"2", "?"}, []string{"section", "search"}, []string{"parent", "sockets", "findings", "reveal", "filter"}},
		{[]string{"2", "enter"}, []string{"section", "search", "parent", "sockets", "findings", "reveal"}, []string{"acknowledge"}},
		{[]string{"4", "down", "enter"}, []string{"section", "sockets", "acknowledge"}, []string{"reveal"}},
		{[]string{"4", "home", "enter"}, []string{"acknowledge"}, []string{"parent", "sockets", "reveal"}}, // it is about a file
		{[]string{"4", "d"}, []string{"section"}, []string{"parent", "reveal", "acknowledge"}},
		{[]string{"2"}, []string{"filter", "signal"}, []string{"search"}},
	} {
		r.press(tc.keys...)
		for _, h := range tc.has {
			if !strings.Contains(footer(), " "+h) {
				t.Errorf("%v: the footer lacks %s: %s", tc.keys, h, footer())
			}
		}
		for _, h := range tc.hasNot {
			if strings.Contains(footer(), " "+h) {
				t.Errorf("%v: the footer offers %s: %s", tc.keys, h, footer())
			}
		}
	}
	r.press("2", "?", "p")
	r.lacks("no process is known")
}

func TestHelpNamesActionsAndSigns(t *testing.T) {
	r := newRobot(t, 60, 120, 400, nil)
	r.frames(2)
	r.press("2", "?")
	for _, b := range r.m.keys.bindings {
		r.wants(b.help + "  " + b.action)
	}
	r.wants("Signs", "the process is new", "has just ended", "followed", "not known", "goal met", "severity: ")
	r.press("esc", "enter", "?")
	if dossier, lists := strings.Index(r.text(), "Keys in the details of a process"), strings.Index(r.text(), "Keys in lists"); dossier > lists {
		t.Error("help on a page does not begin with its keys")
	}
}
