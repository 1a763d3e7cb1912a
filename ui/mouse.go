package ui

import tea "github.com/charmbracelet/bubbletea"

// wheelStep is how many rows the wheel scrolls.
const wheelStep = 3

// mouse selects with a click, sorts with a click on a title, and scrolls with
// the wheel. A second click on the selected row opens its details.
func (m *Model) mouse(e tea.MouseMsg) cmd {
	if e.Action != tea.MouseActionPress {
		return nil
	}
	switch e.Button {
	case tea.MouseButtonWheelUp, tea.MouseButtonWheelDown:
		by := wheelStep
		if e.Button == tea.MouseButtonWheelUp {
			by = -by
		}
		m.wheel(by)
		m.watch()
	case tea.MouseButtonLeft:
		return m.click(e.X, e.Y)
	}
	return nil
}

func (m *Model) wheel(by int) {
	switch l := m.top().(type) {
	case *page:
		l.scroll(by)
	case *menu:
		l.at = min(max(l.at+by/wheelStep, 0), max(len(l.items)-1, 0))
	default:
		if t := m.views[m.at].table(); t != nil {
			t.scroll(by)
		}
	}
}

func (m *Model) click(x, y int) cmd {
	if m.prompt != nil {
		return nil
	}
	if d, asking := m.top().(*menu); asking {
		return d.click(m, x, y)
	}
	if y == 2 {
		for _, t := range m.tabs {
			if x >= t.from && x < t.to {
				return m.visit(t.view)
			}
		}
		return nil
	}
	if n := m.network; m.at == networkView && m.top() == nil && y == n.row {
		for _, t := range n.modes {
			if x >= t.from && x < t.to {
				return m.showNetwork(networkMode(t.view))
			}
		}
		return nil
	}
	if m.top() != nil || m.frame == nil {
		return nil
	}
	if m.at == overviewView && m.over.click(x, y) {
		return nil
	}
	t := m.views[m.at].table()
	column, place, ok := t.at(x-t.x, y-t.y)
	switch {
	case !ok:
	case column != "":
		t.sort(column)
		m.refresh()
	case place == t.cursor:
		return openDetails(m)
	default:
		t.moveTo(place)
	}
	return nil
}

// click takes a choice, or turns it on and off where Space does that. In a dialog
// that acts, the first click only selects. Beside the choices a click does nothing.
func (d *menu) click(m *Model, x, y int) cmd {
	i := d.from + y - d.y
	if x < d.x || x >= d.x+d.w || y < d.y || y >= d.y+d.h || i >= len(d.items) {
		return nil
	}
	again := d.at == i && d.clicked == i+1
	d.at, d.clicked = i, i+1
	switch {
	case d.still && !again:
	case d.toggle != nil && !d.items[i].button:
		d.toggle(m, i)
	case d.choose != nil:
		return d.choose(m, i)
	}
	return nil
}
