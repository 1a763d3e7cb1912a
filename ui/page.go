package ui

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// page lies over a view: lines in sections, to read and scroll.
type page struct {
	title  string
	lines  []line
	rows   []pageRow // the lines as they fill the width
	w      int       // the width that rows are for; 0: none
	from   int       // first row on the screen
	wanted query     // a text that is looked for
	found  int       // the row of it that is marked; -1 is none
	h      int       // rows on the screen, when drawn last

	key     metrics.ProcKey  // the process it is about
	finding *threats.Finding // the finding it is about
	detail  *metrics.Detail  // what was read of the process
	err     string           // why it was not
	reading bool
	hashing bool             // the program file is being read
	last    *metrics.Process // as it was known last
	reveal  bool
	make    func(m *Model, w *pageWriter) // writes the lines anew; nil: they never change
}

// line is one line of a page. A section begins with a line of its title.
type line struct {
	section bool
	label   string
	text    string
	style   screen.Style
	faint   int // from this byte on the text is faint; 0 is nowhere
}

// draw paints what a row shows of the line.
func (l *line) draw(a area, y int, r *pageRow) {
	if r.from == 0 {
		a.part(0, y, max(int(r.at)-1, 0), 1).text(0, 0, l.label, stDim)
	}
	from, cut, x := int(r.from), int(r.to), int(r.at)
	if l.faint > 0 {
		cut = min(max(l.faint, from), cut)
	}
	x = a.text(x, y, l.text[from:cut], l.style)
	if cut < int(r.to) {
		a.text(x, y, l.text[cut:r.to], stFaint)
	}
}

// pageWriter collects the lines of a page.
type pageWriter struct {
	page  *page
	lines []line
}

func (w *pageWriter) section(title string) {
	if len(w.lines) > 0 {
		w.lines = append(w.lines, line{})
	}
	w.lines = append(w.lines, line{section: true, text: title})
}

func (w *pageWriter) item(label, text string, st screen.Style) {
	w.lines = append(w.lines, line{label: label, text: text, style: st})
}

// known adds a line unless there is nothing to tell.
func (w *pageWriter) known(label, text string) {
	if text != "" {
		w.item(label, text, stText)
	}
}

func (w *pageWriter) text(text string, st screen.Style) { w.item("", text, st) }

// openPage lays a page over the view.
func (m *Model) openPage(p *page) {
	m.push(p)
	p.rebuild(m)
}

// rebuild writes the lines for the present frame.
func (p *page) rebuild(m *Model) {
	if p.make == nil {
		return
	}
	w := pageWriter{page: p, lines: p.lines[:0]}
	p.make(m, &w)
	p.lines = w.lines
	p.layout(p.w)
	p.scroll(0)
	if p.wanted.text != "" && (p.found < 0 || p.found >= len(p.rows) || !p.holdsText(p.found)) {
		from := p.from // the lines have moved: the mark goes with them, what is on the screen stays
		p.seek(max(p.found, 0), +1)
		p.from = from
		p.scroll(0)
	}
}

func (p *page) scroll(by int) {
	p.from = max(min(p.from+by, len(p.rows)-max(p.h, 1)), 0)
}

func (p *page) holds() bool { return false }

// press leaves all keys to the bindings.
func (p *page) press(*Model, tea.KeyMsg) (cmd, bool) { return nil, false }

// draw paints the rows.
func (p *page) draw(m *Model, a area) {
	a.clear(stText)
	a = a.part(1, 0, a.w-2, a.h)
	a.fill(0, 0, a.w, a.sym.rule, stAccent)
	x := a.text(0, 0, p.title, stStrong)
	a.put(x, 0, ' ', stText)
	p.drawWanted(m, a, x)
	body := a.part(0, 1, a.w, a.h-1)
	if p.h = body.h; p.w != body.w || p.rows == nil {
		p.layout(body.w)
	}
	p.scroll(0)
	for y := range min(body.h, len(p.rows)-p.from) {
		r := &p.rows[p.from+y]
		l := &p.lines[r.line]
		if l.section {
			body.fill(0, y, body.w, a.sym.rule, stRule)
			x := body.text(0, y, l.text, stAccent)
			body.put(x, y, ' ', stText)
		} else {
			l.draw(body, y, r)
		}
		if p.wanted.text != "" && p.found == p.from+y {
			body.selectRow(y)
		}
	}
	if len(p.rows) > body.h {
		share := 100 * p.from / max(len(p.rows)-body.h, 1)
		a.right(a.w, 0, append(strconv.AppendInt(m.text[:0], int64(share), 10), '%'), stDim)
	}
}

// page is the page on top, or nil.
func (m *Model) page() *page {
	p, _ := m.top().(*page)
	return p
}

func (m *Model) scrollPage(by int) cmd {
	p := m.page()
	if p == nil {
		return nil
	}
	switch by {
	case pageful, -pageful:
		by = by / pageful * max(p.h-1, 1)
	}
	p.scroll(by)
	return nil
}

// nextSection scrolls to the beginning of another section.
func (m *Model) nextSection(step int) cmd {
	p := m.page()
	if p == nil {
		return nil
	}
	for i := p.from + step; i >= 0 && i < len(p.rows); i += step {
		if p.lines[p.rows[i].line].section {
			p.scroll(i - p.from)
			return nil
		}
	}
	return nil
}
