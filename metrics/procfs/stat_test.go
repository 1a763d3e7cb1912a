//go:build linux

package procfs

import (
	"bytes"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

const statTail = " S 1 42 42 34816 -1 4194560 11 0 12 0 13 14 0 0 39 19 5 0 777 1048576 256 18446744073709551615 " +
	"94000 95000 140000 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 200 201 202 203 204 205 206 0\n"

func TestParseStat(t *testing.T) {
	var st Stat
	if !parseStat([]byte("42 (sleep)"+statTail), &st) {
		t.Fatal("refused")
	}
	want := Stat{PID: 42, State: 'S', PPID: 1, TTY: 34816, Flags: 4194560, MinorFaults: 11, MajorFaults: 12,
		UserTicks: 13, SystemTicks: 14, Nice: 19, Threads: 5, Start: 777, VirtualBytes: 1048576, RSSPages: 256,
		image: image{code: 94000, stack: 140000, data: 200, brk: 202, argStart: 203, argEnd: 204, envStart: 205, envEnd: 206}}
	if string(st.Comm) != "sleep" {
		t.Errorf("comm %q", st.Comm)
	}
	st.Comm = nil
	if !equalStat(st, want) {
		t.Errorf("got %+v\nwant %+v", st, want)
	}
	if st.Key() != (metrics.ProcKey{PID: 42, Start: 777}) {
		t.Errorf("key %v", st.Key())
	}
}

func equalStat(a, b Stat) bool {
	a.Comm, b.Comm = nil, nil
	return a.PID == b.PID && a.State == b.State && a.PPID == b.PPID && a.TTY == b.TTY && a.Flags == b.Flags &&
		a.MinorFaults == b.MinorFaults && a.MajorFaults == b.MajorFaults && a.UserTicks == b.UserTicks &&
		a.SystemTicks == b.SystemTicks && a.Nice == b.Nice && a.Threads == b.Threads && a.Start == b.Start &&
		a.VirtualBytes == b.VirtualBytes && a.RSSPages == b.RSSPages && a.image == b.image
}

func TestParseStatNames(t *testing.T) {
	for _, tt := range []struct{ text, comm string }{
		{"a b", "a b"},
		{"a) R 1 (x", "a) R 1 (x"},
		{")", ")"},
		{"", ""},
		{"line\nbreak", "line\nbreak"},
		{"\xff\xfe", "\xff\xfe"},
		{"\x1b[2J", "\x1b[2J"},
	} {
		var st Stat
		if !parseStat([]byte("42 ("+tt.text+")"+statTail), &st) || string(st.Comm) != tt.comm || st.Start != 777 {
			t.Errorf("%q: comm %q, want %q", tt.text, st.Comm, tt.comm)
		}
	}
}

func TestParseStatNegative(t *testing.T) {
	text := "42 (x)" + strings.Replace(statTail, " 39 19 5 ", " -51 -20 5 ", 1)
	var st Stat
	if !parseStat([]byte(text), &st) || st.Nice != -20 {
		t.Errorf("nice %d", st.Nice)
	}
}

func TestKthreadComm(t *testing.T) {
	const worker = metrics.FlagKthread | flagWorker
	for _, tt := range []struct {
		comm  string
		flags uint32
		want  string
	}{
		{"kworker/0:1-events", worker, "kworker/0:1"},
		{"kworker/u4:2+flush-8:0", worker, "kworker/u4:2"},
		{"kworker/R-mld", worker, "kworker/R-mld"},
		{"kworker/R-kvfree_rcu_reclaim", worker, "kworker/R-kvfre"},
		{"rcu_tasks_rude_kthread", metrics.FlagKthread, "rcu_tasks_rude_"},
		{"irq/9-acpi", metrics.FlagKthread, "irq/9-acpi"},
		{"kworker/0:1-events", 0, "kworker/0:1-events"}, // a program that calls itself so
	} {
		if got := kthreadComm([]byte(tt.comm), tt.flags); string(got) != tt.want {
			t.Errorf("%q: %q, want %q", tt.comm, got, tt.want)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("42 (sleep)" + statTail))
	f.Add([]byte(`1 (a\nb) c) Z 0`))
	f.Add([]byte("7 () S -1 -1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.Clone(b)
		var st Stat
		if !parseStat(in, &st) {
			return
		}
		if len(st.Comm) > len(b) || bytes.Count(b, []byte(" ")) < 20 {
			t.Errorf("accepted %q with comm %q", b, st.Comm)
		}
	})
}
