package ui

import (
	"fmt"

	"github.com/smoothtask/smoothtask/monitor"
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
	note := fmt.Sprintf("%d cores, last %s", max(len(cores), len(m.frame.Snapshot.System.CPU.Cores)), appendSpan(nil, m.span(a.w)))
	body := a.heading("CPU", note, stDim)
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
		if x+cells(m.text) < half.w && half.h > 1 {
			half.right(half.w, 0, m.text, stFaint)
		}
	}
}
