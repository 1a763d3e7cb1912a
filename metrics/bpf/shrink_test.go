//go:build linux && (amd64 || arm64)

package bpf

import "testing"

// What is known of processes outlives the crowd that made the lists long, and what
// is gone is let go.
func TestShrinkKeepsWhatIsKnown(t *testing.T) {
	var crowd, few []byte
	for pid := uint32(1); pid <= 5000; pid++ {
		r := bytesOf(&taskProcess{Pid: pid, Threads: 1})
		crowd = append(crowd, r...)
		if pid <= 10 {
			few = append(few, r...)
		}
	}
	s := &Source{hid: newHiddenSearch(&Options{}), cmds: newCmdlines(nil, &bulk{same: map[string]string{"a": "a"}})}
	s.ids.opts = &s.opts
	tab := &s.table
	read := func(b []byte) {
		tab.begin(nil)
		procs, _ := tab.decode(aligned(b), nil)
		tab.finish(procs)
		for i := range tab.fresh {
			c := &tab.fresh[i]
			s.ids.make(tab.now[c.now], c, tab.cycle)
		}
	}
	read(crowd)
	read(few)
	first := tab.now[0]
	s.Shrink()
	for _, room := range []int{cap(tab.now), cap(tab.last), cap(tab.byPID), cap(tab.lastByPID), cap(tab.fresh), cap(tab.runtimes)} {
		if room > 1000 {
			t.Errorf("room for %d of 10 processes", room)
		}
	}
	for _, list := range [][]*known{tab.now[len(tab.now):cap(tab.now)], tab.last[:cap(tab.last)]} {
		for _, k := range list {
			if k != nil {
				t.Fatalf("pid %d is still held", k.proc.Key.PID)
			}
		}
	}
	if s.cmds.bulk.same != nil {
		t.Error("command lines are still held")
	}
	read(few)
	if len(tab.now) != 10 || tab.now[0] != first || len(tab.fresh) != 0 {
		t.Errorf("%d processes, %d of them taken for new", len(tab.now), len(tab.fresh))
	}
}
