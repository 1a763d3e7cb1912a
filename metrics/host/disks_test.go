package host

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// fakeMounts is a set of file systems of which some do not answer.
type fakeMounts struct {
	list    []mount
	dead    func(path string) bool
	release chan struct{}
	asking  atomic.Int32
	most    atomic.Int32
	asks    atomic.Int32
}

func (f *fakeMounts) statfs(path string) (usage, error) {
	f.asks.Add(1)
	n := f.asking.Add(1)
	defer f.asking.Add(-1)
	for m := f.most.Load(); n > m && !f.most.CompareAndSwap(m, n); m = f.most.Load() {
	}
	if f.dead(path) {
		<-f.release
	}
	if strings.HasPrefix(path, "/denied") {
		return usage{}, errors.New("permission denied")
	}
	return usage{total: 100, used: 40, free: 50}, nil
}

func (f *fakeMounts) reader(deadline time.Duration) *reader {
	r := newDisks(Options{statfs: f.statfs, StatfsDeadline: deadline})
	d := &disks{statfs: f.statfs, deadline: deadline, asked: make(map[mountKey]*asked),
		list:   func() ([]mount, error) { return f.list, nil },
		submit: func(task func()) bool { go task(); return true }}
	r.read = d.read
	return r
}

func TestDisksWithADeadMount(t *testing.T) {
	var dead atomic.Bool
	f := &fakeMounts{list: []mount{{path: "/", kind: "ext4", id: 1}, {path: "/mnt/nfs", kind: "nfs4", id: 2}, {path: "/denied", kind: "xfs", id: 3}},
		release: make(chan struct{}), dead: func(p string) bool { return p == "/mnt/nfs" && dead.Load() }}
	r := f.reader(50 * time.Millisecond)
	var s metrics.System
	gaps := readOne(t, r, &s)
	if len(s.Disks) != 2 || s.Disks[1].Mount != "/mnt/nfs" || s.Disks[1].Stuck || s.Disks[1].Total != 100 {
		t.Fatalf("at first: %+v", s.Disks)
	}
	if len(gaps) != 1 || !strings.Contains(gaps[0].What, "/denied") {
		t.Errorf("gaps %+v", gaps)
	}
	answered := s.Disks[1].At

	dead.Store(true)
	before := runtime.NumGoroutine()
	for range 5 {
		gaps = readOne(t, r, &s)
		d := s.Disks[1]
		if !d.Stuck || d.Total != 100 || d.Used != 40 || !d.At.Equal(answered) {
			t.Fatalf("while it does not answer: %+v", d)
		}
		if s.Disks[0].Stuck || s.Disks[0].At.Before(answered) {
			t.Fatalf("the other one: %+v", s.Disks[0])
		}
		if !strings.Contains(fmt.Sprint(gaps), "does not answer") {
			t.Errorf("gaps %+v", gaps)
		}
	}
	if now := runtime.NumGoroutine(); now > before+1 {
		t.Errorf("%d goroutines more for one dead mount", now-before)
	}
	if n := f.asking.Load(); n != 1 {
		t.Errorf("%d questions under way", n)
	}

	dead.Store(false)
	close(f.release)
	deadline := time.Now().Add(10 * time.Second)
	for readOne(t, r, &s); s.Disks[1].Stuck; readOne(t, r, &s) {
		if time.Now().After(deadline) {
			t.Fatal("still stuck after it has answered")
		}
	}
	if !s.Disks[1].At.After(answered) {
		t.Error("the answer is not new")
	}
}

func TestDisksAllDead(t *testing.T) {
	f := &fakeMounts{release: make(chan struct{}), dead: func(string) bool { return true }}
	for i := range 3 * maxAsking {
		f.list = append(f.list, mount{path: fmt.Sprint("/mnt/", i), kind: "nfs", id: uint64(i)})
	}
	r := f.reader(10 * time.Millisecond)
	var s metrics.System
	for range 3 {
		readOne(t, r, &s)
	}
	if n := f.asking.Load(); n > maxAsking {
		t.Errorf("%d questions under way, limit %d", n, maxAsking)
	}
	// The rest was never asked, and is in the gaps.
	stuck := 0
	for _, d := range s.Disks {
		if d.Stuck {
			stuck++
		}
	}
	if stuck != maxAsking {
		t.Errorf("%d of %d are stuck, want %d", stuck, len(s.Disks), maxAsking)
	}
	f.list = nil
	readOne(t, r, &s)
	if len(s.Disks) != 0 {
		t.Errorf("unmounted ones are shown: %+v", s.Disks)
	}
	close(f.release)
	for deadline := time.Now().Add(10 * time.Second); f.asking.Load() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("tasks remain")
		}
	}
}

func TestDisksMany(t *testing.T) {
	f := &fakeMounts{dead: func(string) bool { return false }}
	for i := range 500 {
		f.list = append(f.list, mount{path: fmt.Sprint("/mnt/", i), kind: "ext4", id: uint64(i)})
	}
	var s metrics.System
	readOne(t, f.reader(10*time.Second), &s)
	answered := 0
	for _, d := range s.Disks {
		if d.Total == 100 {
			answered++
		}
	}
	if answered != 500 || f.asks.Load() != 500 {
		t.Errorf("%d of 500 answered, %d were asked", answered, f.asks.Load())
	}
	if f.most.Load() > maxAsking {
		t.Errorf("%d at one time, limit %d", f.most.Load(), maxAsking)
	}
}

// full is a pool without a free worker.
type full struct{}

func (full) Submit(func()) bool { return false }

func TestDisksWithoutAWorker(t *testing.T) {
	r := newDisks(Options{Root: "/", Pool: full{}, StatfsDeadline: time.Second, statfs: func(string) (usage, error) {
		t.Error("was asked")
		return usage{}, nil
	}})
	var s metrics.System
	gaps := readOne(t, r, &s)
	if len(s.Disks) != 0 || len(gaps) == 0 {
		t.Errorf("disks %+v, gaps %+v", s.Disks, gaps)
	}
}
