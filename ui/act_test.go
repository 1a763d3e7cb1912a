package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

func TestSignalGoesToTheProcessThatWasShown(t *testing.T) {
	r := newRobot(t, 100, 120, 40, nil)
	r.mc.jitter = 1
	r.frames(3)
	r.press("2", "N", "down", "f9") // pid 2
	aim := r.m.procs.current().Key
	r.wants("pid 2 ", "Send a signal")
	r.mc.processes = 60
	r.mc.ids = nil // every process below is another now
	shown := r.m.frame
	r.frames(3)
	if r.m.frame != shown {
		t.Error("the list moves while asking")
	}
	r.press("enter")
	if len(r.op.asked) != 1 || r.op.asked[0] != "signal TERM 2/100" || aim.PID != 2 {
		t.Errorf("asked for %q, want TERM for pid 2 started at 100", r.op.asked)
	}
	r.wants("SIGTERM", "done")
}

func TestRefusedSignalTellsWhy(t *testing.T) {
	r := newRobot(t, 100, 120, 40, nil)
	r.frames(2)
	r.press("2", "N", "down", "down", "f9", "enter")
	r.wants("EPERM", "needs root or CAP_KILL")
}

func TestMarkedProcessesAreActedOnTogether(t *testing.T) {
	r := newRobot(t, 100, 120, 40, nil)
	r.frames(2)
	r.press("2", "N", " ", " ", " ", "f8")
	r.wants("pid 1 ", "pid 2 ", "pid 3 ", "pid 1 carries the whole system")
	r.press("enter")
	if got := strings.Join(r.op.asked, ", "); got != "nice 1 1/0, nice 1 2/100, nice 1 3/200" {
		t.Errorf("asked for %s", got)
	}
	r.wants("2 of 3 failed")
}

func TestReadonlyHasNoActions(t *testing.T) {
	r := newRobot(t, 100, 120, 40, func(o *Options) { o.Readonly = true })
	r.frames(2)
	r.press("2", "f9")
	r.wants("read-only")
	r.lacks("Send a signal")
	r.press("4", "a")
	r.lacks("Why is it harmless")
	if r.m.top() != nil {
		t.Error("a dialog is open")
	}
}

func TestAllowShowsTheEntryBeforeItWrites(t *testing.T) {
	var wrote []AllowTerms
	r := newRobot(t, 100, 120, 40, func(o *Options) {
		o.Allow = func(_ *threats.Finding, terms AllowTerms) (string, error) {
			wrote = append(wrote, terms)
			return "", errors.New("disk full")
		}
	})
	r.frames(2)
	r.press("4", "a")
	r.wants(`detector = "host.preload"`, "would cover, from now on", "Why is it harmless here?")
	r.press("enter")
	r.wants("type the reason first")
	r.press("esc")
	if len(wrote) != 0 {
		t.Fatal("written without a reason")
	}
	for _, end := range []string{"down", "up"} {
		r.press("a")
		r.press("j", "k", "q", ": ours ") // no keys of lists, but text
		r.press(end, "enter")
	}
	day := testStart.AddDate(0, 0, 30).Format(time.DateOnly)
	if len(wrote) != 2 || wrote[0].Reason != "jkq: ours" || wrote[1].Expires.Format(time.DateOnly) != day {
		t.Errorf("written %+v, want the reason, and the second until %s", wrote, day)
	}
	r.wants("disk full")
}

// However a command line is broken, no part of it stands where the lines of the
// dialog begin.
func TestCommandLineCannotPassForALineOfTheDialog(t *testing.T) {
	for _, w := range []int{80, 120} {
		r := newRobot(t, 40, w, 36, nil)
		f := r.mc.frame()
		id := *f.Snapshot.Processes[2].ID
		id.Cmdline = strings.Repeat("x", 30) + strings.Repeat("\x00FAKE", 60)
		f.Snapshot.Processes[2].ID = &id
		r.send(frameMsg{f})
		r.press("2", "N", "down", "down", "f9")
		rows := 0
		for _, l := range strings.Split(r.text(), "\n") {
			_, inside, ok := strings.Cut(l, "│ ")
			if !ok || !strings.Contains(inside, "FAKE") {
				continue
			}
			if rows++; !strings.HasPrefix(inside, "  ") || rows > 1 && !strings.HasPrefix(inside, "    FAKE") {
				t.Errorf("at %d: row %d begins %q", w, rows, inside)
			}
		}
		if rows < 2 {
			t.Errorf("at %d: the command line takes %d rows:\n%s", w, rows, r.text())
		}
	}
}
