package ui

import (
	"strconv"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/ui/screen"
)

// menu lies over a view and asks for a choice. The screen below keeps still
// while it asks, where the answer is about what stands there.
type menu struct {
	title  string
	about  []line // what stands above the choices
	items  []item
	at     int
	still  bool
	input  *textinput.Model // nil: nothing to type
	choose func(m *Model, i int) cmd
	toggle func(m *Model, i int) // Space; nil when there is nothing to toggle
	move   func(m *Model, i, by int) bool
	fill   func() // makes the choices anew before they are drawn; nil: they never change
	hint   string
	from   int

	x, y, w, h int // where the choices were drawn, for the mouse
	clicked    int // the choice that was clicked last, from 1
}

type item struct {
	key         string // a letter that chooses it at once
	name, about string
	on          bool
	waits       bool // on, but without effect for now
	button      bool // beside choices that Space turns on and off: it is chosen
	style       screen.Style
}

func (d *menu) holds() bool { return d.still }

func (d *menu) press(m *Model, k tea.KeyMsg) (cmd, bool) {
	name := k.String()
	if k.Paste {
		return nil, true
	}
	switch name {
	case "esc":
		m.pop()
		return nil, true
	case "q":
		if d.input == nil {
			m.pop()
			return nil, true
		}
	case "up", "k", "shift+tab":
		if name != "k" || d.input == nil {
			d.at = (d.at + len(d.items) - 1) % max(len(d.items), 1)
			return nil, true
		}
	case "down", "j", "tab":
		if name != "j" || d.input == nil {
			d.at = (d.at + 1) % max(len(d.items), 1)
			return nil, true
		}
	case "pgup", "home":
		d.at = 0
		return nil, true
	case "pgdown", "end":
		d.at = max(len(d.items)-1, 0)
		return nil, true
	case " ":
		if d.toggle != nil && len(d.items) > 0 {
			d.toggle(m, d.at)
			return nil, true
		}
	case "J", "K", "shift+down", "shift+up":
		if d.move != nil {
			by := 1
			if name == "K" || name == "shift+up" {
				by = -1
			}
			if d.move(m, d.at, by) {
				d.at += by
			}
			return nil, true
		}
	case "enter":
		if d.choose != nil && (len(d.items) > 0 || d.input != nil) {
			return d.choose(m, d.at), true
		}
		m.pop()
		return nil, true
	}
	if d.input != nil {
		*d.input, _ = d.input.Update(k)
		return nil, true
	}
	for i := range d.items {
		if d.items[i].key != "" && d.items[i].key == name {
			d.at = i
			return d.choose(m, i), true
		}
	}
	return nil, true
}

// draw paints the dialog in the middle, with a frame of its own.
func (d *menu) draw(m *Model, a area) {
	if d.fill != nil {
		d.fill()
	}
	w, names := len(d.title)+8, 0
	for i := range d.items {
		names = max(names, len(d.items[i].name))
	}
	for i := range d.items {
		w = max(w, names+len(d.items[i].about)+8)
	}
	for i := range d.about {
		w = max(w, len(d.about[i].label)+len(d.about[i].text)+6+hang)
	}
	if w = max(w, len(d.hint)+4, 36); w > a.w-8 {
		w = a.w // hardly anything would be left to see beside it
	}
	above := 0
	inner := w - 4
	for i := range d.about {
		above += d.about[i].height(inner)
	}
	extra := 2 // title and hint
	if d.input != nil {
		extra++
	}
	rows := min(len(d.items), max(a.h-2-extra-above, 1))
	above = min(above, max(a.h-2-extra-rows, 0))
	h := min(above+rows+extra+1, a.h)
	a = a.part((a.w-w)/2, (a.h-h)/2, w, h)
	a.clear(stText)
	a.fill(0, 0, a.w, a.sym.rule, stAccent)
	a.text(2, 0, " "+d.title+" ", stStrong)
	if rows < len(d.items) {
		m.text = strconv.AppendInt(append(m.text[:0], ' '), int64(d.at+1), 10)
		m.text = append(strconv.AppendInt(append(m.text, '/'), int64(len(d.items)), 10), ' ')
		a.right(a.w-2, 0, m.text, stDim)
	}
	for y := 1; y < a.h-1; y++ {
		a.put(0, y, a.sym.bar, stAccent)
		a.put(a.w-1, y, a.sym.bar, stAccent)
	}
	a.fill(0, a.h-1, a.w, a.sym.rule, stAccent)
	for i, r := range a.sym.corners {
		a.put(i%2*(a.w-1), i/2*(a.h-1), r, stAccent)
	}
	hint := d.hint
	if hint == "" {
		hint = "Enter chooses, Esc leaves"
	}
	if x := a.w - len(hint) - 3; x > 1 {
		a.text(x, a.h-1, " "+hint+" ", stDim)
	}
	body := a.part(2, 1, a.w-4, a.h-2)
	y := 0
	for i := range d.about {
		if y >= above {
			break
		}
		l := &d.about[i]
		at := 0
		if l.label != "" {
			at = body.text(0, y, l.label, stDim) + 1
		}
		y = wrap(body.part(0, 0, body.w, above), at, y, l.text, l.style)
	}
	y = above
	if d.input != nil {
		drawInput(body.part(0, y, body.w, 1), 0, d.input)
		y++
	}
	d.from = max(min(d.from, d.at), d.at-rows+1, 0)
	d.x, d.y, d.w, d.h = body.x-1, body.y+y, body.w+1, rows
	for i := d.from; i < min(d.from+rows, len(d.items)); i++ {
		it := &d.items[i]
		line := body.part(-1, y, body.w+1, 1)
		if it.on {
			line.put(0, 0, m.sym.met, stGood)
		}
		if it.waits {
			line.put(0, 0, m.sym.unknown, stWarn)
		}
		st := it.style
		if st == stText {
			st = stStrong
		}
		line.text(2, 0, it.name, st)
		line.text(names+4, 0, it.about, stDim)
		if i == d.at {
			line.selectRow(0)
		}
		y++
	}
}

// height is how many rows of the width the line takes in a dialog.
func (l *line) height(w int) int {
	n := 0
	at := 0
	if l.label != "" {
		at = len(l.label) + 1
	}
	for range wrapped(l.text, w-at-hang) {
		n++
	}
	return n
}
