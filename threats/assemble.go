package threats

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// hostStuck is when a Host detector that does not come back is called unavailable.
const hostStuck = 5 * time.Second

// report puts together what is known now.
func (e *Engine) report(now time.Time) *Report {
	e.allow.apply(e.tracks.list, now)
	r := &Report{At: now, Findings: correlate(e.tracks.list), Errors: slices.Clone(e.opt.Errors)}
	slices.SortFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(compareBool(a.SuppressedBy != "", b.SuppressedBy != ""), cmp.Compare(b.Severity, a.Severity),
			b.First.Compare(a.First), cmp.Compare(a.ID, b.ID))
	})
	for i := range r.Findings {
		if r.Findings[i].SuppressedBy != "" {
			r.Suppressed++
		}
	}
	e.cover(r)
	r.Changes, r.Baseline = e.drift.report()
	if n := e.tracks.left + e.verdicts.left; n > 0 {
		r.Errors = append(r.Errors, fmt.Sprintf("%d findings have been left out: at most %d of one kind and %d in all are kept", n, maxOfOne, maxFindings))
	}
	return r
}

// cover says how much has been checked, and what each detector did.
func (e *Engine) cover(rep *Report) {
	c := &rep.Coverage
	c.Total = len(e.all)
	rep.Detectors = make([]DetectorStat, 0, len(e.all))
	count := make(map[string]int, len(e.tracks.list))
	for _, x := range e.tracks.list {
		if !x.f.Gone {
			count[cmp.Or(x.f.Info.Set, x.f.Info.ID)]++
		}
	}
	privileged := e.opt.Privileged()
	e.deep.mu.Lock()
	gap, gaps, hung := e.deep.gap, e.deep.gaps, e.deep.hung
	e.deep.mu.Unlock()
	for _, r := range e.all {
		r.mu.Lock()
		s := r.stat
		s.Findings = count[s.ID]
		complete, why, needs := r.complete, r.failure, r.info.Needs
		switch {
		case why != "":
		case r.info.Cost == Deep && e.opt.Inspector == nil:
			why, complete = "this source cannot look into processes", false
		case r.info.Cost == Deep && hung != "":
			why = hung
		case r.info.Cost == Deep && gaps > 0:
			why, needs = fmt.Sprintf("%s: %s", gap.What, gap.Why), cmp.Or(gap.Needs, needs)
		case !r.started.IsZero() && time.Since(r.started) > hostStuck:
			why = fmt.Sprintf("has been looking for %s", time.Since(r.started).Round(time.Second))
		case needs != "" && !privileged:
			why = "runs without the privilege to see everything"
		case r.left > 0:
			why = fmt.Sprintf("%d findings of the last look have been left out", r.left)
		}
		if s.LastErr != "" && s.LastRun.Before(r.paused) {
			rep.Errors = append(rep.Errors, fmt.Sprintf("%s; it rests until %s", s.LastErr, r.paused.Format(time.TimeOnly)))
		} else if s.LastErr != "" {
			rep.Errors = append(rep.Errors, s.LastErr)
		}
		r.mu.Unlock()
		if r.info.Cost == Deep {
			complete = e.deep.passed
		}
		if complete {
			c.Checked++
		}
		if why != "" {
			if complete {
				c.Partial++
			}
			c.Unavailable = append(c.Unavailable, Unavailable{Detector: r.info.ID, Why: why, Needs: needs})
		}
		rep.Detectors = append(rep.Detectors, s)
	}
	c.DeepQueue = e.deep.waiting(e)
}
