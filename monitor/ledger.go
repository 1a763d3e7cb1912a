package monitor

import (
	rt "runtime/metrics"
	"slices"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// ledger keeps where the program's processor time went, over the minute of the CPU
// share: a mean since the start would say little after a quiet day.
type ledger struct {
	sum    totals             // so far
	kept   [keptTotals]totals // a ring of earlier ones, keepEvery apart or more
	n      int                // ever kept
	seen   []time.Time        // by source, the reading that was counted last
	before []threats.RuleCost // up to the cycle before
	gc     []rt.Sample
}

const (
	keepEvery  = 10 * time.Second
	keptTotals = 8 // so that one is at least a minute old
)

// Where processor time goes, the best known first.
const (
	inCollection = iota
	inDetection
	inGC
	inDrawing
	inBackground
	partsMeasured
)

// totals is what was spent since the start. What is listed one by one is time that
// passed, and is compared among its likes only.
type totals struct {
	at        time.Time
	own       time.Duration // processor time of the program
	in        [partsMeasured]time.Duration
	sources   []time.Duration    // in the order of Self.Sources
	detectors []time.Duration    // in the order of Report.Detectors
	rules     []threats.RuleCost // of note
}

// cycleCost is the processor time of a cycle and, since the start, of all else.
type cycleCost struct {
	own             time.Duration // of the program since the start
	collect, detect time.Duration // of the program while the cycle did these
	drawing         time.Duration // since the start
}

// ruleOfNote is what a rule must have cost in all to be kept.
const ruleOfNote = time.Millisecond

func newLedger(at time.Time, own time.Duration) *ledger {
	l := &ledger{gc: []rt.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}}
	l.sum.at, l.sum.own, l.sum.in[inGC] = at, own, l.garbage()
	return l
}

// garbage is what the garbage collector has cost so far, as the runtime estimates it.
func (l *ledger) garbage() time.Duration {
	rt.Read(l.gc)
	return time.Duration(l.gc[0].Value.Float64() * float64(time.Second))
}

// cycle takes what has been spent up to the end of a cycle. It keeps rules.
func (l *ledger) cycle(at time.Time, c cycleCost, sources []metrics.SourceStat, r *threats.Report, rules func([]threats.RuleCost) []threats.RuleCost) {
	l.keep()
	s := &l.sum
	s.at, s.own = at, c.own
	s.in[inCollection] += c.collect
	s.in[inDetection] += c.detect
	s.in[inBackground], s.in[inDrawing], s.in[inGC] = r.Background, c.drawing, l.garbage()
	for i := range sources {
		l.read(i, &sources[i])
	}
	s.detectors = s.detectors[:0]
	for i := range r.Detectors {
		s.detectors = append(s.detectors, r.Detectors[i].Total)
	}
	if rules != nil {
		s.rules, l.before = rules(l.before[:0]), s.rules
		s.rules = slices.DeleteFunc(s.rules, func(c threats.RuleCost) bool { return c.Time < ruleOfNote })
	}
}

// read counts a reading of source i, once. What runs beside the cycle is in none of
// its time.
func (l *ledger) read(i int, stat *metrics.SourceStat) {
	for len(l.seen) <= i {
		l.seen, l.sum.sources = append(l.seen, time.Time{}), append(l.sum.sources, 0)
	}
	if stat.At.Equal(l.seen[i]) {
		return
	}
	l.seen[i] = stat.At
	if stat.Beside {
		l.sum.in[inCollection] += stat.CPU
		l.sum.sources[i] += stat.CPU
	} else {
		l.sum.sources[i] += stat.Took
	}
}

// keep keeps a copy of the sum, unless that was done a moment ago.
func (l *ledger) keep() {
	if l.n > 0 && l.sum.at.Sub(l.kept[(l.n-1)%keptTotals].at) < keepEvery {
		return
	}
	k := &l.kept[l.n%keptTotals]
	sources, detectors, rules := k.sources, k.detectors, k.rules
	*k = l.sum
	k.sources = append(sources[:0], l.sum.sources...)
	k.detectors = append(detectors[:0], l.sum.detectors...)
	k.rules = append(rules[:0], l.sum.rules...)
	l.n++
}

// minuteAgo is what had been spent a minute ago, or at the start where that is less.
// Before the first cycle there is none: it is the sum itself.
func (l *ledger) minuteAgo() *totals {
	base := &l.sum
	for i := l.n - 1; i >= max(0, l.n-keptTotals); i-- {
		base = &l.kept[i%keptTotals]
		if l.sum.at.Sub(base.at) >= time.Minute {
			break
		}
	}
	return base
}

// gained is what an entry of a list has grown by.
func gained(now, before []time.Duration, i int) time.Duration {
	switch {
	case i >= len(now):
		return 0
	case i >= len(before):
		return now[i]
	}
	return now[i] - before[i]
}

// dearestRule is the rule of a detector that cost the most between two lists, in ns.
// Lists are in the order of the rules; one that begins anew has other counters.
func dearestRule(detector string, now, before []threats.RuleCost) (title string, took time.Duration) {
	for i := range now {
		r, cost := &now[i], now[i].Time
		same := func(c threats.RuleCost) bool { return c.ID == r.ID }
		if k := slices.IndexFunc(before, same); k >= 0 {
			if before[k].Time <= cost {
				cost -= before[k].Time
			}
			before = before[k+1:]
		}
		if r.Detector == detector && cost > took {
			title, took = r.Title, cost
		}
	}
	return title, took
}
