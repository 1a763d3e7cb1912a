package ui

import tea "github.com/charmbracelet/bubbletea"

// keysOf takes letters one by one: those that come together over a slow line are
// one message, but as many keys.
func (m *Model) keysOf(k tea.KeyMsg) cmd {
	if k.Type != tea.KeyRunes || k.Paste || len(k.Runes) < 2 {
		return m.key(k)
	}
	var all []tea.Cmd
	for _, r := range k.Runes {
		all = append(all, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: k.Alt}))
	}
	return tea.Batch(all...)
}

// key gives a key to whoever is on top: the filter line, a layer, the view.
func (m *Model) key(k tea.KeyMsg) cmd {
	name := k.String()
	if k.Paste {
		name = ""
	}
	if b := m.keys.find(name, everywhere); b != nil && b.action == "quit" && (name == "ctrl+c" || m.prompt == nil && !m.typing()) {
		return m.run(b)
	}
	if m.prompt != nil {
		return m.prompt.key(m, k)
	}
	if l := m.top(); l != nil {
		if c, ok := l.press(m, k); ok {
			return c
		}
	}
	if name == "" {
		return nil
	}
	return m.run(m.keys.find(name, m.scopes()...))
}

// typing reports whether the layer on top takes letters as text.
func (m *Model) typing() bool {
	d, ok := m.top().(*menu)
	return ok && d.input != nil
}

// scopes are where a key can belong now, the nearest first.
func (m *Model) scopes() []scope {
	if p := m.page(); p != nil {
		return p.scopes()
	}
	v := m.views[m.at]
	active := []scope{v.scope()}
	if v.scope() != lists {
		active = append(active, lists)
	}
	return append(active, inViews, everywhere)
}

// scopes are what works on a page: it depends on what it is about.
func (p *page) scopes() []scope {
	var active []scope
	switch {
	case p.finding != nil:
		active = append(active, inFinding)
	case p.key.PID != 0:
		active = append(active, inDossier)
	}
	if p.key.PID != 0 {
		active = append(active, aboutProcess)
	}
	return append(active, inPages, everywhere)
}

// run does what a binding says, or tells why it cannot.
func (m *Model) run(b *binding) cmd {
	if b == nil {
		return nil
	}
	if b.needs != nil {
		if why := b.needs(&m.opts); why != "" {
			return m.say(b.help+": "+why, stWarn)
		}
	}
	c := b.do(m)
	m.watch()
	return c
}

// back leaves what is on top: a layer, the last jump, a filter. It never quits.
func back(m *Model) cmd {
	switch {
	case m.top() != nil:
		m.pop()
	case len(m.places) > 0:
		m.goBack()
	case m.filterOf(m.at).text != "":
		m.filterOf(m.at).set("")
		m.refresh()
	}
	return nil
}
