package threats

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// report puts together what is known now.
func (e *Engine) report(now time.Time) *Report {
	e.enrich.attach(e)
	e.allow.apply(e.tracks.list, now)
	r := &Report{At: now, Findings: correlate(e.tracks.list), Errors: slices.Clone(e.opt.Errors),
		Background: time.Duration(e.spent.Load())}
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
