package ui

import (
	"strconv"

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
func (p *performance) scope() scope  { return lists }
func (p *performance) table() *table { return &p.list }

func (p *performance) refresh(m *Model) {
	p.costs.fill(m.frame, m.filterOf(performanceView))
	p.list.setRows(p.costs.index)
}

func (p *performance) draw(m *Model, a area) {
	a = a.part(1, 0, a.w-2, a.h)
	graphs := max(3, min(a.h/5, 9))
	p.indicators(m, a.part(0, 0, a.w, graphs))
	y := graphs
	facts := p.facts(m)
	lines := min(len(facts), max(3, a.h-graphs-8))
	for i := range lines {
		x := a.text(0, y+i, facts[i].label, stDim)
		a.text(max(x+1, 11), y+i, facts[i].text, facts[i].style)
	}
	y += lines
	p.list.resize(a.h - y - 1)
	p.list.draw(a.part(-1, y, a.w, a.h-y), true, nil)
}

// indicators draws the KPIs side by side, each with its goal as a line.
func (p *performance) indicators(m *Model, a area) {
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
		if x+cells(m.text) > part.w {
			m.text = appendNumber(m.text[:0], k.Last)
		}
		part.right(part.w, 0, m.text, st)
		x = 0
		for _, of := range [...]struct {
			name string
			v    float64
		}{{"p95 ", k.P95}, {"p50 ", k.P50}, {"max ", k.Max}} {
			if m.text = appendNumber(append(m.text[:0], of.name...), of.v); x+cells(m.text) <= part.w { // whole or not at all
				x = part.bytes(x, 1, m.text, stDim) + 1
			}
		}
		graph := series{of: shown[i].series, style: graphStyle(k), floor: max(shown[i].floor, k.Goal*1.2), goal: k.Goal}
		m.plot.graph(part.part(0, 2, part.w, part.h-2), m.frame.Self.History, m.frame.Seq, graph)
	}
}

func graphStyle(k *monitor.KPI) screen.Style {
	if k.Known && !k.Met {
		return stBad
	}
	return stCPU
}

type fact struct {
	label, text string
	style       screen.Style
}

// facts are the lines in words, the most pressing first.
func (p *performance) facts(m *Model) []fact {
	s := m.frame.Self
	var f []fact
	for _, d := range s.Diagnosis {
		f = append(f, fact{"why", d, stWarn})
	}
	gov := "nothing is held back"
	st := stText
	if s.Governor.Level > 0 {
		gov, st = "holds back:", stWarn
		for _, a := range s.Governor.Active {
			gov += " " + a + ";"
		}
	}
	f = append(f, fact{"governor", gov, st})
	for i, step := range s.Governor.Steps {
		if i == 2 {
			break
		}
		b := appendSpan(nil, m.ageOf(step.At))
		verb := " ago gave back "
		if step.Up {
			verb = " ago held back "
		}
		f = append(f, fact{"", string(b) + verb + step.What + ": " + step.Reason, stDim})
	}
	b := append([]byte(s.Source), ": "...)
	f = append(f, fact{"source", string(append(b, s.SourceWhy...)), stText})
	b = strconv.AppendInt(nil, int64(s.Pool.Workers), 10)
	b = strconv.AppendInt(append(b, " workers, "...), int64(s.Pool.Running), 10)
	b = strconv.AppendInt(append(b, " running, "...), int64(s.Pool.Waiting), 10)
	b = append(b, " waiting"...)
	for _, k := range s.Pool.Kinds {
		b = append(append(append(b, "; "...), k.Name...), " batch "...)
		b = strconv.AppendInt(b, int64(k.Batch), 10)
		b = appendMillis(append(b, " p95 "...), float64(k.LatencyP95)/1e6)
		b = append(b, "ms"...)
	}
	f = append(f, fact{"pool", string(b), stText})
	b = nil
	for i, c := range s.Caches {
		if i > 0 {
			b = append(b, "; "...)
		}
		b = appendCount(append(append(b, c.Name...), ' '), float64(c.Entries))
		if c.Bytes > 0 {
			b = appendBytes(append(b, ' '), float64(c.Bytes))
		}
		if all := c.Hits + c.Misses; all > 0 {
			b = append(appendPercent(append(b, " hits "...), 100*ratio(c.Hits, all)), '%')
		}
	}
	if len(b) > 0 {
		f = append(f, fact{"caches", string(b), stText})
	}
	r := &s.Runtime
	b = appendBytes(append(b[:0:0], "heap "...), float64(r.HeapBytes))
	b = appendBytes(append(b, ", peak rss "...), float64(r.PeakRSSBytes))
	b = appendCount(append(b, ", collections "...), float64(r.GCs))
	b = append(appendMillis(append(b, ", pause "...), float64(r.GCPauseLast)/1e6), "ms"...)
	b = append(appendMillis(append(b, " (max "...), float64(r.GCPauseMax)/1e6), "ms)"...)
	b = strconv.AppendInt(append(b, ", goroutines "...), int64(r.Goroutines), 10)
	f = append(f, fact{"runtime", string(b), stText})
	if io := &s.IO; io.Known {
		b = appendRate(append(b[:0:0], "read "...), io.ReadBps)
		b = append(appendNumber(append(b, " ("...), io.ReadCallsPS), " calls/s)"...)
		b = appendRate(append(b, ", written "...), io.WriteBps)
		b = append(appendNumber(append(b, " ("...), io.WriteCallsPS), " calls/s)"...)
		b = appendRate(append(b, ", terminal "...), io.TerminalBps)
		b = appendRate(append(b, ", disk "...), io.DiskReadBps+io.DiskWriteBps)
		f = append(f, fact{"own i/o", string(b), stText})
	}
	return f
}
