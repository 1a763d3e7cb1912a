package detectors

import (
	"slices"
	"time"
)

// Rate is a number of events within a time.
type Rate struct {
	Count int
	In    time.Duration
}

// LoginLimits are the thresholds for guessed passwords, per source address and,
// for attacks from many sources, per user. Zero values mean the defaults.
type LoginLimits struct {
	Fast   Rate // an attack; 60 failures in 30 s
	Slow   Rate // one that stays below other limits; 25 in 10 minutes
	Before int  // failures before a success that make it suspect; 25
}

func (l LoginLimits) withDefaults() LoginLimits {
	if l.Fast.Count <= 0 || l.Fast.In <= 0 {
		l.Fast = Rate{60, 30 * time.Second}
	}
	if l.Slow.Count <= 0 || l.Slow.In <= 0 {
		l.Slow = Rate{25, 10 * time.Minute}
	}
	if l.Before <= 0 {
		l.Before = 25
	}
	// A window remembers the time of each failure.
	l.Fast.Count, l.Slow.Count = min(l.Fast.Count, maxLimit), min(l.Slow.Count, maxLimit)
	return l
}

const (
	maxLimit = 1000
	maxSeen  = 8         // names or addresses that a window remembers
	loginGap = time.Hour // failures further apart belong to different attacks
)

// failWindow is the failures of one source, or for one user, in sliding windows.
type failWindow struct {
	times      []int64 // seconds, a ring of the last ones
	next       int     // where the next goes once the ring is full
	first      time.Time
	last       time.Time
	total      int       // since first, without a gap of an hour
	fast, slow time.Time // when the limit was last exceeded; zero: not in this attack
	seen       []string  // users of a source, sources of a user
	more       bool      // there were others

	pids [maxSeen]int32 // processes of sshd whose connection has been counted
	weak [maxSeen]bool  // only for a name that does not exist or for its end
	turn int
}

// add counts n failures at one time.
func (w *failWindow) add(l *LoginLimits, at time.Time, n int, who string) {
	if n <= 0 {
		return
	}
	if at.Before(w.last) {
		at = w.last // logs of several programs are not in order
	}
	if at.Sub(w.last) > loginGap {
		w.total, w.first, w.fast, w.slow = 0, at, time.Time{}, time.Time{}
		w.seen, w.more = w.seen[:0], false
	}
	w.last = at
	w.total += n
	switch {
	case slices.Contains(w.seen, who):
	case len(w.seen) < maxSeen:
		w.seen = append(w.seen, who)
	default:
		w.more = true
	}
	size := max(l.Fast.Count, l.Slow.Count)
	for range min(n, size) {
		if len(w.times) < size {
			w.times = append(w.times, at.Unix())
		} else {
			w.times[w.next] = at.Unix()
			w.next = (w.next + 1) % size
		}
	}
	if w.within(l.Fast, at) {
		w.fast = at
	}
	if w.within(l.Slow, at) {
		w.slow = at
	}
}

// within reports whether the last r.Count failures lie within r.In.
func (w *failWindow) within(r Rate, at time.Time) bool {
	if len(w.times) < r.Count {
		return false
	}
	i := (w.next - r.Count + 2*len(w.times)) % len(w.times)
	return at.Unix()-w.times[i] < int64(max(r.In/time.Second, 1))
}

// fresh says how many of the failures that an event tells of have not been
// counted by an earlier message about the same connection: sshd writes a line for
// a name that does not exist, one for each password, and one for the end.
func (w *failWindow) fresh(e *sshEvent) int {
	n := e.count
	at := -1
	if e.pid != 0 {
		at = slices.Index(w.pids[:], e.pid)
	}
	switch {
	case at >= 0 && e.preauth:
		n = 0
	case at >= 0 && w.weak[at]:
		n, w.weak[at] = n-1, false
	case at < 0:
		w.pids[w.turn], w.weak[w.turn] = e.pid, e.preauth
		w.turn = (w.turn + 1) % maxSeen
	}
	return n
}

func (w *failWindow) bytes() int64 { return int64(200 + 8*cap(w.times) + 24*cap(w.seen)) }
