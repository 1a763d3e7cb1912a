package ui

import (
	"fmt"
	"iter"
	"strconv"

	"github.com/smoothtask/smoothtask/internal/safetext"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// healthHeight is how many rows pressure, file systems and temperatures want on a
// screen of h rows: panels with all kinds of pressure, or one line.
func (o *overview) healthHeight(m *Model, h int) int {
	if h < 24 {
		return 1
	}
	rows := 1
	if m.frame.Snapshot.System.Pressure.Have {
		rows = len(pressures(&m.frame.Snapshot.System.Pressure))
	}
	if o.hottest(m); len(m.text) > 0 {
		rows++
	}
	return 1 + max(rows, min(len(m.frame.Snapshot.System.Disks), h/6))
}

// strip is pressure, file systems and temperatures in one line, for small screens.
func (o *overview) strip(m *Model, a area) {
	s := &m.frame.Snapshot.System
	x := 0
	if s.Pressure.Have {
		x = a.text(x, 0, "pressure", stDim) + 1
		for _, p := range pressures(&s.Pressure) {
			x = a.text(x, 0, p.name, stFaint) + 1
			m.text = append(appendPercent(m.text[:0], p.some), '%')
			x = a.bytes(x, 0, m.text, pressureStyle(p.some)) + 1
		}
		x++
	}
	if st := o.hottest(m); len(m.text) > 0 && x+len("hottest ")+cells(m.text) <= a.w {
		from := a.w - len("hottest ") - cells(m.text)
		a.bytes(a.text(from, 0, "hottest ", stDim), 0, m.text, st)
		a.w = from - 2
	}
	for d := range urgentFirst(s.Disks) {
		share := ratio(d.Used, d.Used+d.Free)
		st := loadStyle(share, stText)
		m.text = append(appendPercent(m.text[:0], 100*share), '%')
		if d.Stuck {
			m.text, st = append(m.text[:0], "no answer"...), stBad
		}
		if x+safetext.Width(d.Mount)+1+len(m.text) <= a.w { // whole or not at all
			x = a.text(x, 0, d.Mount, stDim) + 1
			x = a.bytes(x, 0, m.text, st) + 2
		}
	}
}

// urgentFirst yields file systems that are nearly full or do not answer before the
// others.
func urgentFirst(disks []metrics.Disk) iter.Seq[*metrics.Disk] {
	return func(yield func(*metrics.Disk) bool) {
		for _, urgent := range [...]bool{true, false} {
			for i := range disks {
				d := &disks[i]
				if (d.Stuck || loadStyle(ratio(d.Used, d.Used+d.Free), stText) != stText) == urgent && !yield(d) {
					return
				}
			}
		}
	}
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

// hottest writes the highest temperature into m.text; nothing when none is known.
func (o *overview) hottest(m *Model) screen.Style {
	var hot *metrics.Sensor
	for i := range m.frame.Snapshot.System.Sensors {
		if s := &m.frame.Snapshot.System.Sensors[i]; hot == nil || s.Celsius > hot.Celsius {
			hot = s
		}
	}
	m.text = m.text[:0]
	if hot == nil || hot.Celsius <= 0 {
		return stText
	}
	m.text = strconv.AppendInt(m.text, int64(hot.Celsius+0.5), 10)
	m.text = append(append(m.text, m.sym.degree...), 'C')
	if hot.High > 0 {
		return loadStyle(hot.Celsius/hot.High, stText)
	}
	return stText
}

func (o *overview) filesystems(m *Model, a area) {
	disks := m.frame.Snapshot.System.Disks
	note := ""
	if len(disks) > a.h-1 {
		note = fmt.Sprintf("%d of %d", a.h-1, len(disks))
	}
	body := a.heading("File systems", note, stDim)
	if len(disks) == 0 {
		body.text(0, 0, "none is known", stDim)
	}
	i := 0
	for d := range urgentFirst(disks) {
		if i >= body.h {
			break
		}
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
		i++
	}
}

// pressure is PSI with a graph for each resource, and the highest temperature.
func (o *overview) pressure(m *Model, a area) {
	p := &m.frame.Snapshot.System.Pressure
	body := a.heading("Pressure", "tasks that wait, 10 s", stFaint)
	y := 0
	if p.Have {
		for i, v := range pressures(p) {
			o.pressureOf(m, body.part(0, i, body.w, 1), v, monitor.SeriesPSICPU+monitor.Series(i))
			y++
		}
	} else {
		body.text(0, y, "this kernel does not tell", stDim)
		y++
	}
	if st := o.hottest(m); len(m.text) > 0 {
		body.bytes(body.text(0, y, "hottest ", stDim), y, m.text, st)
	}
}

// pressureOf is one resource in one line.
func (o *overview) pressureOf(m *Model, a area, v named, of monitor.Series) {
	a.text(0, 0, v.name, stDim)
	m.text = append(appendPercent(m.text[:0], v.some), '%')
	a.right(11, 0, m.text, pressureStyle(v.some))
	m.plot.graph(a.part(13, 0, a.w-13-16, 1), m.frame.Self.History, m.frame.Seq, series{of: of, style: stAccent, top: 100})
	if v.full > 0 || of != monitor.SeriesPSICPU {
		m.text = append(appendPercent(append(m.text[:0], "all "...), v.full), '%')
		a.right(a.w, 0, m.text, pressureStyle(v.full))
	}
}
