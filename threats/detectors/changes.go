package detectors

import (
	"maps"
	"path"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

const (
	changeShown = time.Hour // how long a change is told before it counts as the way things are
	maxWatched  = 4096      // contents that one detector remembers
)

// contentSum is the beginning of a SHA-256: enough to tell contents apart that
// nobody chose to be equal.
type contentSum [16]byte

// changes remembers what things were like at the first look of a run and tells
// for an hour what differs from it. A thing is a file, by its path, or whatever
// else has a name and a content.
type changes struct {
	ref   map[string]reference
	look  uint32 // number of the look that is on
	begun bool   // the first look has ended
	blind set    // files and directories that no look has seen all of yet
	full  bool   // something was not remembered in this look
	swept bool   // what is gone was forgotten in this look
}

type reference struct {
	was, now   contentSum
	since      time.Time // when the change was noticed; zero when there is none
	look       uint32    // the last that saw it
	added      bool
	byPackages bool
}

// change is how a thing differs from the reference.
type change struct {
	word       string // "new" or "changed"; "" when it does not differ
	since      time.Time
	byPackages bool
}

// see takes in what a thing is like. packages is asked once for each change:
// whether it came with a package.
func (c *changes) see(name string, sum contentSum, now time.Time, packages func() bool) change {
	r, known := c.ref[name]
	switch {
	case !known:
		if !c.room() {
			c.full = true
			return change{}
		}
		if c.ref == nil {
			c.ref = make(map[string]reference)
		}
		r = reference{was: sum, now: sum}
		if c.late(name) {
			r.added, r.since, r.byPackages = true, now, packages()
		}
	case sum != r.now:
		r.now, r.since, r.byPackages = sum, now, packages()
		if sum == r.was && !r.added {
			r.since = time.Time{} // as it was
		}
	}
	if !r.since.IsZero() && now.Sub(r.since) > changeShown {
		r = reference{was: r.now, now: r.now}
	}
	r.look = c.look
	c.ref[name] = r
	if r.since.IsZero() {
		return change{}
	}
	word := "changed"
	if r.added {
		word = "new"
	}
	return change{word, r.since, r.byPackages}
}

// late reports whether what turns up only now is new. What lies where no look has
// seen everything yet may have been there all the time.
func (c *changes) late(name string) bool { return c.begun && !c.blind.covers(name) }

// covers reports whether a path is in a set of files and directories, or below one.
func (s set) covers(name string) bool {
	for ; len(name) > 1; name = path.Dir(name) {
		if s.has(name) {
			return true
		}
	}
	return false
}

// end closes a look, which could not see all of the unseen. Each of those counts
// for itself: who fills up a directory of his own, or has one that nobody may read,
// hides nothing in the others.
func (c *changes) end(unseen ...string) {
	now := make(set, len(unseen))
	for _, name := range unseen {
		now[name] = struct{}{}
	}
	if c.begun {
		maps.DeleteFunc(c.blind, func(name string, _ struct{}) bool { return !now.covers(name) })
		now = c.blind
	}
	c.begun, c.blind, c.full, c.swept = true, now, false, false
	c.look++
}

// endTour closes a look at files. Without the homes it does not count: all that is
// in them would turn up later.
func (c *changes) endTour(t *tour) {
	if !t.homeless {
		c.end(t.unseen...)
	}
}

// room reports whether one more thing can be remembered. When there is none, those
// are forgotten that the last look did not see.
func (c *changes) room() bool {
	if len(c.ref) >= maxWatched && !c.swept {
		c.swept = true
		for name, r := range c.ref {
			if c.look-r.look > 1 {
				delete(c.ref, name)
			}
		}
	}
	return len(c.ref) < maxWatched
}

func (c *changes) bytes() int64 { return int64(len(c.ref)) * 200 }

// notPackaged is for changes that no package makes.
func notPackaged() bool { return false }

// tell adds a change to a finding.
func (ch change) tell(f threats.Finding, where string) threats.Finding {
	value := "since " + ch.since.Format(time.DateTime)
	if ch.byPackages {
		value += ", while packages were installed"
	}
	return f.With(ch.word+" in this run", where, value)
}
