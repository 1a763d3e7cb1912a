//go:build linux

package netlink

import (
	"context"
	"sync"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// visits reads the descriptors of several processes side by side. What it finds is
// recorded afterwards, by the search's own goroutine.
type visits struct {
	dir   int             // the proc directory
	batch metrics.Batcher // nil: one after the other

	round    []visit
	deadline time.Time
	list     []candidate
	readFn   func(ctx context.Context, lo, hi int) error

	mu       sync.Mutex
	visitors []*visitor
	spare    []*visitor
}

// visit is the reading of one process's descriptors, and what it cost.
type visit struct {
	at       int32 // of the process in the list of candidates
	pid      int32
	fds      int
	next     int64 // where to go on; 0 at the end
	took     time.Duration
	err      error
	complete bool
}

// visitor is one goroutine's place.
type visitor struct {
	fds   fdReader
	at    int32
	found []finding
	note  func(fd int32, inode uint64)
}

// finding is a socket among the descriptors of a candidate.
type finding struct {
	at, fd int32
	inode  uint64
}

const (
	// visitLimit bounds the descriptors read in one visit, so that a process with
	// very many does not keep others from their turn: about 3 ms.
	visitLimit = 1024
	// visitRound is how many processes are visited between two looks at the clock
	// where several are read at once: some milliseconds. Workers need a part of one to
	// begin.
	visitRound = 512
	// resumeRound is the same for processes with so many descriptors that a visit
	// does not reach their end.
	resumeRound = 8
)

// run makes the visits of the round.
func (v *visits) run(ctx context.Context, list []candidate, deadline time.Time) {
	v.list, v.deadline = list, deadline
	defer func() { v.list = nil }()
	if v.readFn == nil {
		v.readFn = v.read
	}
	if len(v.round) == 1 || v.batch == nil {
		_ = v.read(ctx, 0, len(v.round))
		return
	}
	// A visit that was not made, since the context ended, found nothing and is not
	// complete.
	_ = v.batch.Each(ctx, len(v.round), v.readFn)
}

func (v *visits) read(_ context.Context, lo, hi int) error {
	w := v.take()
	defer v.give(w)
	for i := lo; i < hi; i++ {
		r := &v.round[i]
		w.at = r.at
		begin := time.Now()
		r.fds, r.next, r.err = w.fds.read(r.pid, v.list[r.at].offset, visitLimit, v.deadline, w.note)
		r.took, r.complete = time.Since(begin), r.next == 0
	}
	return nil
}

func (v *visits) take() *visitor {
	v.mu.Lock()
	defer v.mu.Unlock()
	if n := len(v.spare); n > 0 {
		w := v.spare[n-1]
		v.spare = v.spare[:n-1]
		return w
	}
	w := &visitor{fds: fdReader{dir: v.dir}}
	w.note = func(fd int32, inode uint64) { w.found = append(w.found, finding{w.at, fd, inode}) }
	v.visitors = append(v.visitors, w)
	return w
}

func (v *visits) give(w *visitor) {
	v.mu.Lock()
	v.spare = append(v.spare, w)
	v.mu.Unlock()
}

// visit makes the visits of the round and records what they found.
func (s *search) visit(ctx context.Context) {
	s.visits.run(ctx, s.list, s.deadline)
	for _, w := range s.visits.visitors {
		for _, f := range w.found {
			c := &s.list[f.at]
			if known, _ := s.owners.record(f.inode, hold{key: c.key, fd: f.fd, scan: c.scan}); known {
				c.seen++
			}
		}
		w.found = w.found[:0]
	}
	for i := range s.visits.round {
		s.end(&s.visits.round[i])
	}
	s.visits.round = s.visits.round[:0]
}

// begin puts a process into the round, unless it is not to be read.
func (s *search) begin(at int) {
	c := &s.list[at]
	c.visited = s.cycle
	if s.skipping && c.uid != s.self {
		c.dirty = false
		return
	}
	if c.offset == 0 {
		s.scans++
		c.scan, c.seen = s.scans, 0
	}
	s.visits.round = append(s.visits.round, visit{at: int32(at), pid: c.key.PID, next: c.offset})
}

// end takes note of how far the reading of a process has come.
func (s *search) end(v *visit) {
	c := &s.list[v.at]
	if v.err == unix.EACCES || v.err == unix.EPERM {
		s.denied = v.pid
		s.skipping = s.skipping || c.uid != s.self
	}
	c.offset = v.next
	if v.complete {
		c.dirty = false
		c.scanCPU = c.cpu
		if c.seen < c.held {
			key, scan := c.key, c.scan
			s.owners.release(s.rotation, func(h hold) bool { return h.key == key && h.scan != scan })
		}
		c.held = c.seen
	}
	if v.took > s.costliest.took {
		s.costliest = *v
	}
}
