//go:build linux && (amd64 || arm64)

package bpf

import (
	"slices"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// foreign is a sum of parts, in pages, that no process here has.
const foreign = 1 << 20

// keeps counts the passes, of one round of turns, that leave the parts of the
// processors as they were.
func keeps(t *testing.T, s *Source, pid int32) (n int) {
	t.Helper()
	for range 8 {
		i, ok := s.table.find(pid)
		if !ok {
			t.Fatal("the child is not known")
		}
		s.table.now[i].rssParts = foreign
		list(t, s)
		if i, ok = s.table.find(pid); ok && s.table.now[i].rssParts == foreign {
			n++
		}
	}
	return n
}

func TestWatchedMemoryIsExactInEveryPass(t *testing.T) {
	opts := procReaders()
	bothWays(t, opts, func(t *testing.T, s *Source) {
		c := startChild(t, "idle", nil)
		for range 3 { // new ones are read as a whole
			list(t, s)
		}
		if keeps(t, s, c.pid) == 0 {
			t.Skip("needs counters that the processors share, Linux 6.2")
		}
		s.Watch([]int32{c.pid})
		if n := keeps(t, s, c.pid); n != 0 {
			t.Errorf("%d of 8 passes left out the parts of a watched process", n)
		}
		s.Watch(nil)
		if keeps(t, s, c.pid) == 0 {
			t.Error("a process that is not watched any more is read like one that is")
		}
	})
}

func TestWatchKeepsNoReferenceAndABound(t *testing.T) {
	var s Source
	pids := make([]int32, maxWatched+10)
	for i := range pids {
		pids[i] = int32(i) + watchedBitsTest
	}
	s.watch.bits = new(walkWatchSet)
	s.Watch(pids)
	clear(pids)
	s.watch.tell()
	want := new(walkWatchSet)
	for i := range maxWatched / 64 {
		want.Bits[i] = ^uint64(0)
	}
	if s.watch.bits.Bits != want.Bits {
		t.Errorf("%x", s.watch.bits.Bits)
	}
}

// watchedBitsTest is WATCHED_BITS of rss.h: pids that differ by it share a bit.
const watchedBitsTest = 4096

func TestTooManyProcessorsAreAGap(t *testing.T) {
	s := &Source{cmds: newCmdlines(nil, nil)}
	s.hid = newHiddenSearch(&s.opts)
	tell := func() bool {
		return slices.ContainsFunc(s.Gaps(), func(g metrics.Gap) bool { return strings.HasPrefix(g.What, "resident memory") })
	}
	s.table.now = []*known{{}}
	if !tell() {
		t.Errorf("no parts were ever added up, and the gaps are %v", s.Gaps())
	}
	if s.table.have = uint8(taskHaveHAVE_RSS_PARTS); tell() {
		t.Errorf("%v", s.Gaps())
	}
}
