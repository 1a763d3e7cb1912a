package ui

import (
	"strings"

	"github.com/smoothtask/smoothtask/monitor"
)

// The places of a block of indicators: the name, then four right-aligned figures.
const (
	blockLast  = 20 // where the last value ends
	blockStep  = 6  // from one figure of the window to the next
	blockWidth = blockLast + 3*blockStep
	blockGap   = 2
)

// beside are the indicators that stand below the KPIs, in their order.
func beside() []monitor.Indicator { return monitor.Indicators[len(monitor.Self{}.KPIs):] }

// blocks is how many blocks of indicators stand side by side, and the rows that all
// of them take with their titles.
func blocks(w int) (n, rows int) {
	n = max((w+blockGap)/(blockWidth+blockGap), 1)
	return n, 1 + (len(beside())+n-1)/n
}

// indicators draws those without a goal in columns, each with its last value and its
// window, as many as there is room for.
func (m *Model) indicators(a area) {
	n, rows := blocks(a.w)
	rows = min(rows, a.h) - 1
	list := beside()
	for b := range n {
		part := a.column(b, n, blockGap)
		list := list[min(b*rows, len(list)):min((b+1)*rows, len(list))]
		if len(list) == 0 {
			break
		}
		m.figures(part, 0, [4]string{"last", "p50", "p95", "max"})
		for y := range list {
			m.indicator(part, y+1, &list[y])
		}
	}
}

func (m *Model) figures(a area, y int, titles [4]string) {
	for i, t := range titles {
		a.right(blockLast+i*blockStep, y, append(m.text[:0], t...), stFaint)
	}
}

// indicator draws one; a dash stands for what has no value.
func (m *Model) indicator(a area, y int, of *monitor.Indicator) {
	a.text(0, y, title(of.Name), stDim)
	k := m.frame.Self.KPI(of.Name)
	if k == nil || !k.Known {
		a.right(blockLast, y, append(m.text[:0], '-'), stFaint)
		return
	}
	a.right(blockLast, y, appendFigure(m.text[:0], k.Last, k.Unit), stText)
	for i, v := range [...]float64{k.P50, k.P95, k.Max} {
		a.right(blockLast+(i+1)*blockStep, y, appendUnit(m.text[:0], v, k.Unit), stDim)
	}
}

// title is the name of an indicator in words.
func title(name string) string { return strings.ReplaceAll(name, "_", " ") }

// appendFigure writes a value with its unit.
func appendFigure(dst []byte, v float64, unit string) []byte {
	dst = appendUnit(dst, v, unit)
	switch unit {
	case "B":
		return dst
	case "B/s", "calls/s":
		return append(dst, "/s"...)
	}
	return append(dst, unit...)
}

// appendUnit writes a value of a window: bytes with their unit, which changes with
// the size; of others it stands with the last value.
func appendUnit(dst []byte, v float64, unit string) []byte {
	if unit == "B" || unit == "B/s" {
		return appendBytes(dst, v)
	}
	return appendNumber(dst, v)
}
