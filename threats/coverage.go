package threats

import (
	"cmp"
	"fmt"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// Coverage says how much has been checked so far: a clean report means little
// while most checks are still to come. It counts kinds of detection: entries of the
// catalogue, for some of which there are several detectors, and sets of rules.
type Coverage struct {
	Total       int // kinds that are switched on
	Checked     int // kinds of which all detectors have finished a first complete pass
	Partial     int // of these, how many could see only a part
	NeedRoot    int // kinds that see less, or nothing, without root or a capability
	DeepQueue   int // processes that still wait for a deep look
	Unavailable []Unavailable
}

// Unavailable is a detector that cannot look, or sees only a part, and why.
type Unavailable struct{ Detector, Why, Needs string }

// String says it as "checked 69 of 71, 3 need root".
func (c *Coverage) String() string {
	s := fmt.Sprintf("checked %d of %d", c.Checked, c.Total)
	switch c.NeedRoot {
	case 0:
		return s
	case 1:
		return s + ", 1 needs root"
	}
	return fmt.Sprintf("%s, %d need root", s, c.NeedRoot)
}

// hostStuck is when a Host detector that does not come back is called unavailable.
const hostStuck = 5 * time.Second

// kind is how far a kind of detection has come: that of its detectors which came the
// least far.
type kind struct{ complete, partial, needRoot bool }

// cover says how much has been checked, and what each detector did.
func (e *Engine) cover(rep *Report) {
	c := &rep.Coverage
	rep.Detectors = make([]DetectorStat, 0, len(e.all))
	count := make(map[string]int, len(e.tracks.list))
	for _, x := range e.tracks.list {
		if !x.f.Gone {
			count[cmp.Or(x.f.Info.Set, x.f.Info.ID)]++
		}
	}
	kinds := make(map[any]kind, len(e.all))
	for _, r := range e.all {
		r.mu.Lock()
		s := r.stat
		s.Findings = count[s.ID]
		if !r.started.IsZero() {
			s.Busy = time.Since(r.started)
		}
		if s.LastErr != "" && s.LastRun.Before(r.paused) {
			rep.Errors = append(rep.Errors, fmt.Sprintf("%s; it rests until %s", s.LastErr, r.paused.Format(time.TimeOnly)))
		} else if s.LastErr != "" {
			rep.Errors = append(rep.Errors, s.LastErr)
		}
		complete, why, needs := e.completed(r)
		r.mu.Unlock()
		if why != "" {
			c.Unavailable = append(c.Unavailable, Unavailable{Detector: r.info.ID, Why: why, Needs: needs})
		}
		rep.Detectors = append(rep.Detectors, s)

		var key any = r.info.Number
		if r.info.Number == 0 {
			key = r.info.ID
		}
		k, more := kinds[key]
		kinds[key] = kind{
			complete: complete && (k.complete || !more),
			partial:  k.partial || why != "",
			needRoot: k.needRoot || needs != "" && !e.holds(cmp.Or(r.info.Needs, metrics.TraceFiles)),
		}
	}
	c.Total = len(kinds)
	for _, k := range kinds {
		if k.complete {
			c.Checked++
			if k.partial {
				c.Partial++
			}
		}
		if k.needRoot {
			c.NeedRoot++
		}
	}
	c.DeepQueue = e.deep.waiting(e)
}

// holds reports whether this process has what a detector needs. A /proc that hides
// processes hides the first one.
func (e *Engine) holds(p metrics.Privilege) bool {
	if p == metrics.WholeProc {
		return e.index.find(1) >= 0
	}
	return p == metrics.NoPrivilege || e.opt.Privileged(p)
}

// completed reports whether a detector has finished a first complete pass, why it
// sees only a part or nothing, and what that would need. The caller holds its lock.
func (e *Engine) completed(r *runner) (complete bool, why, needs string) {
	complete, why = r.complete, r.failure
	held := e.holds(r.info.Needs)
	if !held {
		needs = r.info.Need()
	}
	deep := r.info.Cost == Deep
	if deep {
		complete = e.deep.passed && e.opt.Inspector != nil
	}
	switch {
	case why != "":
	case deep && e.opt.Inspector == nil:
		why = "this source cannot look into processes"
	case deep:
		if why = e.deep.hangs(); why != "" {
			break
		}
		if gap, ok := e.deep.gap(e, r.info.Parts); ok {
			return complete, gap.What + ": " + gap.Why, cmp.Or(gap.Needs, needs)
		}
	case !r.started.IsZero() && time.Since(r.started) > hostStuck:
		why = fmt.Sprintf("has been looking for %s", time.Since(r.started).Round(time.Second))
	}
	switch {
	case why != "":
	case !held:
		why = "runs without the privilege to see everything"
	case r.left > 0:
		why = fmt.Sprintf("%d findings of the last look have been left out", r.left)
	}
	return complete, why, needs
}
