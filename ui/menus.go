package ui

import "slices"

// openSort asks for the column to sort by.
func openSort(m *Model) cmd {
	t := m.views[m.at].table()
	if t == nil {
		return nil
	}
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
	if t == nil {
		return nil
	}
	d := &menu{title: "Columns", hint: "Space on/off, J K move, r resets"}
	order := columnOrder(t)
	on := map[string]bool{}
	for _, c := range t.columns() {
		on[c.id] = t.chosen == nil || slices.Contains(t.chosen, c.id)
	}
	fill := func() {
		d.items = d.items[:0]
		for _, id := range order {
			c := t.columns()[t.column(id)]
			d.items = append(d.items, item{name: c.title, about: c.about, on: on[id]})
		}
		d.items = append(d.items, item{key: "r", name: "reset", about: "as many as the width has room for"})
	}
	apply := func() {
		t.chosen = nil
		for _, id := range order {
			if on[id] {
				t.chosen = append(t.chosen, id)
			}
		}
		fill()
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
	fill()
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

// openSaved asks for one of the filters of the configuration.
func openSaved(m *Model) cmd {
	if len(m.opts.Filters) == 0 {
		return m.say("no filters are saved in the configuration", stWarn)
	}
	d := &menu{title: "Saved filters"}
	for _, f := range m.opts.Filters {
		d.items = append(d.items, item{name: f.Name, about: f.Text})
	}
	d.choose = func(m *Model, i int) cmd {
		m.layers = nil
		if m.views[m.at].table() == nil {
			m.turn(processView)
		}
		m.filterOf(m.at).set(m.opts.Filters[i].Text)
		m.refresh()
		if err := m.filterOf(m.at).err; err != nil {
			return m.say("filter "+m.opts.Filters[i].Name+": "+err.Error(), stBad)
		}
		return nil
	}
	m.push(d)
	return nil
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
