//go:build linux

package procfs

import (
	"context"
	"slices"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	firstBudget = 400 * time.Millisecond
	cycleBudget = 60 * time.Millisecond
	turnBudget  = 25 * time.Millisecond // for all that is not new

	turnPeriod    = 10 * time.Second // in which the counters of all are read
	identityLeast = 60 * time.Second // after which the texts of a program that changes its directory or title are read again

	maxWatched = 256
	maxActive  = 512
	maxAtOnce  = 1024 // new processes of which all is read at once
	maxTurn    = 2048
)

// readPrograms reads the identities that are missing or out of date.
func (s *Source) readPrograms(ctx context.Context, now time.Time) {
	budget := s.budget
	switch {
	case budget > 0:
	case s.cycle == 1:
		budget = firstBudget
	default:
		budget = cycleBudget
	}
	until := now.Add(budget)
	count := 0
	for _, e := range s.entries {
		if e.reread && e.held == nil {
			count++
		}
	}
	s.stats.hits += uint64(len(s.entries) - count)
	s.stats.misses += uint64(count)
	// All at once when there are few; in a crowd, what names the program first.
	want := partAll
	if count > maxAtOnce {
		want = partIdentity | partStatus
	}
	for _, e := range s.entries {
		if e.reread && e.held == nil && !s.ask(ctx, e, want, until) {
			return
		}
	}
	s.flush(ctx, until)
}

// readTurns reads the counters that stat lacks.
func (s *Source) readTurns(ctx context.Context, now time.Time) {
	until := now.Add(turnBudget)
	defer s.flush(ctx, until)
	if w := s.watched.Load(); w != nil {
		for _, pid := range *w {
			if e := s.find(pid); e != nil && !s.ask(ctx, e, partStatus|partIO|e.missing(), until) {
				return
			}
		}
	}
	active := 0
	for _, e := range s.entries {
		if !e.used {
			continue
		}
		if active++; active > maxActive || !s.ask(ctx, e, partStatus|partIO|e.missing(), until) {
			break
		}
	}
	s.readSlice(ctx, now, until)
}

// readSlice goes on where the last turn ended, as far as the time since then asks
// for. It also brings what a crowd of new processes left for later.
func (s *Source) readSlice(ctx context.Context, now, until time.Time) {
	n := len(s.entries)
	if s.last.IsZero() || n == 0 {
		return
	}
	share := float64(now.Sub(s.last)) / float64(turnPeriod)
	slice := min(int(share*float64(n))+1, n, maxTurn)
	from := s.search(s.cursor + 1)
	for i := range slice {
		e := s.entries[(from+i)%n]
		want := partStatus | partIO | e.missing()
		if s.now()-e.identityAt > int64(e.rest) {
			want = partAll
		}
		if !s.ask(ctx, e, want, until) {
			return
		}
		s.cursor = e.pid
	}
}

// ask adds a job for the process, unless it has one in this cycle, and runs those
// there are when a block is full. It reports false when the time is up.
func (s *Source) ask(ctx context.Context, e *entry, want part, until time.Time) bool {
	if e.asked == s.cycle || e.held != nil {
		return true
	}
	j := s.crew.add()
	if j == nil {
		s.flush(ctx, until)
		if !time.Now().Before(until) || ctx.Err() != nil {
			return false
		}
		j = s.crew.add()
	}
	e.asked = s.cycle
	j.entry, j.pid, j.execID, j.want, j.kthread, j.old = e, e.pid, e.proc.ExecID, want, e.proc.Kthread(), e.proc.ID
	return true
}

// flush runs the jobs that were asked for and takes their results. A job that did
// not come back is remembered, so that its process is not asked again before it
// does.
func (s *Source) flush(ctx context.Context, until time.Time) {
	b := s.crew.block
	if b.n == 0 {
		return
	}
	begun := s.crew.run(ctx, until)
	for i := range b.jobs[:begun] {
		j := &b.jobs[i]
		s.apply(j.entry, j)
		if j.step.Load() != stepDone {
			j.entry.held, j.since = j, s.now()
			s.held = append(s.held, j)
		}
	}
	s.crew.renew()
}

// collectHeld takes the results that came back late.
func (s *Source) collectHeld() {
	s.held = slices.DeleteFunc(s.held, func(j *job) bool {
		if j.step.Load() != stepDone {
			return false
		}
		if e := s.find(j.pid); e != nil && e.held == j {
			e.held = nil
			s.apply(e, j)
		}
		return true
	})
}

func (s *Source) now() int64 { return int64(time.Since(s.born)) }

// search is the index of the first entry with the pid or a higher one.
func (s *Source) search(pid int32) int {
	i, _ := slices.BinarySearchFunc(s.entries, pid, func(e *entry, pid int32) int { return int(e.pid) - int(pid) })
	return i
}

func (s *Source) find(pid int32) *entry {
	if i := s.search(pid); i < len(s.entries) && s.entries[i].pid == pid {
		return s.entries[i]
	}
	return nil
}

var _ interface {
	metrics.ProcessSource
	metrics.GapReporter
	metrics.Noter
	metrics.CacheReporter
	metrics.Shrinker
	metrics.Closer
} = (*Source)(nil)
