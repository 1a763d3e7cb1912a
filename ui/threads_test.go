package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

func TestThreadsStandBelowTheirProcess(t *testing.T) {
	for _, tree := range []bool{false, true} {
		r := newRobot(t, 30, 120, 50, nil)
		r.frames(1)
		r.press("2", "N")
		if tree {
			r.press("t")
		}
		r.text()
		r.press("H")
		r.frames(2)
		if !r.m.procs.find(metrics.ProcKey{PID: 4, Start: 300}) {
			t.Fatal("pid 4 is not listed")
		}
		r.m.procs.list.scroll(r.m.procs.list.cursor - r.m.procs.list.top)
		r.frames(2)
		lines := strings.Split(r.text(), "\n")
		at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "       4 ") })
		if at < 0 || at+5 > len(lines) {
			t.Fatalf("pid 4 is not listed:\n%s", r.text())
		}
		for i, want := range []string{"worker-0", "worker-1", "worker-2", "worker-3"} {
			l := lines[at+1+i]
			if !strings.Contains(l, want) || !strings.Contains(l, fmt.Sprintf(" %d.0 ", i)) {
				t.Errorf("tree %v: line %d below pid 4 is %q, want %s with %d.0 %%", tree, i+1, l, want, i)
			}
		}
		r.press("H")
		r.lacks("worker-")
	}
}

func TestThreadsAreSortedWithinTheirProcess(t *testing.T) {
	r := newRobot(t, 30, 120, 50, nil)
	r.frames(1)
	r.press("2", "P", "H")
	r.text()
	r.frames(3)
	last, threads := "", 0
	for _, l := range strings.Split(r.text(), "\n")[4:] {
		_, name, ok := strings.Cut(l, "worker-")
		switch name = strings.TrimSpace(name); {
		case !ok:
			last = ""
		case last != "" && name >= last:
			t.Errorf("thread %s stands below %s, which uses less", name, last)
		default:
			last = name
			threads++
		}
	}
	if threads < 10 {
		t.Errorf("%d threads are listed:\n%s", threads, r.text())
	}
}

// Threads that come and go around the cursor leave it where it is.
func TestCursorStaysWhileThreadsComeAndGo(t *testing.T) {
	r := newRobot(t, 300, 120, 30, nil)
	r.frames(1)
	r.press("2", "N", "G")
	for range 41 {
		r.press("k")
		r.text()
	}
	line := r.m.procs.list.cursor - r.m.procs.list.top
	key := r.m.procs.current().Key
	r.press("H")
	for range 3 {
		r.frames(1)
		r.text()
		if c := r.m.procs.current(); c == nil || c.Key != key {
			t.Fatalf("the cursor left %v for %v", key, c)
		}
		if l := r.m.procs.list.cursor - r.m.procs.list.top; l != line {
			t.Fatalf("the cursor moved from line %d to %d", line, l)
		}
	}
	r.press("j") // on its first thread
	tid := r.m.procs.thread(r.m.procs.list.current()).TID
	r.frames(2)
	if th := r.m.procs.thread(r.m.procs.list.current()); th == nil || th.TID != tid {
		t.Fatalf("the cursor left thread %d", tid)
	}
	r.press("H")
	if c := r.m.procs.current(); c == nil || c.Key != key {
		t.Errorf("without threads the cursor is on %v, want %v", c, key)
	}
}

func TestActionsOnAThreadAreForItsProcess(t *testing.T) {
	r := newRobot(t, 30, 120, 50, nil)
	r.frames(1)
	r.press("2", "N", "H")
	r.text()
	r.frames(1)
	if !r.m.procs.find(metrics.ProcKey{PID: 4, Start: 300}) {
		t.Fatal("pid 4 is not listed")
	}
	r.press("down", "down", "f9")
	r.wants("thread 4001 belongs to process 4", "pid 4")
	r.press("enter")
	if len(r.op.asked) != 1 || !strings.Contains(r.op.asked[0], " 4/300") {
		t.Errorf("asked for %v", r.op.asked)
	}
	r.press(" ")
	r.wants("thread 4001 belongs to process 4 postgres: the mark is on the process")
	if !r.m.procs.marks[metrics.ProcKey{PID: 4, Start: 300}] {
		t.Errorf("marked: %v", r.m.procs.marks)
	}
	r.press("U", "enter")
	r.wants("Process 4")
}

func TestThreadsFoldAway(t *testing.T) {
	r := newRobot(t, 30, 120, 50, nil)
	r.frames(1)
	r.press("2", "N", "H")
	r.text()
	r.frames(1)
	r.m.procs.find(metrics.ProcKey{PID: 4, Start: 300})
	before := strings.Count(r.text(), "worker-")
	r.press("down", "left") // from one of its threads
	if c := r.m.procs.current(); c.Key.PID != 4 || r.m.procs.thread(r.m.procs.list.current()) != nil {
		t.Errorf("the cursor is on %v", c.Key)
	}
	if n := strings.Count(r.text(), "worker-"); n >= before {
		t.Errorf("%d threads are listed, %d before", n, before)
	}
	r.wants("▸ /usr/lib/postgresql")
	r.press("right")
	r.lacks("▸ /usr/lib/postgresql")
}

// However many threads there are: few are read at a time, few are kept, and one
// process does not fill the list.
func TestThreadsAreBounded(t *testing.T) {
	r := newRobot(t, 400, 120, 50, nil)
	r.mc.threads = 3000
	read := 0
	inspect := r.m.opts.Inspect
	r.m.opts.Inspect = func(ctx context.Context, k metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
		read++
		return inspect(ctx, k, parts)
	}
	r.frames(1)
	r.press("2", "N", "H")
	r.text()
	for range 30 {
		read = 0
		r.frames(1)
		r.press("pgdown")
		if read > 1 {
			t.Fatalf("%d processes of 3000 threads were read for one frame", read)
		}
		r.text()
		kept := 0
		for _, g := range r.m.procs.threads.of {
			kept += len(g.list)
		}
		if kept > threadsKept {
			t.Fatalf("%d threads are kept", kept)
		}
	}
	r.press("g")
	r.text()
	r.frames(2)
	r.m.procs.list.moveTo(r.m.procs.list.cursor + threadRowsEach)
	r.wants(fmt.Sprintf("and %d more threads", 3000-threadRowsEach+1))
}

func TestThreadsAreReadBesideTheScreenOneReadingAtATime(t *testing.T) {
	r := newRobot(t, 30, 120, 50, nil)
	r.frames(1)
	r.press("2")
	r.text()
	_, first := r.m.Update(keyOf("H"))
	if first == nil || !r.m.procs.threads.reading {
		t.Fatal("no threads are being read")
	}
	r.m.Update(frameMsg{r.mc.frame()})
	if c := r.m.readThreads(); c != nil {
		t.Error("a second reading began before the first one ended")
	}
	r.press("f9") // the table is still while asking
	rows := len(r.m.procs.list.index)
	r.run(first)
	if n := len(r.m.procs.list.index); n != rows {
		t.Errorf("the list went from %d to %d rows below a dialog", rows, n)
	}
}
