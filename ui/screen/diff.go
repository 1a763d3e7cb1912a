package screen

import "strconv"

// differ knows what the terminal shows, and writes what it takes to make it
// show something else.
type differ struct {
	shown Grid
	x, y  int // of the cursor; x < 0: unknown
	style string
}

// reset forgets what is on the screen and clears it.
func (d *differ) reset(dst []byte, w, h int) []byte {
	d.shown.Resize(w, h)
	d.x, d.y, d.style = 0, 0, plain
	return append(dst, plain+"\x1b[2J\x1b[H"...)
}

// near is the number of unchanged cells that are cheaper to send again than to
// jump over.
const near = 5

// append appends the sequences that turn what is shown into next.
func (d *differ) append(dst []byte, next *Grid, p *Palette) []byte {
	if d.shown.W != next.W || d.shown.H != next.H {
		dst = d.reset(dst, next.W, next.H)
	}
	for y := range next.H {
		dst = d.line(dst, next, p, y)
	}
	d.shown.CopyFrom(next)
	return dst
}

func (d *differ) line(dst []byte, next *Grid, p *Palette, y int) []byte {
	row, old := next.cells[y*next.W:(y+1)*next.W], d.shown.cells[y*next.W:(y+1)*next.W]
	last := len(row) - 1
	for last >= 0 && same(next, row[last], &d.shown, old[last]) {
		last--
	}
	if last < 0 {
		return dst
	}
	// What is blank up to the right margin can be erased in four bytes.
	filled := len(row)
	for filled > 0 && row[filled-1].Rune == ' ' && p.bare(row[filled-1].Style) {
		filled--
	}
	for x := 0; x <= last; x++ {
		if same(next, row[x], &d.shown, old[x]) {
			continue
		}
		if x >= filled && last-x >= near {
			dst = d.move(dst, x, y)
			dst = d.restyle(dst, plain)
			return append(dst, "\x1b[K"...)
		}
		from := x
		if row[x].Wide == 0 && x > 0 {
			from = x - 1
		}
		if d.y == y && d.x >= 0 && d.x <= from && from-d.x <= near {
			from = d.x
		} else {
			dst = d.move(dst, from, y)
		}
		for ; from <= x; from++ {
			dst = d.cell(dst, next, p, row[from])
		}
	}
	return dst
}

func (d *differ) cell(dst []byte, g *Grid, p *Palette, c Cell) []byte {
	if c.Wide == 0 {
		return dst
	}
	dst = d.restyle(dst, p.sequence(c.Style))
	dst = g.appendCell(dst, c)
	if c.Wide != 1 || c.Rune < 0 {
		d.x = -1 // terminals disagree about the width of such characters
		return dst
	}
	d.x++
	return dst
}

func (d *differ) restyle(dst []byte, seq string) []byte {
	if d.style == seq {
		return dst
	}
	d.style = seq
	return append(dst, seq...)
}

// move puts the cursor on a cell: forward in the line where that is known to
// do, else by its address.
func (d *differ) move(dst []byte, x, y int) []byte {
	switch {
	case d.x == x && d.y == y:
		return dst
	case d.y == y && d.x >= 0 && d.x < x && d.x < d.shown.W:
		dst = append(dst, "\x1b["...)
		if x-d.x > 1 {
			dst = strconv.AppendInt(dst, int64(x-d.x), 10)
		}
		dst = append(dst, 'C')
	case x == 0 && y == d.y+1 && d.x >= 0:
		dst = append(dst, "\r\n"...)
	default:
		dst = append(dst, "\x1b["...)
		dst = strconv.AppendInt(dst, int64(y+1), 10)
		if x > 0 {
			dst = append(dst, ';')
			dst = strconv.AppendInt(dst, int64(x+1), 10)
		}
		dst = append(dst, 'H')
	}
	d.x, d.y = x, y
	return dst
}
