package monitor

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// operation is what a source waits for; "" where its name says it, or it is the
// kernel's memory alone.
func operation(source string) string {
	switch source {
	case "netlink", "network", "tcp":
		return "network operations"
	case "disks", "diskio":
		return "disk I/O"
	}
	return ""
}

// inWords names a source by what it does.
func inWords(s *metrics.SourceStat) string {
	if op := operation(s.Name); op != "" {
		return "in " + op + " of " + s.Name
	}
	return "in " + s.Name
}

// slowSources explains a collection by the sources that it waited for, as far as they
// were at work between its begin and its end.
func slowSources(e *evidence) string {
	took := fromMillis(e.KPIs[0].Last)
	end, left := e.at.Add(took), took
	var parts []part
	for i := range e.Sources {
		s := &e.Sources[i]
		if s.Beside {
			continue
		}
		from, to, note := s.At, s.At.Add(s.Took), s.Note
		if !s.Since.IsZero() {
			from, to = s.Since, s.Since.Add(s.Took)
			if s.Err == "" {
				to, note = end, "it has not answered"
			}
		}
		if from.Before(e.at) {
			from = e.at
		}
		if to.After(end) {
			to = end
		}
		within := max(to.Sub(from), 0)
		left -= within
		parts = append(parts, part{inWords(s), within, note})
	}
	return naming(append(parts, part{"outside of all sources", left, ""}), "ms")
}

// slowDetectors explains an analysis by the detectors that ran in it: those that run
// beside it hold nothing up.
func slowDetectors(e *evidence) string {
	left := fromMillis(e.KPIs[1].Last)
	var parts []part
	for i := range e.report.Detectors {
		d := &e.report.Detectors[i]
		if d.Cost > threats.State || !d.LastRun.Equal(e.report.At) {
			continue
		}
		left -= d.Took
		note := ruleNote(d.ID, d.Took, e.ledger.sum.rules, e.ledger.before, 1, "ms")
		parts = append(parts, part{"in " + d.ID, d.Took, note})
	}
	return naming(append(parts, part{"outside of all detectors", left, ""}), "ms")
}
