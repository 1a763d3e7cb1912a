package ui

import (
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// performance is the view of what the program itself costs: its KPIs over time
// against their goals, and where the cost comes from.
type performance struct {
	list  table
	costs costs
}

func newPerformance() *performance {
	p := &performance{}
	p.list = table{rows: &p.costs, sortBy: "took"}
	return p
}

func (p *performance) name() string  { return "Performance" }
func (p *performance) scope() scope  { return inPerformance }
func (p *performance) table() *table { return &p.list }

func (p *performance) refresh(m *Model) {
	p.costs.fill(&m.opts, m.frame, m.filterOf(performanceView))
	p.list.setRows(p.costs.index)
}

// leastRows is what the list keeps of a low screen, titles included.
const leastRows = 7

// leastAiry is the height from which a blank row sets figures and words apart.
const leastAiry = 32

func (p *performance) draw(m *Model, a area) {
	a = a.part(1, 0, a.w-2, a.h)
	y := max(3, min(a.h/5, 9))
	p.goals(m, a.part(0, 0, a.w, y))
	_, rows := blocks(a.w)
	facts := m.facts(true)
	// The facts that are figures are kept; of the indicators, the first stay.
	if has := max(a.h-y-figuresOf(facts)-leastRows, 2); has < rows {
		rows, facts = has, m.facts(false)
	}
	m.indicators(a.part(0, y, a.w, rows))
	if y += rows; a.h >= leastAiry {
		y++
	}
	room := max(3, a.h-y-leastRows)
	y += drawFacts(a.part(0, y, a.w, room), shorten(facts, room))
	p.list.resize(a.h - y - 1)
	p.list.draw(a.part(-1, y, a.w, a.h-y), true, nil)
}

// leastBeside is the least width in which the value of an indicator stands beside
// its name; in less it stands below.
const leastBeside = 13

// goals draws the KPIs side by side, each with its goal as a line.
func (p *performance) goals(m *Model, a area) {
	var shown = [...]struct {
		series monitor.Series
		floor  float64
	}{{monitor.SeriesCollect, 1}, {monitor.SeriesDetect, 1}, {monitor.SeriesRSS, 10}, {monitor.SeriesOwnCPU, 1}, {monitor.SeriesOwnIO, 1 << 10}}
	for i := range m.frame.Self.KPIs {
		k := &m.frame.Self.KPIs[i]
		part := a.column(i, len(shown), 2)
		st, sign := m.verdict(k)
		x := part.text(0, 0, k.Name, stStrong) + 1
		if sign != 0 {
			part.put(x, 0, sign, st)
			x += 2
		}
		m.text = appendKPI(m.text[:0], k)
		if part.w < leastBeside {
			part.bytes(0, 1, m.text, st)
		} else {
			if x+cells(m.text) > part.w {
				m.text = appendNumber(m.text[:0], k.Last)
			}
			part.right(part.w, 0, m.text, st)
			m.window(part, 0, 1, k)
		}
		graph := series{of: shown[i].series, style: graphStyle(k), floor: max(shown[i].floor, k.Goal*1.2), goal: k.Goal}
		m.plot.graph(part.part(0, 2, part.w, part.h-2), m.frame.Self.History, m.frame.Seq, graph)
	}
}

// window writes what an indicator was over the last minutes: each figure whole, or
// not at all.
func (m *Model) window(a area, x, y int, k *monitor.KPI) {
	for _, of := range [...]struct {
		name string
		v    float64
	}{{"p95 ", k.P95}, {"p50 ", k.P50}, {"max ", k.Max}} {
		if m.text = appendUnit(append(m.text[:0], of.name...), of.v, k.Unit); x+cells(m.text) <= a.w {
			x = a.bytes(x, y, m.text, stDim) + 1
		}
	}
}

func graphStyle(k *monitor.KPI) screen.Style {
	if k.Known && !k.Met {
		return stBad
	}
	return stCPU
}
