package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// page lies over a view: lines in sections, to read and scroll.
type page struct {
	title string
	lines []line
	from  int // first line on the screen
	h     int // lines on the screen, when drawn last

	key     metrics.ProcKey  // the process it is about
	finding *threats.Finding // the finding it is about
	detail  *metrics.Detail  // what was read of the process
	err     string           // why it was not
	reading bool
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

// rebuild writes the lines for the present frame.
func (p *page) rebuild(m *Model) {
	if p.make == nil {
		return
	}
	w := pageWriter{page: p, lines: p.lines[:0]}
	p.make(m, &w)
	p.lines = w.lines
	p.scroll(0)
}

func (p *page) scroll(by int) {
	p.from = max(min(p.from+by, len(p.lines)-max(p.h, 1)), 0)
}

func (p *page) holds() bool { return false }

// key leaves all keys to the bindings.
func (p *page) press(*Model, tea.KeyMsg) (cmd, bool) { return nil, false }

// draw paints the lines; long ones go on in the next.
func (p *page) draw(m *Model, a area) {
	a.clear(stText)
	a = a.part(1, 0, a.w-2, a.h)
	a.fill(0, 0, a.w, a.sym.rule, stAccent)
	x := a.text(0, 0, p.title, stStrong)
	a.put(x, 0, ' ', stText)
	body := a.part(0, 1, a.w, a.h-1)
	p.h = body.h
	p.scroll(0)
	labels := min(18, body.w/4)
	y := 0
	for i := p.from; i < len(p.lines) && y < body.h; i++ {
		l := &p.lines[i]
		switch {
		case l.section:
			body.fill(0, y, body.w, a.sym.rule, stRule)
			x := body.text(0, y, l.text, stAccent)
			body.put(x, y, ' ', stText)
			y++
			continue
		case l.label != "":
			body.part(0, y, labels, 1).text(0, 0, l.label, stDim)
		}
		at := 0
		if l.label != "" || p.labelled(i) {
			at = labels + 1
		}
		y = wrap(body, at, y, l.text, l.style)
	}
	if len(p.lines) > body.h {
		m.text = appendPercent(m.text[:0], 100*float64(p.from)/float64(max(len(p.lines)-body.h, 1)))
		for k, c := range m.text {
			if c == '.' {
				m.text = m.text[:k]
				break
			}
		}
		a.right(a.w, 0, append(m.text, '%'), stDim)
	}
}

// labelled reports whether the section of a line has labels, so that lines
// without one keep the margin.
func (p *page) labelled(i int) bool {
	for ; i >= 0 && !p.lines[i].section; i-- {
		if p.lines[i].label != "" {
			return true
		}
	}
	return false
}

// maxWrapped bounds the lines that one text may take.
const maxWrapped = 64

// wrap paints text from x on in as many lines as it needs, broken at spaces, and
// returns the line after it.
func wrap(a area, x, y int, s string, st screen.Style) int {
	w := a.w - x
	if w < 8 || len(s) <= w {
		a.text(x, y, s, st)
		return y + 1
	}
	for range maxWrapped {
		if len(s) <= w {
			a.text(x, y, s, st)
			return y + 1
		}
		cut := w
		for k := w; k > w/2; k-- {
			if s[k] == ' ' {
				cut = k
				break
			}
		}
		for cut > 1 && s[cut]&0xc0 == 0x80 { // do not break a character
			cut--
		}
		a.text(x, y, s[:cut], st)
		y++
		s = s[cut:]
		if s != "" && s[0] == ' ' {
			s = s[1:]
		}
	}
	a.text(x, y-1, s, st)
	return y
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
	for i := p.from + step; i >= 0 && i < len(p.lines); i += step {
		if p.lines[i].section {
			p.scroll(i - p.from)
			return nil
		}
	}
	return nil
}
