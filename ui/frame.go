package ui

import (
	"fmt"

	"github.com/smoothtask/smoothtask/internal/safetext"
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
			if x >= a.w {
				a.put(a.w-1, 0, '!', stWarn)
			}
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
