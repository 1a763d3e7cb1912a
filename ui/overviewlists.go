package ui

import (
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// strip is pressure, file systems and temperatures in one line, for small screens.
func (o *overview) strip(m *Model, a area) {
	s := &m.frame.Snapshot.System
	x := 0
	if s.Pressure.Have {
		x = a.text(x, 0, "pressure", stDim) + 1
		for _, p := range pressures(&s.Pressure) {
			x = a.text(x, 0, p.name, stFaint) + 1
			m.text = appendPercent(m.text[:0], p.some)
			x = a.bytes(x, 0, m.text, pressureStyle(p.some)) + 1
		}
		x++
	}
	for i := range s.Disks {
		d := &s.Disks[i]
		if x > a.w-20 {
			break
		}
		share := ratio(d.Used, d.Used+d.Free)
		x = a.text(x, 0, d.Mount, stDim) + 1
		m.text = append(appendPercent(m.text[:0], 100*share), '%')
		x = a.bytes(x, 0, m.text, loadStyle(share, stText)) + 2
	}
	o.hottest(m, a.part(x, 0, a.w-x, 1))
}

type named struct {
	name       string
	some, full float64
}

func pressures(p *metrics.Pressure) [3]named {
	return [3]named{{"cpu", p.CPUSome.Avg10, p.CPUFull.Avg10}, {"mem", p.MemorySome.Avg10, p.MemoryFull.Avg10}, {"io", p.IOSome.Avg10, p.IOFull.Avg10}}
}

func pressureStyle(v float64) screen.Style {
	switch {
	case v >= 40:
		return stBad
	case v >= 10:
		return stWarn
	case v < 0.05:
		return stFaint
	}
	return stText
}

// hottest shows the highest temperature.
func (o *overview) hottest(m *Model, a area) {
	var hot *metrics.Sensor
	for i := range m.frame.Snapshot.System.Sensors {
		if s := &m.frame.Snapshot.System.Sensors[i]; hot == nil || s.Celsius > hot.Celsius {
			hot = s
		}
	}
	if hot == nil || hot.Celsius <= 0 {
		return
	}
	m.text = strconv.AppendInt(m.text[:0], int64(hot.Celsius+0.5), 10)
	m.text = append(append(m.text, m.sym.degree...), 'C')
	st := stText
	if hot.High > 0 {
		st = loadStyle(hot.Celsius/hot.High, stText)
	}
	a.bytes(a.text(0, 0, "hottest ", stDim), 0, m.text, st)
}

func (o *overview) filesystems(m *Model, a area) {
	disks := m.frame.Snapshot.System.Disks
	body := a.heading("File systems", "", stDim)
	for i := range min(len(disks), body.h) {
		d := &disks[i]
		share := ratio(d.Used, d.Used+d.Free)
		name := min(24, body.w/3)
		body.part(0, i, name, 1).text(0, 0, d.Mount, stDim)
		m.text = appendBytes(m.text[:0], float64(d.Used))
		m.text = appendBytes(append(m.text, " of "...), float64(d.Total))
		st := loadStyle(share, stText)
		if d.Stuck {
			m.text, st = append(m.text[:0], "no answer"...), stBad
		}
		body.right(body.w, i, m.text, st)
		body.meter(name+1, i, body.w-name-16, share, loadStyle(share, stAccent))
	}
}

// pressure is PSI with a graph for each resource, and the temperatures.
func (o *overview) pressure(m *Model, a area) {
	p := &m.frame.Snapshot.System.Pressure
	body := a.heading("Pressure", "tasks that wait, 10 s", stFaint)
	if !p.Have {
		body.text(0, 0, "this kernel does not tell", stDim)
		o.hottest(m, body.part(0, 1, body.w, 1))
		return
	}
	for i, v := range pressures(p) {
		if i >= body.h {
			return
		}
		body.text(0, i, v.name, stDim)
		m.text = append(appendPercent(m.text[:0], v.some), '%')
		body.right(11, i, m.text, pressureStyle(v.some))
		line := body.part(13, i, body.w-13-16, 1)
		m.plot.graph(line, m.frame.Self.History, m.frame.Seq,
			series{of: monitor.SeriesPSICPU + monitor.Series(i), style: stAccent, top: 100})
		if v.full > 0 || i > 0 {
			m.text = append(appendPercent(append(m.text[:0], "all "...), v.full), '%')
			body.right(body.w, i, m.text, pressureStyle(v.full))
		}
	}
	if body.h > 3 {
		o.hottest(m, body.part(0, 3, body.w, 1))
	}
}

// processes lists those that use the most CPU.
func (o *overview) processes(m *Model, a area) {
	c := &m.frame.Snapshot.Counts
	m.text = append(strconv.AppendInt(m.text[:0], int64(c.Processes), 10), " processes, "...)
	m.text = append(strconv.AppendInt(m.text, int64(c.Running), 10), " running"...)
	if c.Zombie > 0 {
		m.text = append(strconv.AppendInt(append(m.text, ", "...), int64(c.Zombie), 10), " zombie"...)
	}
	body := a.heading("Top processes", string(m.text), stDim)
	for y := range min(body.h, len(o.top)) {
		row := o.top[y].row
		x := 0
		for _, f := range [...]struct{ col, w int }{{colPID, 7}, {colCPU, 7}, {colRSS, 6}} {
			var st screen.Style
			m.text, st = m.procs.cell(m.text[:0], row, f.col)
			if f.col == colCPU {
				m.text = append(m.text, '%')
			}
			x += f.w
			body.right(x, y, m.text, st)
			x++
		}
		var st screen.Style
		m.text, st = commandCell(m.text[:0], m.procs.process(row))
		body.bytes(x+1, y, m.text, st)
	}
}

// findings lists the worst and newest.
func (o *overview) findings(m *Model, a area) {
	r := m.frame.Threats
	if r == nil {
		a.heading("Findings", "", stDim)
		return
	}
	m.text = append(strconv.AppendInt(m.text[:0], int64(r.Coverage.Checked), 10), " of "...)
	m.text = append(strconv.AppendInt(m.text, int64(r.Coverage.Total), 10), " checks done"...)
	body := a.heading("Findings", string(m.text), stDim)
	y := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if y >= body.h || f.SuppressedBy != "" {
			break
		}
		o.finding(m, body, y, f)
		y++
	}
	if y == 0 {
		body.text(0, 0, "nothing found", stGood)
	}
}

func (o *overview) finding(m *Model, a area, y int, f *threats.Finding) {
	st := severityStyle(f.Severity)
	x := a.text(0, y, m.sym.severity[f.Severity], st) + 1
	x = a.text(x, y, severityShort[f.Severity], st) + 1
	m.text = appendSpan(m.text[:0], m.ageOf(f.First))
	a.right(x+6, y, m.text, stDim)
	x += 7
	title := stText
	if f.Gone {
		title = stGone
	}
	x = a.text(x, y, f.Title, title) + 1
	if f.Process != nil {
		m.text = append(m.text[:0], f.Process.ID.Comm...)
		m.text = strconv.AppendInt(append(m.text, ' '), int64(f.Process.Key.PID), 10)
		a.bytes(x, y, m.text, stDim)
	}
}

var severityShort = [...]string{"info", "low ", "med ", "high", "crit"}

func severityStyle(s threats.Severity) screen.Style {
	switch s {
	case threats.Critical:
		return stCritical
	case threats.High:
		return stBad
	case threats.Medium:
		return stWarn
	case threats.Low:
		return stAccent
	}
	return stDim
}

// ageOf is how long ago something was, at the time of the frame.
func (m *Model) ageOf(t time.Time) time.Duration { return m.frame.At.Sub(t) }
