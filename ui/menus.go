package ui

import (
	"slices"
	"strings"
)

// openSort asks for the column to sort by.
func openSort(m *Model) cmd {
	t := m.views[m.at].table()
	d := &menu{title: "Sort by", hint: "again turns around"}
	for i, c := range t.columns() {
		d.items = append(d.items, item{name: c.title, about: c.about, on: c.id == t.sortBy})
		if c.id == t.sortBy {
			d.at = i
		}
	}
	d.choose = func(m *Model, i int) cmd {
		m.pop()
		t.sort(t.columns()[i].id)
		m.refresh()
		return nil
	}
	m.push(d)
	return nil
}

// openColumns asks which columns to show, and in which order.
func openColumns(m *Model) cmd {
	t := m.views[m.at].table()
	d := &menu{title: "Columns", hint: "Space on/off, J K move, r resets, Enter closes"}
	order := columnOrder(t)
	on := map[string]bool{}
	for _, c := range t.columns() {
		on[c.id] = t.chosen == nil || slices.Contains(t.chosen, c.id)
	}
	// The table below is drawn first: what it had room for is known.
	d.fill = func() {
		d.items = d.items[:0]
		for _, id := range order {
			i := t.column(id)
			c := &t.columns()[i]
			it := item{name: c.title, about: c.about, on: on[id]}
			if it.on && len(t.shown) > 0 && !slices.Contains(t.shown, i) {
				it.on, it.waits, it.about = false, true, "no room now: "+c.about
			}
			d.items = append(d.items, it)
		}
		d.items = append(d.items, item{key: "r", name: "reset", button: true, about: "as many as the width has room for"})
	}
	apply := func() {
		t.chosen = nil
		for _, id := range order {
			if on[id] {
				t.chosen = append(t.chosen, id)
			}
		}
	}
	d.toggle = func(m *Model, i int) {
		if i < len(order) {
			on[order[i]] = !on[order[i]]
			apply()
		}
	}
	d.move = func(m *Model, i, by int) bool {
		if i >= len(order) || i+by < 0 || i+by >= len(order) {
			return false
		}
		order[i], order[i+by] = order[i+by], order[i]
		apply()
		return true
	}
	d.choose = func(m *Model, i int) cmd {
		if i == len(order) {
			t.chosen = nil
		}
		m.pop()
		return nil
	}
	d.fill()
	m.push(d)
	return nil
}

// columnOrder is the chosen columns, followed by those that are not.
func columnOrder(t *table) []string {
	order := slices.Clone(t.chosen)
	order = slices.DeleteFunc(order, func(id string) bool { return t.column(id) < 0 })
	for _, c := range t.columns() {
		if !slices.Contains(order, c.id) {
			order = append(order, c.id)
		}
	}
	return order
}

// openSaved asks for one of the filters of the configuration. Those of other views
// are shown too, with the view that they are for.
func openSaved(m *Model) cmd {
	if len(m.opts.Filters) == 0 {
		return m.say("no filters are saved in the configuration", stWarn)
	}
	d := &menu{title: "Saved filters"}
	var fitting, other []item
	var texts []string
	for _, f := range m.opts.Filters {
		if m.filterOf(m.at).takes(f.Text) {
			fitting = append(fitting, item{name: f.Name, about: f.Text})
			texts = append(texts, f.Text)
		} else {
			other = append(other, item{name: f.Name, about: "not for this view" + m.takers(f.Text), style: stFaint})
		}
	}
	d.items = append(fitting, other...)
	d.choose = func(m *Model, i int) cmd {
		if i >= len(texts) {
			return m.say("filter "+d.items[i].name+" is "+d.items[i].about, stWarn)
		}
		m.layers = nil
		m.filterOf(m.at).set(texts[i])
		m.refresh()
		return nil
	}
	m.push(d)
	return nil
}

// takers names the views that can use a filter.
func (m *Model) takers(text string) string {
	var names []string
	for i, v := range m.views {
		if v.table() != nil && m.queries[i].takes(text) {
			names = append(names, v.name())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", but for " + strings.Join(names, ", ")
}

// openThemes asks for the colours.
func openThemes(m *Model) cmd {
	if m.opts.NoColor {
		return m.say("colours are switched off", stWarn)
	}
	d := &menu{title: "Colours"}
	names := Themes()
	for i, name := range names {
		t, _ := findTheme(name, true)
		d.items = append(d.items, item{name: name, about: t.about, on: name == m.theme.name})
		if name == m.theme.name {
			d.at = i
		}
	}
	d.choose = func(m *Model, i int) cmd {
		m.pop()
		m.opts.Theme, m.themeChosen = names[i], true
		m.setTheme(names[i])
		return nil
	}
	m.push(d)
	return nil
}
