package metrics

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

// listing is a socket source that tells which processes it was given.
type listing struct{ owners []int32 }

func (l *listing) Name() string { return "listing" }

func (l *listing) Append(_ context.Context, procs []Process, dst []Socket) ([]Socket, error) {
	l.owners = nil
	for i := range procs {
		l.owners = append(l.owners, procs[i].Key.PID)
	}
	return append(dst, Socket{Inode: 5}), nil
}

// early begins before it asks for the processes.
type early struct {
	listing
	begun chan struct{}
}

func (e *early) AppendEarly(ctx context.Context, procs func() []Process, dst []Socket) ([]Socket, error) {
	close(e.begun)
	return e.Append(ctx, procs(), dst)
}

func TestSocketsComeWithTheProcessesOfTheCycle(t *testing.T) {
	src := &scripted{calls: []func([]Process) ([]Process, error){gives(1, 2), gives(2, 3)}}
	socks := &listing{}
	c := newTestCollector(src, CollectorOptions{Sockets: socks})
	s := collect(t, c, nil)
	s = collect(t, c, s)
	if len(s.Sockets) != 1 || len(socks.owners) != 2 || socks.owners[1] != 3 {
		t.Errorf("%d sockets, with the processes %v", len(s.Sockets), socks.owners)
	}
}

func TestSocketsAreReadBesideTheProcesses(t *testing.T) {
	var looks, skew atomic.Int64 // at the clock, and what it is ahead by
	socks := &early{begun: make(chan struct{})}
	src := &scripted{calls: []func([]Process) ([]Process, error){func(dst []Process) ([]Process, error) {
		<-socks.begun // else it would never be
		// Of the cycle, of both sources, and of the sockets that now wait.
		for looks.Load() < 4 {
			time.Sleep(time.Millisecond)
		}
		skew.Store(int64(time.Hour))
		return gives(1, 2)(dst)
	}}}
	c := newTestCollector(src, CollectorOptions{Sockets: socks})
	c.opt.Now = func() time.Time { looks.Add(1); return time.Now().Add(time.Duration(skew.Load())) }
	s := collect(t, c, nil)
	if len(s.Sockets) != 1 || len(socks.owners) != 2 {
		t.Errorf("%d sockets, with the processes %v", len(s.Sockets), socks.owners)
	}
	if procs, own := s.Sources[0].Took, s.Sources[1].Took; procs < time.Hour || own >= time.Hour {
		t.Errorf("processes took %v, and sockets %v without the wait for them", procs, own)
	}
}

// Sockets that are late with late processes have those of the cycle before.
func TestSocketsWithLateProcesses(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	src := &scripted{calls: []func([]Process) ([]Process, error){
		gives(7),
		func(dst []Process) ([]Process, error) { <-release; return dst, nil },
	}}
	socks := &listing{}
	c := newTestCollector(src, CollectorOptions{Sockets: socks, Deadline: 100 * time.Millisecond})
	s := collect(t, c, nil)
	for end := time.Now().Add(20 * time.Second); ; {
		next := collect(t, c, s)
		if len(next.Processes) != 1 || !next.Sources[0].Late {
			t.Fatalf("%d processes, %+v", len(next.Processes), next.Sources[0])
		}
		if !next.Sources[1].Late {
			break // it was given what there was
		}
		if s = next; time.Now().After(end) {
			t.Fatal("the sockets never came")
		}
	}
	if len(socks.owners) != 1 || socks.owners[0] != 7 {
		t.Errorf("sockets with the processes %v", socks.owners)
	}
}
