package ui

import (
	"fmt"
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/ui/screen"
)

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
	body.bytes(0, 1, m.text, stDim)
	o.gauge(m, body, float64(c.Busy)/100, stCPU, func(dst []byte) []byte {
		return append(appendPercent(dst, float64(c.Busy)), '%')
	})
	rest := body.part(0, 2, body.w, body.h-2)
	rest = rest.part(0, o.cores(m, rest, cores), rest.w, rest.h)
	m.plot.graph(rest, m.frame.Self.History, m.frame.Seq, series{of: monitor.SeriesCPU, style: stCPU, top: 100})
}

// cores draws a small column for each processor and returns the rows it took. Of
// many, a column stands for several that follow each other, and shows the busiest.
func (o *overview) cores(m *Model, a area, cores []metrics.CPUPercent) int {
	if len(cores) == 0 || a.h == 0 {
		return 0
	}
	label, each := []byte("cores"), 1
	room := func() int { return max(a.w-len(label)-1, 1) }
	for n := (a.h + 1) / 2; (len(cores)+each-1)/each > n*room(); {
		each *= 2
		label = strconv.AppendInt(append(label[:0], "cores by "...), int64(each), 10)
	}
	columns := (len(cores) + each - 1) / each
	rows := (columns + room() - 1) / room()
	across := (columns + rows - 1) / rows
	a.bytes(0, 0, label, stDim)
	for i := range columns {
		busy := float32(0)
		for _, c := range cores[i*each : min((i+1)*each, len(cores))] {
			busy = max(busy, c.Busy)
		}
		share := float64(busy) / 100
		level, st := m.sym.level(share), loadStyle(share, stCPU)
		if level == ' ' { // it is there, and idle
			level, st = m.sym.levels[1], stFaint
		}
		a.put(len(label)+1+i%across, i/across, level, st)
	}
	return rows
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

// diskRates are bytes per second of all disks, and the share of time in which the
// busiest has work.
func diskRates(r *metrics.Rates) (read, write, busy float64) {
	for _, d := range r.DiskIO {
		read, write, busy = read+d.ReadBps, write+d.WriteBps, max(busy, d.Busy)
	}
	return read, write, busy
}

func (o *overview) disk(m *Model, a area) {
	r, w, busy := diskRates(m.frame.Rates)
	m.text = append(appendPercent(append(m.text[:0], "busiest "...), busy), '%')
	body := a.heading("Disk", string(m.text), loadStyle(busy/100, stDim))
	o.pair(m, body, "read", r, monitor.SeriesDiskRead, "write", w, monitor.SeriesDiskWrite)
}

// networkRates are bytes per second of all interfaces but loopback.
func networkRates(f *monitor.Frame) (rx, tx float64) {
	for i, n := range f.Rates.Networks {
		if i < len(f.Snapshot.System.Networks) && f.Snapshot.System.Networks[i].Loopback {
			continue
		}
		rx, tx = rx+n.RxBps, tx+n.TxBps
	}
	return rx, tx
}

func (o *overview) network(m *Model, a area) {
	rx, tx := networkRates(m.frame)
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
