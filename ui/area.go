package ui

import "github.com/smoothtask/smoothtask/ui/screen"

// area is a rectangle of the grid that a view may paint.
type area struct {
	g          *screen.Grid
	sym        *symbols
	x, y, w, h int
}

// part is the rectangle inside of a, cut to fit.
func (a area) part(x, y, w, h int) area {
	x, y = min(max(x, 0), a.w), min(max(y, 0), a.h)
	return area{a.g, a.sym, a.x + x, a.y + y, max(min(w, a.w-x), 0), max(min(h, a.h-y), 0)}
}

// columns splits a into n equal columns with a gap between them.
func (a area) column(i, n, gap int) area {
	w := (a.w - (n-1)*gap) / n
	x := i * (w + gap)
	if i == n-1 {
		w = a.w - x
	}
	return a.part(x, 0, w, a.h)
}

func (a area) inside(y int) bool { return y >= 0 && y < a.h }

// text paints s at x, y and returns the x after it.
func (a area) text(x, y int, s string, st screen.Style) int {
	if !a.inside(y) || x >= a.w {
		return x
	}
	return x + a.g.Text(a.x+x, a.y+y, a.w-x, s, st)
}

// bytes is text for a reused slice.
func (a area) bytes(x, y int, b []byte, st screen.Style) int {
	if !a.inside(y) || x >= a.w {
		return x
	}
	return x + a.g.Bytes(a.x+x, a.y+y, a.w-x, b, st)
}

// right paints text of ours so that it ends before x, and returns where it begins.
func (a area) right(x, y int, b []byte, st screen.Style) int {
	if !a.inside(y) {
		return x
	}
	from := max(x-cells(b), 0)
	a.g.Bytes(a.x+from, a.y+y, x-from, b, st)
	return from
}

func (a area) put(x, y int, r rune, st screen.Style) {
	if a.inside(y) && x >= 0 && x < a.w {
		a.g.Put(a.x+x, a.y+y, r, st)
	}
}

func (a area) fill(x, y, n int, r rune, st screen.Style) {
	if a.inside(y) && x < a.w {
		a.g.Fill(a.x+x, a.y+y, min(n, a.w-x), r, st)
	}
}

// clear blanks the area.
func (a area) clear(st screen.Style) {
	for y := range a.h {
		a.fill(0, y, a.w, ' ', st)
	}
}

// heading paints a title with a rule to the right margin and returns the rest
// of the area below it. note stands at the right end.
func (a area) heading(title, note string, noteStyle screen.Style) area {
	a.fill(0, 0, a.w, a.sym.rule, stRule)
	x := a.text(0, 0, title, stStrong)
	a.put(x, 0, ' ', stText)
	if n := len([]rune(note)); note != "" && n+x+3 <= a.w {
		a.put(a.w-n-1, 0, ' ', stText)
		a.text(a.w-n, 0, note, noteStyle)
	}
	return a.part(0, 1, a.w, a.h-1)
}

// selectRow marks a row as the one under the cursor.
func (a area) selectRow(y int) { a.restyle(y, selected) }

// restyle adds to the styles of a row that are as the theme has them.
func (a area) restyle(y int, by screen.Style) {
	if a.inside(y) {
		a.g.Restyle(a.x, a.y+y, a.w, func(st screen.Style) screen.Style {
			if st < styles {
				return st + by
			}
			return st
		})
	}
}
