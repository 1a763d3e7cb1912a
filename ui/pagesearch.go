package ui

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"
)

// openSearch looks for a text on the page.
func openSearch(m *Model) cmd {
	p := m.page()
	if p == nil {
		return nil
	}
	m.prompt = newPrompt(p.wanted.text)
	m.prompt.page, m.prompt.from = p, p.from
	return nil
}

// search takes a key of the line in which the text is typed. The page follows every
// letter.
func (p *prompt) search(m *Model, k tea.KeyMsg) cmd {
	pg := p.page
	switch k.String() {
	case "enter":
		m.prompt = nil
	case "esc":
		m.prompt = nil
		pg.look("", p.from)
	case "up":
		pg.match(-1)
	case "down", "tab":
		pg.match(+1)
	default:
		p.input, _ = p.input.Update(k)
		if v := p.input.Value(); v != pg.wanted.text {
			pg.look(v, p.from)
		}
	}
	return nil
}

func (p *prompt) drawSearch(a area) {
	x := a.text(0, 0, " /", stKey)
	drawInput(a, x, &p.input)
	if pg := p.page; pg.wanted.text != "" && pg.found < 0 {
		a.right(a.w-1, 0, []byte("not on this page"), stWarn)
	}
}

// look shows the first place of a text from a row on; with none of it, that row.
func (p *page) look(text string, from int) {
	p.wanted.plain = true
	p.wanted.set(text)
	p.found = -1
	p.scroll(from - p.from)
	if text != "" {
		p.seek(from, +1)
	}
}

// match goes to the next place of the text, or to the one before; beyond the last
// comes the first.
func (p *page) match(step int) {
	from := p.found + step
	if p.found < 0 {
		from = p.from
	}
	p.seek(from, step)
}

// seek looks for the text from a row on, once around.
func (p *page) seek(from, step int) {
	n := len(p.rows)
	for k := range n {
		i := ((from+k*step)%n + n) % n
		if !p.holdsText(i) {
			continue
		}
		p.found = i
		if i < p.from || i >= p.from+max(p.h, 1) {
			p.scroll(i - p.h/3 - p.from)
		}
		return
	}
	p.found = -1
}

// holdsText reports whether the text begins on a row.
func (p *page) holdsText(i int) bool {
	r := &p.rows[i]
	l := &p.lines[r.line]
	if r.from == 0 && l.label != "" && p.wanted.names(l.label) {
		return true
	}
	to := min(int(r.to)+len(p.wanted.text)-1, len(l.text)) // it may go on in the next row
	if l.section {
		to = len(l.text)
	}
	return int(r.from) < to && p.wanted.names(l.text[r.from:to])
}

// places counts the rows on which the text begins, and tells which is shown.
func (p *page) places() (at, of int) {
	for i := range p.rows {
		if p.holdsText(i) {
			of++
		}
		if i == p.found {
			at = of
		}
	}
	return at, of
}

// nextMatch goes to another place of the text, or to another section while none is
// looked for.
func (m *Model) nextMatch(step int) cmd {
	p := m.page()
	if p == nil {
		return nil
	}
	if p.wanted.text == "" {
		return m.nextSection(step)
	}
	if p.match(step); p.found < 0 {
		return m.say(p.wanted.text+" is not on this page", stWarn)
	}
	return nil
}

// drawWanted says what is looked for, behind the title.
func (p *page) drawWanted(m *Model, a area, x int) {
	if p.wanted.text == "" {
		return
	}
	at, of := p.places()
	m.text = strconv.AppendInt(append(append(append(m.text[:0], " /"...), p.wanted.text...), "  "...), int64(at), 10)
	m.text = append(strconv.AppendInt(append(m.text, " of "...), int64(of), 10), ' ')
	a.bytes(x+1, 0, m.text, stAccent)
}
