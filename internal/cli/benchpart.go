package cli

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

// benchPart is the time of one part over all cycles in which it ran.
type benchPart struct {
	Kind string  `json:"kind"` // cycle, source, detector
	Name string  `json:"name"`
	Runs int     `json:"runs"`
	P50  float64 `json:"p50_ms"`
	P95  float64 `json:"p95_ms"`
	P99  float64 `json:"p99_ms"`
	Max  float64 `json:"max_ms"`
	Note string  `json:"note,omitempty"` // why it ran in no measured cycle

	took, warm []float64 // ms; in the measured cycles, and before them
	at         time.Time // of a source: its last call
	runs       uint64    // of a detector so far
	total      time.Duration
	why        string // why it could not run, the last time
}

// warmNote is said of parts that run less often than the measured cycles last.
const warmNote = "before the measured cycles"

// benchBook follows the parts from frame to frame.
type benchBook struct {
	collect, detect    *benchPart
	sources, detectors []*benchPart // in the order of a frame
}

// take takes what ran since the last frame. Checks in the background are in the
// first frame that was made after they ended.
func (b *benchBook) take(f *monitor.Frame) {
	if b.collect == nil {
		b.open(f)
	}
	b.collect.add(f.Self.KPIs[0].Last, 1)
	b.detect.add(f.Self.KPIs[1].Last, 1)
	for i := range f.Snapshot.Sources {
		s, p := &f.Snapshot.Sources[i], b.sources[i]
		if p.why = s.Err; !s.At.Equal(p.at) {
			p.at = s.At
			p.add(ms(s.Took), 1)
		}
	}
	for i := range f.Threats.Detectors {
		d, p := &f.Threats.Detectors[i], b.detectors[i]
		if n := d.Runs - p.runs; n > 0 { // of several runs each counts with their mean
			p.add(ms(d.Total-p.total)/float64(n), int(n))
			p.runs, p.total = d.Runs, d.Total
		}
		if p.runs == 0 {
			p.why = idle(d, &f.Threats.Coverage)
		}
	}
}

func (b *benchBook) open(f *monitor.Frame) {
	b.collect, b.detect = &benchPart{Kind: "cycle", Name: "collect"}, &benchPart{Kind: "cycle", Name: "detect"}
	for i := range f.Snapshot.Sources {
		b.sources = append(b.sources, &benchPart{Kind: "source", Name: f.Snapshot.Sources[i].Name})
	}
	for i := range f.Threats.Detectors {
		b.detectors = append(b.detectors, &benchPart{Kind: "detector", Name: f.Threats.Detectors[i].ID})
	}
}

// idle says why a detector has not run at all.
func idle(d *threats.DetectorStat, c *threats.Coverage) string {
	for i := range c.Unavailable {
		if c.Unavailable[i].Detector == d.ID {
			return c.Unavailable[i].Why
		}
	}
	switch {
	case d.Cost == threats.Deep && c.DeepQueue > 0:
		return fmt.Sprintf("%d processes still wait for a deep look", c.DeepQueue)
	case d.Cost == threats.Deep:
		return "no process has what calls for a deep look"
	}
	return "its turn has not come"
}

func (b *benchBook) all() []*benchPart {
	return slices.Concat([]*benchPart{b.collect, b.detect}, b.sources, b.detectors)
}

// begin begins the measured cycles.
func (b *benchBook) begin() {
	for _, p := range b.all() {
		p.warm, p.took = p.took, nil
	}
}

// close works out the figures: of the measured cycles, else of those before.
func (b *benchBook) close() []*benchPart {
	all := b.all()
	for _, p := range all {
		if len(p.took) == 0 {
			if p.took, p.Note = p.warm, warmNote; len(p.warm) == 0 {
				p.Note = p.why
			}
		}
		p.percentiles()
	}
	return all
}

// add notes n runs of v ms each.
func (p *benchPart) add(v float64, n int) {
	for range n {
		p.took = append(p.took, v)
	}
}

// percentiles are the least values that the share of all does not exceed, as those of
// the monitor's KPIs; 0 of none.
func (p *benchPart) percentiles() {
	if p.Runs = len(p.took); p.Runs == 0 {
		return
	}
	slices.Sort(p.took)
	at := func(q float64) float64 { return p.took[max(int(math.Ceil(q*float64(len(p.took))))-1, 0)] }
	p.P50, p.P95, p.P99, p.Max = at(0.5), at(0.95), at(0.99), at(1)
}
