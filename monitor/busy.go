package monitor

import (
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// busyParts says what the processor time of the last minute went into, a second. What
// is measured beside something else may hold some of that: no part gets more than those
// before it leave.
func busyParts(e *evidence) string {
	now, before := &e.ledger.sum, e.ledger.minuteAgo()
	over := now.at.Sub(before.at).Seconds()
	if over < leastSpan.Seconds() {
		return naming(nil, aSecond)
	}
	each := func(d time.Duration) time.Duration { return time.Duration(float64(d) / over) }
	parts := []part{
		inCollection: {where: "in collection"},
		inDetection:  {where: "in detection"},
		inGC:         {where: "in garbage collection"},
		inDrawing:    {where: "in drawing the screen"},
		inBackground: {where: "in deep looks and checks of the host"},
	}
	left := each(now.own - before.own)
	for i := range parts {
		parts[i].took = min(each(now.in[i]-before.in[i]), left)
		left -= parts[i].took
	}
	var sources, cycle, aside []part
	for i := range e.Sources {
		sources = append(sources, part{where: inWords(&e.Sources[i]), took: each(gained(now.sources, before.sources, i))})
	}
	rest, busy := parts[inBackground].took, ""
	for i := range e.report.Detectors {
		d := &e.report.Detectors[i]
		p := part{where: "in " + d.ID, took: each(gained(now.detectors, before.detectors, i))}
		p.note = ruleNote(d.ID, p.took, now.rules, before.rules, over, aSecond)
		if d.Cost <= threats.State {
			cycle = append(cycle, p)
			continue
		}
		aside = append(aside, p)
		rest -= p.took
		if d.Busy >= longTurn {
			busy = d.ID + " has been at work for " + d.Busy.Round(time.Second).String() + "; "
		}
	}
	aside = append(aside, part{where: "in reading processes and files", took: rest})
	parts[inCollection].note, parts[inDetection].note, parts[inBackground].note = dearest(sources), dearest(cycle), dearest(aside)
	return naming(append(parts, part{"outside of all measured parts", left, busy + "take a --cpuprofile"}), aSecond)
}

// aSecond is the unit in which processor time is told.
const aSecond = "ms a second"

// longTurn is from when on a turn in the background is long: what it costs is known
// only when it ends.
const longTurn = time.Second
