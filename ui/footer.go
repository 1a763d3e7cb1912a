package ui

import (
	"strconv"

	"github.com/smoothtask/smoothtask/internal/safetext"
)

// footer is the last line: the filter being typed, a message, or the keys that
// do something here.
func (m *Model) footer(a area) {
	if m.prompt != nil {
		m.prompt.draw(m, a)
		return
	}
	if m.note != "" && m.opts.Now().Before(m.noteUntil) {
		a.text(1, 0, m.note, m.noteStyle)
		return
	}
	if _, asking := m.top().(*menu); asking {
		return // the dialog says what its keys do
	}
	right := a.w - 1
	if t := m.views[m.at].table(); t != nil && m.top() == nil && m.frame != nil {
		m.text = m.text[:0]
		if n := len(m.procs.marks); n > 0 && m.at == processView {
			m.text = append(strconv.AppendInt(m.text, int64(n), 10), " marked  "...)
		}
		if len(t.index) > 0 {
			m.text = strconv.AppendInt(m.text, int64(t.cursor+1), 10)
			m.text = append(m.text, '/')
		}
		m.text = strconv.AppendInt(m.text, int64(len(t.index)), 10)
		right = a.right(right, 0, m.text, stDim) - 1
		if label := m.filterLabel(); label != "" && !m.filterAbove {
			w := min(safetext.Width(label), a.w/2)
			right -= w + 1
			a.part(right, 0, w, 1).text(0, 0, label, stAccent)
			right--
		}
	}
	a = a.part(0, 0, right, 1)
	x := 1
	if m.top() != nil || len(m.places) > 0 {
		if b := m.keys.action("back"); len(b.keys) > 0 {
			x = a.text(x, 0, keyName(b.keys[0]), stKey) + 1
			x = a.text(x, 0, "back", stDim) + 2
		}
	}
	for _, s := range m.scopes() {
		for i := range m.keys.bindings {
			b := &m.keys.bindings[i]
			if b.scope != s || b.hint == "" || len(b.keys) == 0 {
				continue
			}
			if b.needs != nil && b.needs(&m.opts) != "" {
				continue
			}
			key := keyName(b.keys[0])
			if x+len(key)+len(b.hint)+1 > a.w {
				continue
			}
			x = a.text(x, 0, key, stKey) + 1
			x = a.text(x, 0, b.hint, stDim) + 2
		}
	}
}
