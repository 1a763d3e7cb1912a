package ui

import (
	"math"
	"strings"
	"testing"
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
