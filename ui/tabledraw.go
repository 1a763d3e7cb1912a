package ui

import (
	"slices"

	"github.com/smoothtask/smoothtask/ui/screen"
)

// minFlex is the least width of a flexible column before others are left out.
const minFlex = 28

// spare is the rank from which on a column stays only where the flexible ones are
// ample.
const spare = 5

// fit chooses the columns that the width has room for: the chosen ones, without
// those of the highest rank until the rest fits.
func (t *table) fit(w int) {
	all := t.columns()
	t.shown = t.shown[:0]
	if t.chosen == nil {
		for i := range all {
			t.shown = append(t.shown, i)
		}
	}
	for _, id := range t.chosen {
		if i := t.column(id); i >= 0 {
			t.shown = append(t.shown, i)
		}
	}
	need := func(rank int) (n int) {
		for _, i := range t.shown {
			n += all[i].width + 1
			if all[i].flex {
				n += max(minFlex-all[i].width, 0)
			}
			if rank >= spare {
				n += max(all[i].ample-max(all[i].width, minFlex), 0)
			}
		}
		return n - 1
	}
	for len(t.shown) > 1 {
		worst := 0
		for k, i := range t.shown {
			if all[i].rank >= all[t.shown[worst]].rank {
				worst = k
			}
		}
		rank := all[t.shown[worst]].rank
		if rank == 0 || need(rank) <= w {
			break
		}
		t.shown = slices.Delete(t.shown, worst, worst+1)
	}
	t.widths = t.widths[:0]
	left, flexible := w, 0
	for _, i := range t.shown {
		t.widths = append(t.widths, all[i].width)
		left -= all[i].width + 1
		if all[i].flex {
			flexible++
		}
	}
	left = t.grow(left + 1)
	for k, i := range t.shown {
		if all[i].flex && left != 0 {
			share := left / flexible
			t.widths[k] = max(all[i].width+share, 1)
			left -= share
			flexible--
		}
	}
}

// grow gives the columns that can use it of the room that is left, evenly, and
// returns the rest. What a flexible column needs is not touched.
func (t *table) grow(left int) int {
	all := t.columns()
	spare := left
	for _, i := range t.shown {
		if all[i].flex {
			spare -= max(minFlex-all[i].width, 0)
		}
	}
	for grown := true; grown && spare > 0; {
		grown = false
		for k, i := range t.shown {
			if t.widths[k] < all[i].most && spare > 0 {
				t.widths[k]++
				spare, left, grown = spare-1, left-1, true
			}
		}
	}
	return left
}

// decorate may change the style of a whole row and say so with a sign.
type decorate func(row int32) (st screen.Style, sign rune)

// draw paints titles and rows. focus tells whether the cursor shows.
func (t *table) draw(a area, focus bool, look decorate) {
	if a.h < 1 {
		return
	}
	t.x, t.y, t.w = a.x, a.y, a.w
	t.fit(a.w - 1)
	all := t.columns()
	a.fill(0, 0, a.w, ' ', stHead)
	x := 1
	for k, i := range t.shown {
		c := &all[i]
		st := stHead
		title := c.title
		t.text = append(t.text[:0], title...)
		if c.id == t.sortBy {
			st = stSorted
			mark := a.sym.up
			if t.descending() {
				mark = a.sym.down
			}
			if len(title) < t.widths[k] {
				t.text = append(t.text, string(mark)...)
			}
		}
		t.aligned(a, x, 0, k, c.right, st)
		x += t.widths[k] + 1
	}
	body := a.part(0, 1, a.w, a.h-1)
	if len(t.index) == 0 {
		wrap(body.part(0, 0, body.w-1, body.h), 1, min(1, body.h-1), t.none.text, t.none.style)
	}
	for y := range min(body.h, len(t.index)-t.top) {
		row := t.row(t.top + y)
		t.drawRow(body, y, row, look)
		if focus && t.top+y == t.cursor {
			body.selectRow(y)
		}
	}
}

// remark paints a text at the right end of the titles, and reports whether there
// was room.
func (t *table) remark(a area, text []byte) bool {
	from := 1
	for k, i := range t.shown {
		if k == len(t.shown)-1 {
			from += len(t.columns()[i].title) + 2
			break
		}
		from += t.widths[k] + 1
	}
	if a.w-1-cells(text) < from {
		return false
	}
	a.right(a.w-1, 0, text, stHead)
	return true
}

func (t *table) drawRow(a area, y int, row int32, look decorate) {
	all := t.columns()
	var whole screen.Style
	if look != nil {
		var sign rune
		if whole, sign = look(row); sign != 0 {
			a.put(0, y, sign, whole)
		}
	}
	x := 1
	for k, i := range t.shown {
		var st screen.Style
		t.text, st = t.cell(t.text[:0], row, i)
		if whole != stText {
			st = whole
		}
		t.aligned(a, x, y, k, all[i].right, st)
		x += t.widths[k] + 1
	}
}

// aligned paints t.text in the width of shown column k.
func (t *table) aligned(a area, x, y, k int, right bool, st screen.Style) {
	w := min(t.widths[k], a.w-x)
	if w <= 0 || !a.inside(y) {
		return
	}
	if n := cells(t.text); right && n < w { // what is aligned so is of ours
		x, w = x+w-n, n
	}
	a.g.Bytes(a.x+x, a.y+y, w, t.text, st)
}

// cells is the width of text of ours, one cell a rune.
func cells(b []byte) int {
	n := 0
	for _, c := range b {
		if c&0xc0 != 0x80 {
			n++
		}
	}
	return n
}

// at finds what stands at a place of the drawn table: a column title or a row.
func (t *table) at(x, y int) (column string, place int, ok bool) {
	if y < 0 {
		return "", 0, false
	}
	if y == 0 {
		from := 1
		for k, i := range t.shown {
			if x >= from-1 && x < from+t.widths[k] {
				return t.columns()[i].id, 0, true
			}
			from += t.widths[k] + 1
		}
		return "", 0, false
	}
	place = t.top + y - 1
	return "", place, place < min(len(t.index), t.top+t.height)
}
