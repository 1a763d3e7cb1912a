//go:build linux

package procfs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

const defaultTTL = 5 * time.Minute

var pageSize = uint64(os.Getpagesize())

// Options of a Source. The zero value reads /proc on the caller's goroutine and a
// few of its own.
type Options struct {
	Root  string          // where the proc file system is mounted; "" is /proc
	Batch metrics.Batcher // spreads the scan over workers; nil scans on the caller's goroutine
	Pool  metrics.Pool    // runs what may block; nil uses a few goroutines
	Users *metrics.Users  // gives names to users; nil reads /etc/passwd

	Workers     int           // that read details at once; 0 is GOMAXPROCS
	Descriptors int           // of stat files kept open at most; 0 is half the soft limit, at most 16,384; negative is none
	Budget      time.Duration // for reading new programs in a cycle; 0 is 60 ms, and 400 ms in the first
	TTL         time.Duration // the texts of a program that does not change them are at most this old; 0 is 5 minutes
	Patience    time.Duration // after which a reading counts as held up by the kernel; 0 is 50 ms
}

// Source lists the processes from /proc. Each cycle it reads stat of every process
// and nothing else of most. What a program keeps until its next exec is read when
// it is new; counters that stat lacks are read for those that used the CPU, for
// those that are watched, and for the rest in turns, so that none is older than
// about ten seconds.
//
// What was measured at 10,000 processes with two threads on Linux 6.18: open, read
// and close of each stat take 88 ms; reading those kept open takes 47 ms, and the
// kernel keeps 4.5 kB for each. So the descriptors are kept, within a budget, of
// processes that live for more than one cycle.
type Source struct {
	fs      *FS
	batch   metrics.Batcher
	users   *metrics.Users
	crew    *crew
	cgroups int
	born    time.Time
	budget  time.Duration
	ttl     time.Duration

	entries []*entry // of the last cycle, by pid
	spare   []*entry
	next    []*entry
	pids    []int32
	scanFn  func(ctx context.Context, lo, hi int) error

	room    atomic.Int32 // descriptors that may still be kept
	limit   int
	reread  atomic.Uint64 // stat files read that were kept open
	opened  atomic.Uint64 // those that had to be opened
	closed  atomic.Int32  // processes whose stat was denied in this scan
	watched atomic.Pointer[[]int32]

	security metrics.SecurityTable
	held     []*job // that did not come back yet
	cycle    uint32
	cursor   int32 // pid that the turn begins after
	last     time.Time
	hidepid  string
	stats    stats
}

// stats is what the source tells of its last cycle.
type stats struct {
	list, scan, identities, turns time.Duration
	behind                        int // programs that there was no time to read
	deniedExe, deniedIO           int
	exampleExe, exampleIO         int32
	threaded                      int // processes with several threads
	hits, misses                  uint64
}

// New opens the source. It fails when Root is no proc file system that can be
// listed.
func New(o Options) (*Source, error) {
	f, err := NewFS(o.Root)
	if err != nil {
		return nil, err
	}
	if _, err := f.ListPids(nil); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s := &Source{fs: f, batch: o.Batch, users: o.Users, born: time.Now(), budget: o.Budget, ttl: o.TTL}
	s.scanFn = s.scan
	if s.users == nil {
		s.users = metrics.NewUsers("/", metrics.DefaultMemory)
	}
	s.limit = o.Descriptors
	if s.limit == 0 {
		s.limit = descriptorBudget()
	}
	s.room.Store(int32(max(s.limit, 0)))
	s.cgroups = s.mounts()
	if s.ttl <= 0 {
		s.ttl = defaultTTL
	}
	if o.Pool == nil {
		o.Pool = new(goroutines)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Patience <= 0 {
		o.Patience = 50 * time.Millisecond
	}
	s.crew = newCrew(f, s.cgroups, o.Pool, o.Workers, o.Patience, s.born)
	return s, nil
}

// descriptorBudget leaves half of what the process may open to others.
func descriptorBudget() int {
	const most = 16384
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) != nil {
		return 0
	}
	return int(min(r.Cur/2, most))
}

// mounts looks for the unified cgroup hierarchy, which it opens, and for the
// hidepid option of the proc file system.
func (s *Source) mounts() (cgroups int) {
	cgroups = -1
	mounts, err := s.fs.ReadMounts(context.Background(), int32(os.Getpid()), 10_000)
	if err != nil {
		return cgroups // a tree that does not hold us has no cgroups of ours either
	}
	for _, m := range mounts {
		switch {
		case m.Type == "cgroup2" && m.Root == "/" && cgroups < 0:
			fd, err := unix.Open(m.Point, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
			if err == nil {
				cgroups = fd
			}
		case m.Type == "proc" && m.Point == s.fs.root:
			s.hidepid = hidepid(m.Super)
		}
	}
	return cgroups
}

// Name implements metrics.ProcessSource.
func (s *Source) Name() string { return "procfs" }

// FS is the file system that the source reads.
func (s *Source) FS() *FS { return s.fs }

// Watch names the processes whose counters are to be read in every cycle: the rows
// on screen. It may be called at any time and keeps no reference to pids.
func (s *Source) Watch(pids []int32) {
	w := append([]int32(nil), pids[:min(len(pids), maxWatched)]...)
	s.watched.Store(&w)
}

// Append implements metrics.ProcessSource. When ctx ends during the scan there is
// no result; when it ends later, the programs that were not read yet follow in the
// next cycles.
func (s *Source) Append(ctx context.Context, dst []metrics.Process) ([]metrics.Process, error) {
	start := time.Now()
	s.cycle++
	behind := s.stats.behind
	s.stats = stats{hits: s.stats.hits, misses: s.stats.misses}
	var err error
	if s.pids, err = s.fs.ListPids(s.pids[:0]); err != nil {
		return dst, err
	}
	s.reconcile()
	listed := time.Now()
	if err := s.scanAll(ctx); err != nil {
		s.stats.behind = behind
		return dst, fmt.Errorf("read /proc/PID/stat of %d processes: %w", len(s.pids), err)
	}
	s.compact()
	scanned := time.Now()
	s.stats.list, s.stats.scan = listed.Sub(start), scanned.Sub(listed)
	s.collectHeld()
	s.readPrograms(ctx, scanned)
	s.stats.identities = time.Since(scanned)
	s.readTurns(ctx, time.Now())
	s.stats.turns = time.Since(scanned) - s.stats.identities
	s.last = start
	return s.publish(dst), nil
}

// publish appends what is known. It is the one place where an identity that could
// not be read yet is made of what there is.
func (s *Source) publish(dst []metrics.Process) []metrics.Process {
	for _, e := range s.entries {
		if e.proc.ID == nil || e.stale || e.renamed {
			s.improvise(e)
		}
		if e.denied&partExe != 0 {
			if s.stats.deniedExe++; s.stats.exampleExe == 0 {
				s.stats.exampleExe = e.pid
			}
		}
		if e.denied&partIO != 0 {
			if s.stats.deniedIO++; s.stats.exampleIO == 0 {
				s.stats.exampleIO = e.pid
			}
		}
		if e.reread && e.held == nil {
			s.stats.behind++
		}
		if e.proc.Threads > 1 {
			s.stats.threaded++
		}
		dst = append(dst, e.proc)
	}
	return dst
}

// Close closes all descriptors. A reading that the kernel holds up ends by itself.
func (s *Source) Close() error {
	for _, e := range s.entries {
		s.forget(e)
	}
	s.entries = nil
	if s.cgroups >= 0 {
		unix.Close(s.cgroups)
	}
	return s.fs.Close()
}
