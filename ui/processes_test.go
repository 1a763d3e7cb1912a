package ui

import (
	"slices"
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
	r.press("left")
	row := r.m.procs.list.current()
	p, rate := r.m.procs.shown(row, r.m.procs.process(row))
	var want metrics.Process
	var wantRate metrics.ProcessRate
	for i := range r.m.frame.Snapshot.Processes {
		if o := &r.m.frame.Snapshot.Processes[i]; o.Key.PID == 4 || o.PPID == 4 { // none of its children has children
			want.Threads, want.RSSBytes, want.VirtualBytes = want.Threads+o.Threads, want.RSSBytes+o.RSSBytes, want.VirtualBytes+o.VirtualBytes
			want.UserNS, want.SystemNS = want.UserNS+o.UserNS, want.SystemNS+o.SystemNS
			or := &r.m.frame.Rates.Processes[i]
			wantRate.CPU, wantRate.ReadBps, wantRate.RxBps, wantRate.TxBps = wantRate.CPU+or.CPU, wantRate.ReadBps+or.ReadBps, wantRate.RxBps+or.RxBps, wantRate.TxBps+or.TxBps
		}
	}
	got := metrics.Process{Threads: p.Threads, RSSBytes: p.RSSBytes, VirtualBytes: p.VirtualBytes, UserNS: p.UserNS, SystemNS: p.SystemNS}
	if p.Key.PID != 4 || got != want || *rate != wantRate {
		t.Errorf("pid %d: the folded subtree has\n%+v %+v, want\n%+v %+v", p.Key.PID, got, *rate, want, wantRate)
	}
	r.lacks("     17 ") // a child of 4
	r.press("right")
	r.wants("     17 ")
}

// Siblings are in the order of what they show: of their subtree when it is folded.
func TestTreeSortsByWhatIsShown(t *testing.T) {
	r := newRobot(t, 30, 120, 60, nil)
	f := r.mc.frame()
	parents := []int32{0, 1, 1, 3} // 3 uses less than 2, but not with its child
	f.Snapshot.Processes, f.Rates.Processes = f.Snapshot.Processes[:4], f.Rates.Processes[:4]
	for i, p := range parents {
		f.Snapshot.Processes[i].PPID = p
		f.Rates.Processes[i].CPU = [...]float32{0, 10, 5, 30}[i]
	}
	r.send(frameMsg{f})
	order := func() (pids []int32) {
		for at := range r.m.procs.list.index {
			pids = append(pids, r.m.procs.process(r.m.procs.list.row(at)).Key.PID)
		}
		return pids
	}
	r.press("2", "t")
	if got := order(); !slices.Equal(got, []int32{1, 2, 3, 4}) {
		t.Fatalf("unfolded: %v", got)
	}
	r.m.procs.find(f.Snapshot.Processes[2].Key)
	r.press("left")
	if got := order(); !slices.Equal(got, []int32{1, 3, 2}) {
		t.Errorf("folded: %v", got)
	}
}

func TestTreeShowsWhatHasJustEnded(t *testing.T) {
	r := newRobot(t, 22, 120, 40, nil)
	r.frames(1)
	r.press("2", "t", "N")
	r.mc.processes = 20
	r.frames(1)
	if row := r.row(" 22 "); !strings.HasPrefix(row, "-") || !strings.Contains(row, "─") {
		t.Errorf("the ended row is %q", row)
	}
	r.frames(8)
	if row := r.row(" 22 "); row != "" {
		t.Errorf("the ended row stays: %q", row)
	}
}

// A process without sockets moves nothing, which is known as long as traffic is
// accounted for and its sockets would be seen.
func TestTrafficOfProcessesWithoutSockets(t *testing.T) {
	for _, tc := range []struct {
		name   string
		have   metrics.Fields
		cookie uint64
		want   string
	}{
		{"without sockets", metrics.HasIO, 7, "0"},
		{"of another user", 0, 7, "?"},
		{"no accounting", metrics.HasIO, 0, "?"},
		{"with sockets", metrics.HasNet, 7, "0"},
	} {
		r := newRobot(t, 20, 200, 40, nil)
		f := r.mc.frame()
		f.Snapshot.Processes[0].Have = tc.have
		f.Snapshot.Sockets[3].Cookie = tc.cookie
		r.send(frameMsg{f})
		if got, _ := r.m.procs.cell(nil, 0, colRx); string(got) != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
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
