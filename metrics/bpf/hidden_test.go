//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

// searcher drives a hiddenSearch with listings and a clock of its own.
type searcher struct {
	h    *hiddenSearch
	now  time.Time
	pids []int32
	err  error
}

func newSearch() *searcher {
	s := &searcher{now: time.Unix(1_000_000, 0)}
	o := Options{ListPids: func([]int32) ([]int32, error) { return slices.Clone(s.pids), s.err }}.withDefaults()
	s.h = newHiddenSearch(&o)
	s.h.look(s.now, nil) // the first reading, beside which nothing is listed
	return s
}

// round begins a listing, waits for it, and has it looked at.
func (s *searcher) round(procs []metrics.Process) []metrics.Hidden {
	s.now = s.now.Add(20 * time.Second)
	s.h.look(s.now, procs)
	for s.h.running && len(s.h.listings) == 0 {
		time.Sleep(time.Millisecond)
	}
	s.now = s.now.Add(10 * time.Millisecond)
	s.h.next = s.now.Add(time.Hour)
	s.h.look(s.now, procs)
	return s.h.confirmed
}

func processes(pids ...int32) (procs []metrics.Process) {
	for _, pid := range pids {
		procs = append(procs, metrics.Process{Key: metrics.ProcKey{PID: pid, Start: uint64(pid)}, ID: &metrics.Identity{Comm: "name"}})
	}
	return procs
}

func TestHiddenIsConfirmed(t *testing.T) {
	s := newSearch()
	s.pids = []int32{1, 3}
	procs := processes(1, 2, 3)
	if got := s.round(procs); len(got) != 0 {
		t.Fatalf("after one listing: %v", got)
	}
	got := s.round(procs)
	if len(got) != 1 || got[0].Key.PID != 2 || got[0].Comm != "name" || got[0].First.IsZero() {
		t.Fatalf("after two listings: %v", got)
	}
	first := got[0].First
	if got := s.round(procs); len(got) != 1 || !got[0].First.Equal(first) {
		t.Errorf("after three listings: %v", got)
	}
	s.h.look(s.now, processes(1, 3))
	if len(s.h.confirmed) != 0 {
		t.Error("it is hidden though it has ended")
	}
}

func TestNotHidden(t *testing.T) {
	for name, step := range map[string]func(*searcher){
		"listed later": func(s *searcher) {
			s.round(processes(1, 2))
			s.pids = []int32{1, 2}
			s.round(processes(1, 2))
		},
		"another process with the pid": func(s *searcher) {
			s.round(processes(1, 2))
			procs := processes(1, 2)
			procs[1].Key.Start++
			s.round(procs)
		},
		"gone": func(s *searcher) {
			s.round(processes(1, 2))
			s.round(processes(1))
		},
		"no listing": func(s *searcher) {
			s.err = errors.New("denied")
			s.round(processes(1, 2))
			s.round(processes(1, 2))
		},
		"nearly all": func(s *searcher) {
			var pids []int32
			for pid := range int32(100) {
				pids = append(pids, pid+1)
			}
			s.round(processes(pids...))
			s.round(processes(pids...))
			if s.h.gap == "" {
				s.h.confirmed = make([]metrics.Hidden, 1)
			}
		},
	} {
		s := newSearch()
		s.pids = []int32{1}
		if step(s); len(s.h.confirmed) != 0 {
			t.Errorf("%s: %v", name, s.h.confirmed)
		}
	}
}

func TestHiddenProcessIsReported(t *testing.T) {
	pid := proctest.Crowd(t, 1)[0]
	opts := procReaders()
	listPids := opts.ListPids
	opts.ListPids = func(dst []int32) ([]int32, error) {
		dst, err := listPids(dst)
		return slices.DeleteFunc(dst, func(p int32) bool { return p == pid }), err
	}
	opts.HiddenEvery = 10 * time.Millisecond
	s := openSource(t, opts)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		list(t, s)
		if hidden := s.Hidden(); len(hidden) > 0 {
			if len(hidden) != 1 || hidden[0].Key.PID != pid || hidden[0].Comm != "sleep" {
				t.Errorf("%+v", hidden)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not found")
		}
	}
}

// A process that only the listing has is read from /proc.
func TestUnseenProcessIsAdded(t *testing.T) {
	const pid = 4_190_000 // there is none
	opts := procReaders()
	listPids := opts.ListPids
	opts.ListPids = func(dst []int32) ([]int32, error) {
		dst, err := listPids(dst)
		return append(dst, pid), err
	}
	var asked atomic.Int32
	opts.ReadProcess = func(_ context.Context, p int32) (metrics.Process, error) {
		if p != pid {
			return metrics.Process{}, os.ErrNotExist
		}
		asked.Add(1)
		return metrics.Process{Key: metrics.ProcKey{PID: pid}, ID: &metrics.Identity{Comm: "unseen"}}, nil
	}
	opts.HiddenEvery = 10 * time.Millisecond
	s := openSource(t, opts)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		procs := list(t, s)
		if !slices.IsSortedFunc(procs, func(a, b metrics.Process) int { return int(a.Key.PID - b.Key.PID) }) {
			t.Fatal("not sorted")
		}
		if (&metrics.Snapshot{Processes: procs}).Find(pid) >= 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not there")
		}
	}
	find := func() *metrics.Identity {
		snap := metrics.Snapshot{Processes: list(t, s)}
		i := snap.Find(pid)
		if i < 0 {
			t.Fatal("it is not there any more")
		}
		return snap.Processes[i].ID
	}
	if a, b := find(), find(); a != b {
		t.Error("an identity that is the same comes as another")
	}
	s.opts.ReadProcess = nil
	if !slices.ContainsFunc(s.Gaps(), func(g metrics.Gap) bool { return strings.Contains(g.What, "processes, such as pid") }) {
		t.Errorf("no gap tells of the process: %v", s.Gaps())
	}
}
