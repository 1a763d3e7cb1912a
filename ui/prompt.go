package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/filter"
)

// prompt is the line in which the filter of a view is typed. The view follows
// every key; Enter keeps the filter, Esc clears it, Tab completes. A filter that
// is wrong cannot be kept: the line stays until it is right or cleared.
type prompt struct {
	input textinput.Model
	page  *page    // whose text is searched, in place of a filter
	from  int      // where the page stood
	words []string // what may stand at the cursor, after Tab
	word  int
	start int // where the words begin, in bytes
}

func openFilter(m *Model) cmd {
	m.prompt = newPrompt(m.filterOf(m.at).text)
	return nil
}

func newPrompt(text string) *prompt {
	in := textinput.New()
	in.CharLimit = filter.MaxText / 4
	in.SetValue(text)
	in.Focus()
	return &prompt{input: in}
}

func (p *prompt) key(m *Model, k tea.KeyMsg) cmd {
	if p.page != nil {
		return p.search(m, k)
	}
	q := m.filterOf(m.at)
	t := m.views[m.at].table()
	switch k.String() {
	case "enter":
		if q.err == nil {
			m.prompt = nil
		}
	case "esc":
		m.prompt = nil
		q.set("")
		m.refresh()
	case "up":
		t.moveTo(t.cursor - 1)
	case "down":
		t.moveTo(t.cursor + 1)
	case "tab":
		p.complete(q, 1)
		p.changed(m, q, t)
	case "shift+tab":
		p.complete(q, -1)
		p.changed(m, q, t)
	default:
		p.words = nil
		p.input, _ = p.input.Update(k)
		p.changed(m, q, t)
	}
	return nil
}

func (p *prompt) changed(m *Model, q *query, t *table) {
	if v := p.input.Value(); v != q.text {
		q.set(v)
		if q.err == nil {
			t.moveTo(0)
			m.refresh()
		}
	}
}

// complete puts the next word that may stand at the cursor there.
func (p *prompt) complete(q *query, step int) {
	text := p.input.Value()
	pos := len(string([]rune(text)[:p.input.Position()]))
	if q.plain {
		return
	}
	if p.words == nil {
		p.words, p.start = filter.Complete(q.kind, text, pos)
		p.word = -1
		if step < 0 {
			p.word = 0
		}
	}
	if len(p.words) == 0 {
		return
	}
	p.word = (p.word + step + len(p.words)) % len(p.words)
	w := p.words[p.word]
	p.input.SetValue(text[:p.start] + w + text[pos:])
	p.input.SetCursor(len([]rune(text[:p.start] + w)))
	if len(p.words) == 1 {
		p.words = nil
	}
}

// draw paints the line, and above it what is wrong or what can be typed.
func (p *prompt) draw(m *Model, a area) {
	if p.page != nil {
		p.drawSearch(a)
		return
	}
	q := m.filterOf(m.at)
	x := a.text(0, 0, " /", stKey)
	from := drawInput(a, x, &p.input)
	above := area{a.g, a.sym, a.x, a.y - 1, a.w, 1}
	switch {
	case q.err != nil:
		above.clear(stText)
		column, why := q.problem()
		at := min(max(x+column-from, 0), a.w-1)
		if room := a.w - at - 3; room >= len(why) || at < a.w/2 {
			above.put(at, 0, '^', stBad)
			above.text(at+2, 0, why, stBad)
		} else {
			cut := max(at-1-len(why), 0)
			above.part(cut, 0, at-1-cut, 1).text(0, 0, why, stBad)
			above.put(at, 0, '^', stBad)
		}
	case len(p.words) > 1:
		above.clear(stText)
		at := 1
		for i := range p.words {
			w := p.words[(max(p.word, 0)+i)%len(p.words)]
			if at+len(w) > a.w {
				break
			}
			st := stDim
			if i == 0 {
				st = stStrong
			}
			at = above.text(at, 0, w, st) + 2
		}
	case p.input.Value() == "":
		a.text(x+2, 0, strings.Join(m.hints(), "   "), stFaint)
	}
}

// hints are examples of filters for the view.
func (m *Model) hints() []string {
	switch m.at {
	case networkView:
		return []string{"port=443", "state=established and rtt>100ms", "Tab completes"}
	case threatView:
		return []string{"severity>=high", "Tab completes"}
	case cgroupView:
		return []string{"nginx", "memory.used>90% or throttled>5%", "Tab completes"}
	case overviewView, processView:
		return []string{"nginx", "user!=root and cpu>5%", "Tab completes"}
	}
	return []string{"part of a name, kind or note: cache, host, needs"}
}

// drawInput paints the text of an input line with its cursor in view, and
// returns the first character that is shown.
func drawInput(a area, x int, in *textinput.Model) (from int) {
	r := []rune(in.Value())
	pos := in.Position()
	from = max(0, pos-(a.w-x-2))
	x = a.text(x, 0, string(r[from:pos]), stStrong)
	if pos < len(r) {
		x = a.text(x, 0, string(r[pos]), stCursor)
		a.text(x, 0, string(r[pos+1:]), stStrong)
		return from
	}
	a.put(x, 0, ' ', stCursor)
	return from
}
