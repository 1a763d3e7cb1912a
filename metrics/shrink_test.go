package metrics

import (
	"testing"
	"time"
)

func TestFitKeepsTheItems(t *testing.T) {
	long := append(make([]int, 0, 10_000), 1, 2, 3)
	if got := Fit(long); cap(got) >= 10_000 || len(got) != 3 || got[2] != 3 {
		t.Errorf("%v with room for %d", got, cap(got))
	}
	if short := long[:3:100]; cap(Fit(short)) != 100 {
		t.Error("a list with little room was copied")
	}
	held := []*int{new(int), new(int)}
	if got := Spare(held[:1], 2); len(got) != 0 || cap(got) != 2 || held[0] != nil || held[1] != nil {
		t.Errorf("%v of room for %d, still held: %v", got, cap(got), held)
	}
	if got := Spare(make([]*int, 10_000), 10); cap(got) > 1000 {
		t.Errorf("room for %d", cap(got))
	}
}

// What is known of sockets and their owners outlives the crowd that made the lists
// long.
func TestNetAccountShrinks(t *testing.T) {
	procs, socks := netCrowd(5000, 20_000)
	for i := range socks {
		socks[i].Owner = procs[i%len(procs)].Key
	}
	var acct NetAccount
	acct.Apply(procs, socks)
	procs, socks = procs[4000:4100], socks[19_000:19_100]
	for range netGrace + 2 {
		for i := range socks {
			socks[i].RxBytes += 10
		}
		acct.Apply(procs, socks)
	}
	acct.shrink()
	if cap(acct.slots) > 1000 || cap(acct.totals) > 1000 || cap(acct.order) > 1000 || cap(acct.next) > 1000 || len(acct.byCookie.slots) > 1000 {
		t.Errorf("room for %d sockets, %d in the index, %d sums", cap(acct.slots), len(acct.byCookie.slots), cap(acct.totals))
	}
	before := procs[0].NetRxBytes
	socks[0].RxBytes += 7
	acct.Apply(procs, socks)
	if got := procs[0].NetRxBytes; got != before+7 || before == 0 {
		t.Errorf("%d bytes after %d and 7 more", got, before)
	}
}

type shrinking struct {
	scripted
	shrunk int
}

func (s *shrinking) Shrink() { s.shrunk++ }

func TestCollectorShrinksSourcesThatAreIdle(t *testing.T) {
	hold := make(chan struct{})
	late := func(dst []Process) ([]Process, error) { <-hold; return dst, nil }
	src := &shrinking{scripted: scripted{calls: []func([]Process) ([]Process, error){gives(1, 2), late}}}
	c := newTestCollector(src, CollectorOptions{})
	defer close(hold)
	s := collect(t, c, nil)
	c.Recycle(s)
	c.Shrink()
	if src.shrunk != 1 || len(c.free) != 0 {
		t.Errorf("shrunk %d times, %d snapshots to spare", src.shrunk, len(c.free))
	}
	c.opt.Deadline = time.Nanosecond
	collect(t, c, s)
	if c.Shrink(); src.shrunk != 1 {
		t.Error("a source that is at work was asked to shrink")
	}
}
