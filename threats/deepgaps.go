package threats

import (
	"errors"

	"github.com/smoothtask/smoothtask/metrics"
)

// deepGap is a part of a process that could not be read: of several, the last.
type deepGap struct {
	key metrics.ProcKey
	gap metrics.Gap
}

// note remembers which parts of a process could not be read. The caller holds mu.
func (q *deepQueue) note(w deepWish, d *metrics.Detail, err error) {
	var read metrics.Parts
	var gaps []metrics.Gap
	switch {
	case err == nil:
		read, gaps = d.Read, d.Gaps
	case errors.Is(err, metrics.ErrVanished):
		return
	}
	if q.gaps == nil {
		q.gaps = make(map[metrics.Parts]deepGap)
	}
	for part := metrics.Parts(1); part&metrics.PartsAll != 0; part <<= 1 {
		switch {
		case w.parts&part == 0:
		case read&part != 0:
			if q.gaps[part].key == w.key {
				delete(q.gaps, part)
			}
		case err != nil:
			q.gaps[part] = deepGap{w.key, metrics.Gap{What: "deep look", Why: err.Error()}}
		case len(gaps) > 0:
			q.gaps[part], gaps = deepGap{w.key, gaps[0]}, gaps[1:]
		}
	}
}

// gap is what a detector that needs the parts could not see, of a process that is
// still there.
func (q *deepQueue) gap(e *Engine, parts metrics.Parts) (metrics.Gap, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for part := metrics.Parts(1); part&metrics.PartsAll != 0; part <<= 1 {
		g, ok := q.gaps[part]
		if !ok || parts&part == 0 {
			continue
		}
		if e.verdicts.find(g.key) == nil {
			delete(q.gaps, part)
			continue
		}
		return g.gap, true
	}
	return metrics.Gap{}, false
}

// hangs says which look does not end; "" when all do.
func (q *deepQueue) hangs() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.hung
}
