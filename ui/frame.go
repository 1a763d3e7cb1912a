package ui

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/internal/safetext"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// The least size that shows anything of use.
const minWidth, minHeight = 40, 10

// tab is where a view's name stands, for the mouse.
type tab struct{ from, to, view int }

// View is the whole picture as text with escape sequences.
func (m *Model) View() string {
	m.paint()
	m.output = m.grid.AppendText(m.output[:0], m.palette)
	return string(m.output)
}

// paint draws everything into the grid.
func (m *Model) paint() {
	m.grid.Clear()
	a := area{&m.grid, m.sym, 0, 0, m.grid.W, m.grid.H}
	if a.w < minWidth || a.h < minHeight {
		a.text(0, 0, "too small", stText)
		a.text(0, 1, fmt.Sprintf("need %dx%d", minWidth, minHeight), stDim)
		return
	}
	m.header(a.part(0, 0, a.w, 1))
	m.kpis(a.part(0, 1, a.w, 1))
	m.tabBar(a.part(0, 2, a.w, 1))
	m.body = a.part(0, 3, a.w, a.h-4)
	m.content(m.body)
	m.footer(a.part(0, a.h-1, a.w, 1))
}

func (m *Model) content(a area) {
	from := 0
	for i, l := range m.layers { // a page hides what is below it
		if _, ok := l.(*page); ok {
			from = i
		}
	}
	covered := false
	if len(m.layers) > 0 {
		_, covered = m.layers[from].(*page)
	}
	if !covered {
		if m.frame == nil {
			m.collecting(a)
		} else {
			v := m.views[m.at]
			v.table().none = m.none(v.table())
			v.draw(m, a)
		}
	}
	for _, l := range m.layers[from:] {
		l.draw(m, a)
	}
}

// none says why a list has no rows, and how to see more.
func (m *Model) none(t *table) line {
	if len(t.index) > 0 {
		return line{}
	}
	return m.noneOf(t.count(), "")
}

// noneOf is what stands in place of so many rows of a kind, none of which is
// listed.
func (m *Model) noneOf(n int, what string) line {
	f := m.filterOf(m.at).inForce()
	if f == "" || n == 0 {
		return line{text: "nothing to show", style: stDim}
	}
	if what != "" {
		what = " " + what
	}
	text := fmt.Sprintf("none of %d%s pass the filter %s", n, what, f)
	if b := m.keys.action("back"); len(b.keys) > 0 {
		does := " clears it"
		if len(m.places) > 0 {
			does = " goes back"
		}
		text += "; " + keyName(b.keys[0]) + does
	}
	return line{text: text, style: stDim}
}

// collecting stands where data will be.
func (m *Model) collecting(a area) {
	text := "collecting…"
	if m.ended {
		text = "no data: the monitor has ended"
	}
	a.text((a.w-len(text))/2, a.h/2, text, stDim)
}

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
		if a.w < 78 { // the values have room, the goals have not
			m.text = appendNumber(m.text[:0], k.Last)
		} else {
			m.text = appendKPI(m.text[:0], k)
		}
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

// tabBar is the third line: the views and their numbers.
func (m *Model) tabBar(a area) {
	m.tabs = m.tabs[:0]
	x := 0
	for i, v := range m.views {
		from := x
		st, num := stDim, stKey
		if i == m.at {
			st, num = stTab, stTab
		}
		m.text = append(m.text[:0], ' ', byte('1'+i), ' ')
		x = a.bytes(x, 0, m.text, num)
		name := v.name()
		if a.w < 78 && i != m.at {
			name = name[:4]
		}
		x = a.text(x, 0, name, st)
		end := " "
		if _, ok := v.(*performance); ok && m.frame != nil && m.frame.Self.Governor.Level > 0 {
			end = "!" // something is held back, maybe what this view shows: there it is told
		}
		x = a.text(x, 0, end, st)
		m.tabs = append(m.tabs, tab{from, x, i})
		x++
	}
	label := m.filterLabel()
	if m.filterAbove = x+1+safetext.Width(label) <= a.w; m.filterAbove {
		a.text(x+1, 0, label, stAccent)
	}
}

// filterLabel names the filter that is in force; "" without one, and while it is
// typed. It stands beside the tabs, or in the footer where they leave no room.
func (m *Model) filterLabel() string {
	if t := m.filterOf(m.at).inForce(); t != "" && m.prompt == nil {
		return "filter: " + t
	}
	return ""
}
