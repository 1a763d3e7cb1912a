package ui

import (
	"slices"
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// header is the first line: the machine, and how it fares.
func (m *Model) header(a area) {
	a.fill(0, 0, a.w, ' ', stBar)
	defer a.restyle(0, barred)
	right := a.w - 1
	m.text = appendClock(m.text[:0], m.opts.Now())
	right = a.right(right, 0, m.text, stBar) - 2
	if m.frame == nil {
		a.part(0, 0, right, 1).text(1, 0, "smoothtask "+m.opts.Version, stBar)
		return
	}
	f := m.frame
	right = m.badge(a, right, f.Threats)
	if m.frozen || m.held() {
		m.text = append(append(m.text[:0], m.sym.frozen...), " frozen "...)
		m.text = appendClock(m.text, f.At)
		right -= cells(m.text) + 1
		a.bytes(right, 0, m.text, stWarn)
		right--
	}
	a = a.part(0, 0, right, 1)
	host := &f.Snapshot.System.Host
	x := a.text(1, 0, host.Name, stBar)
	m.text = append(m.text[:0], "  up "...)
	m.text = appendUptime(m.text, f.Snapshot.Uptime)
	m.text = append(m.text, "  load"...)
	l := &f.Snapshot.System.Load
	for _, v := range [...]float64{l.One, l.Five, l.Fifteen} {
		m.text = strconv.AppendFloat(append(m.text, ' '), v, 'f', 2, 64)
	}
	c := &f.Snapshot.Counts
	x = a.bytes(x, 0, m.text, stBar)
	m.text = append(append(m.text[:0], "  "...), f.Self.Source...)
	if a.w > 90 {
		m.text = append(m.text, "  "...)
		m.text = append(strconv.AppendInt(m.text, int64(c.Processes), 10), " processes"...)
	}
	if a.w > 120 {
		m.text = append(m.text, "  "...)
		m.text = append(strconv.AppendInt(m.text, int64(c.Threads), 10), " threads"...)
		m.text = append(append(m.text, "  "...), host.Kernel...)
	}
	a.bytes(x, 0, m.text, stBar)
}

// appendUptime leaves out what changes every second.
func appendUptime(dst []byte, d time.Duration) []byte {
	if d < time.Hour {
		return append(strconv.AppendInt(dst, int64(d/time.Minute), 10), 'm')
	}
	return appendSpan(dst, d)
}

// badge counts the findings by severity, right-aligned in the header.
func (m *Model) badge(a area, right int, r *threats.Report) int {
	if r == nil {
		return right
	}
	n := r.Counts()
	found := false
	for s := range threats.Critical + 1 { // painted from the right: the worst ends up first
		if n[s] == 0 || s == threats.Informational && a.w < 100 {
			continue
		}
		m.text = append(append(m.text[:0], m.sym.severity[s]...), ' ')
		m.text = strconv.AppendInt(m.text, int64(n[s]), 10)
		if a.w > 120 {
			m.text = append(append(m.text, ' '), s.String()...)
		}
		st := severityStyle(s)
		if s == threats.Critical {
			m.text = append(slices.Insert(m.text, 0, ' '), ' ')
		}
		right -= cells(m.text)
		a.bytes(right, 0, m.text, st)
		right -= 2
		found = true
	}
	if found {
		return right
	}
	st := stGood
	m.text = append(append(m.text[:0], string(m.sym.met)...), " no findings"...)
	if r.Coverage.Checked < r.Coverage.Total {
		st = stDim
		m.text = append(m.text[:0], "checking "...)
		m.text = strconv.AppendInt(m.text, int64(r.Coverage.Checked), 10)
		m.text = strconv.AppendInt(append(m.text, '/'), int64(r.Coverage.Total), 10)
	}
	right -= cells(m.text)
	a.bytes(right, 0, m.text, st)
	return right - 2
}
