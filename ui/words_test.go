package ui

import (
	"math"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

func TestWordsOfADossier(t *testing.T) {
	for v, want := range map[uint64]string{8 << 20: "8.0M", 0: "0", math.MaxUint64: "unlimited"} {
		if got := limit(v, "bytes"); got != want {
			t.Errorf("%d bytes are written %q, want %q", v, got, want)
		}
	}
	if got := limit(1024, "files"); got != "1024 files" {
		t.Errorf("1024 files are written %q", got)
	}
	r := newRobot(t, 20, 120, 60, nil)
	f := r.mc.frame()
	f.Snapshot.Processes[0].Threads, f.Snapshot.Processes[0].State = 1, 'S'
	r.send(frameMsg{f})
	r.press("2", "N", "enter")
	r.wants("sleeping (S), nice 0, 1 thread\n", "PSS                31M, private 28M")
	r.press("4", "down", "enter")
	r.wants("process 14 postgres")
}

func TestStatesHaveNames(t *testing.T) {
	for _, s := range []byte("RSDTtZXIP") {
		if name := stateName(s); strings.HasPrefix(name, "unknown") || !strings.HasSuffix(name, "("+string(rune(s))+")") {
			t.Errorf("state %c is %q", s, name)
		}
	}
}

// The line below the titles goes through, also below the one that sorts.
func TestTitlesAreUnderlinedThroughout(t *testing.T) {
	for i := range themes {
		if th := &themes[i]; !th.looks[stSorted].underlined || !th.looks[stHead].underlined || th.looks[stSorted].fg != th.looks[stAccent].fg {
			t.Errorf("%s: the titles look %+v and %+v", th.name, th.looks[stHead], th.looks[stSorted])
		}
	}
	if got := many(1, "process", "processes") + many(2, "process", "processes"); got != "1 process2 processes" {
		t.Error(got)
	}
}

// An empty view tells why it is empty, and not what else is missing.
func TestEmptyViewsTellTheirOwnGaps(t *testing.T) {
	r := newRobot(t, 20, 100, 30, nil)
	r.frames(1)
	r.changed(func(f *monitor.Frame) {
		f.Snapshot.Sockets, f.Snapshot.System.Cgroups = nil, nil
		f.Snapshot.Gaps = []metrics.Gap{{What: "temperatures", Why: "no sensor"},
			{What: "control groups", Why: "none are mounted", Needs: "cgroup2"}, {What: "tcp sockets", Why: "refused"}}
	})
	r.press("5")
	r.wants("no control groups are known", "control groups: none are mounted; needs cgroup2")
	r.lacks("no sensor", "refused")
	r.press("3")
	r.wants("no sockets are known", "tcp sockets: refused")
	r.lacks("no sensor", "none are mounted")
}
