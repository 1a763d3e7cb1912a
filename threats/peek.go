package threats

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// peekLeast is how old an answer of Peek may be about a file that changes; about one
// that does not, it may be as old as the time to live.
const peekLeast = 10 * time.Second

type peek struct {
	info    FileInfo
	err     error
	at      time.Time     // zero until there is an answer
	rest    time.Duration // after which it is looked at again
	pending bool
}

// take notes an answer.
func (p *peek) take(info FileInfo, err error, now time.Time, ttl time.Duration) {
	changed := p.at.IsZero() || info != p.info || (err == nil) != (p.err == nil)
	p.rest = metrics.Rest(p.rest, peekLeast, ttl, changed)
	p.info, p.err, p.at, p.pending = info, err, now, false
}

// Peek is Stat for detectors that run every cycle and must not wait: known is
// false while the answer is on its way. An answer is ten seconds old at most, and
// older the longer the file has not changed, up to the time to live.
func (f *Files) Peek(path string) (info FileInfo, err error, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.peeks.Peek(path)
	if !ok {
		p = &peek{}
		f.peeks.Put(path, p)
	}
	switch {
	case p.pending:
	case !p.at.IsZero() && f.now().Sub(p.at) <= p.rest:
		f.peeks.Count(true)
	default:
		f.peeks.Count(false)
		f.look(path, p)
	}
	return p.info, p.err, !p.at.IsZero()
}

// look has the file looked at: in the background, or at once without one. The lock
// is held.
func (f *Files) look(path string, p *peek) {
	look := func() {
		info, err := f.Stat(path)
		f.mu.Lock()
		defer f.mu.Unlock()
		p.take(info, err, f.now(), f.ttl)
	}
	p.pending = true
	if f.later == nil {
		f.mu.Unlock()
		look()
		f.mu.Lock()
	} else if !f.later(look) {
		p.pending = false
	}
}
