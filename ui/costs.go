package ui

import (
	"fmt"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// costs are the sources, detectors and caches, with the time and the memory that
// each takes.
type costs struct {
	all   []cost
	index []int32
}

// cost is one row. What a kind of row does not have is zero and shown as a dash.
type cost struct {
	kind, name, note string
	took, total      time.Duration
	runs             uint64
	items            float64
	bytes            int64
	hits             float64 // percent
	asked            bool    // hits is known
	failed           bool
	at               time.Time // of the last run
}

func (c *costs) fill(o *Options, f *monitor.Frame, q *query) {
	c.all, c.index = c.all[:0], c.index[:0]
	for _, s := range f.Self.Sources {
		e := cost{kind: "source", name: s.Name, note: s.Note, took: s.Took, items: float64(s.Items), failed: s.Err != "", at: s.At}
		if s.Err != "" {
			e.note = s.Err
		} else if s.Late {
			e.note, e.failed = "late; "+s.Note, true
		}
		c.all = append(c.all, e)
	}
	if f.Threats != nil {
		unavailable := map[string]threats.Unavailable{}
		for _, u := range f.Threats.Coverage.Unavailable {
			unavailable[u.Detector] = u
		}
		for _, d := range f.Threats.Detectors {
			e := cost{kind: d.Cost.String(), name: d.ID, took: d.Took, total: d.Total, runs: d.Runs,
				items: float64(d.Findings), note: d.LastErr, failed: d.Errors > 0, at: d.LastRun}
			if u, ok := unavailable[d.ID]; ok {
				e.note = o.because(u.Why, u.Needs)
			}
			c.all = append(c.all, e)
		}
	}
	for _, k := range f.Self.Caches {
		c.all = append(c.all, cacheCost(k))
	}
	for i := range c.all {
		if q.names(c.all[i].name) || q.names(c.all[i].kind) || q.names(c.all[i].note) {
			c.index = append(c.index, int32(i))
		}
	}
}

func cacheCost(k metrics.CacheStat) cost {
	e := cost{kind: "cache", name: k.Name, items: float64(k.Entries), bytes: k.Bytes}
	if k.Store {
		e.kind = "store"
	}
	if asked := k.Hits + k.Misses; asked > 0 {
		e.hits, e.asked = 100*ratio(k.Hits, asked), true
		e.note = fmt.Sprintf("asked %d times", asked)
	}
	if k.Limit > 0 {
		if e.note != "" {
			e.note += ", "
		}
		e.note += fmt.Sprintf("at most %d entries", k.Limit)
	}
	return e
}

// mean is the time of one run.
func (e *cost) mean() time.Duration {
	if e.runs == 0 {
		return 0
	}
	return e.total / time.Duration(e.runs)
}

// The columns of costs, by number.
const (
	costName = iota
	costKind
	costTook
	costMean
	costTotal
	costItems
	costSize
	costHits
	costNote
)

var costColumns = []column{
	costName:  {id: "name", title: "SOURCE, DETECTOR OR CACHE", about: "what runs, or is kept", width: 32},
	costKind:  {id: "kind", title: "KIND", about: "source, cache, store (never asked for more), or the cost class of a detector", width: 8, rank: 1},
	costTook:  {id: "took", title: "LAST ms", about: "time of the last run", width: 8, right: true, desc: true},
	costMean:  {id: "mean", title: "MEAN ms", about: "time of a run, on average", width: 8, right: true, desc: true, rank: 4},
	costTotal: {id: "total", title: "ALL ms", about: "time of all runs", width: 8, right: true, desc: true, rank: 2},
	costItems: {id: "items", title: "ITEMS", about: "what it read, found or keeps", width: 6, right: true, desc: true},
	costSize:  {id: "size", title: "SIZE", about: "memory of a cache, where it is known", width: 6, right: true, desc: true, rank: 3},
	costHits:  {id: "hits", title: "HIT%", about: "share of questions that a cache could answer", width: 5, right: true, rank: 3},
	costNote:  {id: "note", title: "NOTE", about: "what cost the most, or went wrong", width: 8, flex: true},
}

func (c *costs) columns() []column { return costColumns }
func (c *costs) count() int        { return len(c.all) }

func (c *costs) cell(dst []byte, row int32, col int) ([]byte, screen.Style) {
	e := &c.all[row]
	switch col {
	case costName:
		return append(dst, e.name...), stText
	case costKind:
		return append(dst, e.kind...), stDim
	case costTook:
		return durationCell(dst, e.took, stText)
	case costMean:
		return durationCell(dst, e.mean(), stDim)
	case costTotal:
		return durationCell(dst, e.total, stDim)
	case costItems:
		return countCell(dst, e.items, 0)
	case costSize:
		if e.bytes == 0 {
			return append(dst, '-'), stFaint
		}
		return appendBytes(dst, float64(e.bytes)), stText
	case costHits:
		if !e.asked {
			return append(dst, '-'), stFaint
		}
		return appendPercent(dst, e.hits), stText
	}
	if e.failed {
		return append(dst, e.note...), stWarn
	}
	return append(dst, e.note...), stDim
}

// durationCell writes a time in ms; a dash for none.
func durationCell(dst []byte, d time.Duration, st screen.Style) ([]byte, screen.Style) {
	if d == 0 {
		return append(dst, '-'), stFaint
	}
	return appendMillis(dst, float64(d)/1e6), st
}

func (c *costs) order(row int32, col int) (float64, string) {
	e := &c.all[row]
	switch col {
	case costName:
		return 0, e.name
	case costKind:
		return 0, e.kind
	case costTook:
		return float64(e.took), ""
	case costMean:
		return float64(e.mean()), ""
	case costTotal:
		return float64(e.total), ""
	case costItems:
		return e.items, ""
	case costSize:
		return float64(e.bytes), ""
	case costHits:
		if !e.asked {
			return 101, "" // what is never asked comes after the worst
		}
		return e.hits, ""
	}
	return 0, e.note
}

// openCost shows a row with all of its note.
func (m *Model) openCost(p *performance) {
	row := p.list.current()
	if row < 0 {
		return
	}
	e := p.costs.all[row]
	w := pageWriter{}
	w.section(e.kind + " " + e.name)
	if !e.at.IsZero() {
		w.item("last run", m.when(e.at), stText)
	}
	for _, d := range []struct {
		label string
		took  time.Duration
	}{{"took", e.took}, {"on average", e.mean()}, {"in all", e.total}} {
		if d.took > 0 {
			w.item(d.label, d.took.String(), stText)
		}
	}
	if e.runs > 0 {
		w.item("runs", fmt.Sprint(e.runs), stText)
	}
	w.item("items", fmt.Sprint(int64(e.items)), stText)
	if e.bytes > 0 {
		w.item("size", string(appendBytes(nil, float64(e.bytes))), stText)
	}
	if e.asked {
		w.item("hits", string(appendPercent(nil, e.hits))+" %", stText)
	}
	st := stText
	if e.failed {
		st = stWarn
	}
	if e.note != "" {
		w.item("note", e.note, st)
	}
	m.push(&page{title: "Cost", lines: w.lines})
}
