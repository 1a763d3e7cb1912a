package detectors

import (
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
	begun bool // the first complete look has ended
	full  bool
}

type reference struct {
	was, now   contentSum
	since      time.Time // when the change was noticed; zero when there is none
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
		if len(c.ref) >= maxWatched {
			c.full = true
			return change{}
		}
		if c.ref == nil {
			c.ref = make(map[string]reference)
		}
		r = reference{was: sum, now: sum}
		if c.begun {
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

// end closes a look. After an incomplete one, what turns up later may have been
// there all the time.
func (c *changes) end(complete bool) { c.begun = complete }

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
