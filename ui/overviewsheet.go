package ui

import (
	"strconv"

	"github.com/smoothtask/smoothtask/ui/screen"
)

// overviewFigures are what the overview shows as rows of part, name and value: the
// panels, and each cell of the lists below them.
type overviewFigures []overviewFigure

type overviewFigure struct {
	part, name, raw string // raw is the name in a file, with its unit
	shown, value    string
	kind            rawKind
}

func (f *overviewFigures) number(part, name, raw string, shown []byte, v float64) {
	value, kind := rawFloat(nil, v)
	*f = append(*f, overviewFigure{part, name, raw, string(shown), string(value), kind})
}

func (f *overviewFigures) percent(part, name string, v float64) {
	f.number(part, name, name+"_percent", append(appendPercent(nil, v), '%'), v)
}

func (f *overviewFigures) bytes(part, name string, v uint64) {
	f.number(part, name, name+"_bytes", appendBytes(nil, float64(v)), float64(v))
}

func (f *overviewFigures) rate(part, name string, v float64) {
	f.number(part, name, name+"_bytes_per_s", appendRate(nil, v), v)
}

// figures takes down what the overview shows now.
func (o *overview) figures(m *Model) (f overviewFigures) {
	sys, rates := &m.frame.Snapshot.System, m.frame.Rates
	f.percent("cpu", "busy", float64(rates.CPU.Busy))
	f.percent("cpu", "user", float64(rates.CPU.User+rates.CPU.Nice))
	f.percent("cpu", "system", float64(rates.CPU.System+rates.CPU.IRQ))
	f.percent("cpu", "wait", float64(rates.CPU.IOWait))
	f.percent("cpu", "steal", float64(rates.CPU.Steal))
	for i, c := range rates.Cores {
		f.percent("core "+strconv.Itoa(i), "busy", float64(c.Busy))
	}
	mem := &sys.Memory
	f.bytes("memory", "used", mem.Used)
	f.bytes("memory", "total", mem.Total)
	f.bytes("memory", "cached", mem.Cached+mem.Buffers)
	f.bytes("memory", "free", mem.Free)
	f.bytes("swap", "used", mem.SwapUsed)
	f.bytes("swap", "total", mem.SwapTotal)
	read, write, busy := diskRates(rates)
	f.rate("disk", "read", read)
	f.rate("disk", "write", write)
	f.percent("disk", "busiest", busy)
	in, out := networkRates(m.frame)
	f.rate("network", "rx", in)
	f.rate("network", "tx", out)
	f.number("network", "retransmits", "retransmits_per_s", append(appendNumber(nil, rates.Retransmit), "/s"...), rates.Retransmit)
	if sys.Pressure.Have {
		for _, p := range pressures(&sys.Pressure) {
			f.percent("pressure of "+p.name, "some", p.some)
			f.percent("pressure of "+p.name, "full", p.full)
		}
	}
	for i := range sys.Disks {
		d := &sys.Disks[i]
		f.bytes("file system "+d.Mount, "used", d.Used)
		f.bytes("file system "+d.Mount, "total", d.Total)
	}
	for i := range sys.Sensors {
		s := &sys.Sensors[i]
		f.number("temperature of "+s.Name, "temperature", "celsius", append(appendNumber(nil, s.Celsius), " °C"...), s.Celsius)
	}
	f.list("process", &o.list)
	f.list("finding", &o.news)
	return f
}

// list takes down the cells of a list, row by row.
func (f *overviewFigures) list(part string, t *table) {
	rows := t.rows.(exportable)
	t.sortTo(len(t.index))
	for at := range t.index {
		for _, id := range t.ids() {
			col := t.column(id)
			shown, _ := t.cell(nil, t.row(at), col)
			value, kind := rows.raw(nil, t.row(at), col)
			*f = append(*f, overviewFigure{part + " " + strconv.Itoa(at+1), id, rows.rawName(col), string(shown), string(value), kind})
		}
	}
}

var figureColumns = []column{{id: "part", title: "PART"}, {id: "name", title: "NAME"}, {id: "value", title: "VALUE"}}

func (f overviewFigures) columns() []column                  { return figureColumns }
func (f overviewFigures) count() int                         { return len(f) }
func (f overviewFigures) order(int32, int) (float64, string) { return 0, "" }
func (f overviewFigures) rawName(col int) string             { return figureColumns[col].id }
func (f overviewFigures) detach() exportable                 { return f }

func (f overviewFigures) cell(dst []byte, row int32, col int) ([]byte, screen.Style) {
	e := &f[row]
	return append(dst, [...]string{e.part, e.name, e.shown}[col]...), stText
}

func (f overviewFigures) raw(dst []byte, row int32, col int) ([]byte, rawKind) {
	switch e := &f[row]; col {
	case 0:
		return rawString(dst, e.part)
	case 1:
		return rawString(dst, e.raw)
	default:
		return append(dst, e.value...), e.kind
	}
}
