package ui

import (
	"strconv"

	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// kpis is the second line: what the program itself costs, against its goals.
func (m *Model) kpis(a area) {
	if m.frame == nil {
		a.text(1, 0, "own cost: collecting…", stDim)
		return
	}
	held := m.frame.Self.Governor.Level
	wide := a.w >= 110 && (held == 0 || a.w >= 130) // the figures of the window have room, too
	x, gap := 1, 2
	switch {
	case a.w >= 110:
		gap = 4
	case a.w < 60:
		gap = 0
	}
	for i := range m.frame.Self.KPIs {
		k := &m.frame.Self.KPIs[i]
		st, sign := m.verdict(k)
		x = a.text(x, 0, k.Name, stDim) + 1
		shown := *k
		if a.w < 78 { // the values have room, the goals have not
			shown.Goal = 0
		}
		if a.w < 68 {
			shown.Unit = ""
		}
		m.text = appendKPI(m.text[:0], &shown)
		x = a.bytes(x, 0, m.text, st) + 1
		if wide && k.Known && k.Goal > 0 {
			m.text = append(m.text[:0], "p95 "...)
			m.text = appendNumber(m.text, k.P95)
			x = a.bytes(x, 0, m.text, stFaint) + 1
		}
		if sign != 0 {
			a.put(x, 0, sign, st)
			x++
		}
		x += gap
	}
	if held > 0 && a.w >= 110 {
		m.text = strconv.AppendInt(append(m.text[:0], "held back "...), int64(held), 10)
		a.right(a.w-1, 0, m.text, stWarn)
	}
}

// verdict is the colour and the sign of a KPI.
func (m *Model) verdict(k *monitor.KPI) (screen.Style, rune) {
	switch {
	case !k.Known:
		return stFaint, m.sym.unknown
	case k.Goal == 0:
		return stText, 0
	case k.Met:
		return stGood, m.sym.met
	}
	return stBad, m.sym.missed
}

// appendKPI writes value, goal and unit: 18/100ms.
func appendKPI(dst []byte, k *monitor.KPI) []byte {
	if !k.Known {
		dst = append(dst, '-')
	} else {
		dst = appendNumber(dst, k.Last)
	}
	if k.Goal > 0 {
		dst = strconv.AppendFloat(append(dst, '/'), k.Goal, 'f', -1, 64)
	}
	if k.Unit == "calls/s" {
		return append(dst, "/s"...)
	}
	return append(dst, k.Unit...)
}
