package threats

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// crowd is a snapshot of n processes and m sockets with random relations.
func crowd(n, m int, seed uint64) *metrics.Snapshot {
	r := rand.New(rand.NewPCG(seed, 1))
	s := &metrics.Snapshot{}
	pid := int32(1)
	for i := range n {
		p := metrics.Process{Key: metrics.ProcKey{PID: pid, Start: uint64(i * 10)}, ID: &metrics.Identity{ExeDev: 1, ExeInode: uint64(r.IntN(5))}}
		if i > 0 {
			p.PPID = s.Processes[r.IntN(i)].Key.PID
		}
		if r.IntN(20) == 0 {
			p.Key.Start = uint64(r.IntN(10 * n)) // a reused pid
		}
		s.Processes = append(s.Processes, p)
		pid += 1 + int32(r.IntN(400))
	}
	for range m {
		sock := metrics.Socket{Owner: s.Processes[r.IntN(n)].Key}
		switch r.IntN(10) {
		case 0:
			sock.Owner = metrics.ProcKey{}
		case 1:
			sock.Owner.Start++
		}
		s.Sockets = append(s.Sockets, sock)
	}
	return s
}

func TestIndexAgreesWithPlainSearch(t *testing.T) {
	x := new(index)
	for seed := range uint64(5) {
		s := crowd(300, 500, seed)
		in := NewInput(time.Time{}, s, nil, nil, nil)
		in.index = x // reused, as the engine does
		x.reset(s)
		for i := range s.Processes {
			p := &s.Processes[i]
			if got := in.Find(p.Key.PID); got != int32(i) {
				t.Fatalf("Find(%d) = %d, want %d", p.Key.PID, got, i)
			}
			if got, want := in.Find(p.Key.PID+1), int32(s.Find(p.Key.PID+1)); got != want {
				t.Fatalf("Find(%d) = %d, want %d", p.Key.PID+1, got, want)
			}
			var children, sockets, same []int32
			for j := range s.Processes {
				q := &s.Processes[j]
				if q.PPID == p.Key.PID && q.Key.Start >= p.Key.Start {
					children = append(children, int32(j))
				}
				if q.ID.ExeInode == p.ID.ExeInode && p.ID.ExeInode != 0 {
					same = append(same, int32(j))
				}
			}
			for j := range s.Sockets {
				if s.Sockets[j].Owner == p.Key {
					sockets = append(sockets, int32(j))
				}
			}
			if !slices.Equal(in.Children(int32(i)), children) || !slices.Equal(in.Sockets(int32(i)), sockets) {
				t.Fatalf("process %d: children %v, want %v; sockets %v, want %v", i, in.Children(int32(i)), children, in.Sockets(int32(i)), sockets)
			}
			var got []int32
			in.Programs(p.ID.ExeDev, p.ID.ExeInode, func(i int32) bool { got = append(got, i); return true })
			if !slices.Equal(got, same) {
				t.Fatalf("programs of %d: %v, want %v", i, got, same)
			}
		}
	}
}

func TestAncestorsEnd(t *testing.T) {
	s := &metrics.Snapshot{Processes: []metrics.Process{
		{Key: metrics.ProcKey{PID: 1}, PPID: 2, ID: &metrics.Identity{}},
		{Key: metrics.ProcKey{PID: 2}, PPID: 1, ID: &metrics.Identity{}},
	}}
	n := 0
	NewInput(time.Time{}, s, nil, nil, nil).Ancestors(0, func(int32) bool { n++; return true })
	if n != maxAncestors {
		t.Errorf("%d ancestors in a circle", n)
	}
}

func BenchmarkIndex(b *testing.B) {
	s := crowd(10_000, 18_000, 1)
	x := new(index)
	b.ReportAllocs()
	for b.Loop() {
		x.snap = nil
		x.reset(s)
		x.family()
		x.owners()
	}
}
