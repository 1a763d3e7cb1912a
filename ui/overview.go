package ui

import (
	"fmt"
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// overview is what matters now, on one screen.
type overview struct {
	top []rank // scratch: the processes that use the most CPU
}

func (o *overview) name() string  { return "Overview" }
func (o *overview) scope() scope  { return everywhere }
func (o *overview) table() *table { return nil }

const overviewTop = 40 // more processes than any screen shows here

func (o *overview) refresh(m *Model) {
	o.top = o.top[:0]
	now := m.procs.now
	for i := range now.snap.Processes {
		o.top = append(o.top, rank{-float64(now.calm[i]), "", int32(i)})
	}
	t := table{rows: m.procs, ranks: o.top}
	t.sortTo(overviewTop)
	o.top = o.top[:min(overviewTop, len(o.top))]
}

// draw lays panels out in two columns, and in three rows whose heights follow
// the height of the screen.
func (o *overview) draw(m *Model, a area) {
	gap := 2
	if a.w >= 120 {
		gap = 4
	}
	a = a.part(1, 0, a.w-2, a.h)
	left, right := a.column(0, 2, gap), a.column(1, 2, gap)
	upper := max(5, min(a.h*26/100, 14))
	middle := max(4, min(a.h*22/100, 12))
	o.cpu(m, left.part(0, 0, left.w, upper))
	o.memory(m, right.part(0, 0, right.w, upper))
	o.disk(m, left.part(0, upper, left.w, middle))
	o.network(m, right.part(0, upper, right.w, middle))
	y := upper + middle
	strip := 1
	if len(m.frame.Snapshot.System.Disks) > 0 && a.h >= 24 {
		strip = min(2+len(m.frame.Snapshot.System.Disks), max(3, a.h/6))
	}
	if strip > 1 {
		o.filesystems(m, left.part(0, y, left.w, strip))
		o.pressure(m, right.part(0, y, right.w, strip))
	} else {
		o.strip(m, a.part(0, y, a.w, 1))
	}
	y += strip
	if a.w >= 150 || a.h-y < 8 {
		o.processes(m, left.part(0, y, left.w, a.h-y))
		o.findings(m, right.part(0, y, right.w, a.h-y))
		return
	}
	h := (a.h - y + 1) * 3 / 5
	o.processes(m, a.part(0, y, a.w, h))
	o.findings(m, a.part(0, y+h, a.w, a.h-y-h))
}

func (o *overview) cpu(m *Model, a area) {
	c := m.frame.Rates.CPU
	cores := m.frame.Rates.Cores
	m.text = append(m.text[:0], "user "...)
	m.text = appendPercent(m.text, float64(c.User+c.Nice))
	m.text = appendPercent(append(m.text, " sys "...), float64(c.System+c.IRQ))
	m.text = appendPercent(append(m.text, " wait "...), float64(c.IOWait))
	if c.Steal >= 0.05 {
		m.text = appendPercent(append(m.text, " steal "...), float64(c.Steal))
	}
	body := a.heading("CPU", fmt.Sprintf("%d cores", max(len(cores), len(m.frame.Snapshot.System.CPU.Cores))), stDim)
	o.gauge(m, body, float64(c.Busy)/100, stCPU, func(dst []byte) []byte {
		return append(appendPercent(dst, float64(c.Busy)), '%')
	})
	rest := body.h - 1
	if body.w < 2*len(cores) || rest < 2 {
		body.bytes(0, 1, m.text, stDim)
		m.plot.graph(body.part(0, 2, body.w, rest-1), m.frame.Self.History, m.frame.Seq, series{of: monitor.SeriesCPU, style: stCPU, top: 100})
		return
	}
	x := body.bytes(0, 1, m.text, stDim) + 2
	for i := range cores {
		if x >= body.w {
			break
		}
		share := float64(cores[i].Busy) / 100
		body.put(x, 1, m.sym.level(share), loadStyle(share, stCPU))
		x++
	}
	m.plot.graph(body.part(0, 2, body.w, rest-1), m.frame.Self.History, m.frame.Seq, series{of: monitor.SeriesCPU, style: stCPU, top: 100})
}

// gauge is a meter with its value at the right.
func (o *overview) gauge(m *Model, a area, share float64, st screen.Style, value func([]byte) []byte) {
	var room [32]byte
	text := value(room[:0])
	const w = 15
	a.meter(0, 0, a.w-w-1, share, loadStyle(share, st))
	a.right(a.w, 0, text, loadStyle(share, stStrong))
}

func (o *overview) memory(m *Model, a area) {
	mem := &m.frame.Snapshot.System.Memory
	body := a.heading("Memory", "used = total - available", stFaint)
	share := ratio(mem.Used, mem.Total)
	o.gauge(m, body, share, stMemory, func(dst []byte) []byte {
		dst = append(appendPercent(dst, 100*share), "% of "...)
		return appendBytes(dst, float64(mem.Total))
	})
	m.text = append(m.text[:0], "cached "...)
	m.text = appendBytes(m.text, float64(mem.Cached+mem.Buffers))
	m.text = appendBytes(append(m.text, " free "...), float64(mem.Free))
	if mem.SwapTotal > 0 {
		m.text = appendBytes(append(m.text, " swap "...), float64(mem.SwapUsed))
		m.text = appendBytes(append(m.text, '/'), float64(mem.SwapTotal))
	} else {
		m.text = append(m.text, " no swap"...)
	}
	body.bytes(0, 1, m.text, stDim)
	m.plot.graph(body.part(0, 2, body.w, body.h-2), m.frame.Self.History, m.frame.Seq, series{of: monitor.SeriesMemory, style: stMemory, top: 100})
}

func ratio(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func (o *overview) disk(m *Model, a area) {
	var r, w, busy float64
	for _, d := range m.frame.Rates.DiskIO {
		r, w, busy = r+d.ReadBps, w+d.WriteBps, max(busy, d.Busy)
	}
	m.text = append(appendPercent(append(m.text[:0], "busiest "...), busy), '%')
	body := a.heading("Disk", string(m.text), loadStyle(busy/100, stDim))
	o.pair(m, body, "read", r, monitor.SeriesDiskRead, "write", w, monitor.SeriesDiskWrite)
}

func (o *overview) network(m *Model, a area) {
	var rx, tx float64
	for i, n := range m.frame.Rates.Networks {
		if i < len(m.frame.Snapshot.System.Networks) && m.frame.Snapshot.System.Networks[i].Loopback {
			continue
		}
		rx, tx = rx+n.RxBps, tx+n.TxBps
	}
	m.text = appendNumber(append(m.text[:0], "retransmits "...), m.frame.Rates.Retransmit)
	body := a.heading("Network", string(append(m.text, "/s"...)), stDim)
	o.pair(m, body, "in", rx, monitor.SeriesNetRx, "out", tx, monitor.SeriesNetTx)
}

// pair draws two series side by side, each with its value.
func (o *overview) pair(m *Model, a area, n1 string, v1 float64, s1 monitor.Series, n2 string, v2 float64, s2 monitor.Series) {
	const gap = 2
	for i, p := range [...]struct {
		name string
		v    float64
		s    monitor.Series
		st   screen.Style
	}{{n1, v1, s1, stIn}, {n2, v2, s2, stOut}} {
		half := a.column(i, 2, gap)
		x := half.text(0, 0, p.name, stDim) + 1
		m.text = appendRate(m.text[:0], p.v)
		x = half.bytes(x, 0, m.text, p.st) + 1
		top := m.plot.graph(half.part(0, 1, half.w, half.h-1), m.frame.Self.History, m.frame.Seq, series{of: p.s, style: p.st, floor: 1 << 10})
		m.text = appendBytes(append(append(m.text[:0], string(m.sym.up)...), ' '), top)
		if x+cells(m.text) <= half.w && half.h > 1 {
			half.right(half.w, 0, m.text, stFaint)
		}
	}
}

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
		for _, f := range [...]struct{ col, w int }{{colPID, 7}, {colCPU, 6}, {colRSS, 6}} {
			var st screen.Style
			m.text, st = m.procs.cell(m.text[:0], row, f.col)
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
