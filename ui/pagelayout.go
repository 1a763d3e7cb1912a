package ui

import "github.com/smoothtask/smoothtask/ui/screen"

// pageRow is what one row of the screen shows of a line: a part of its text.
type pageRow struct {
	line     int32
	from, to int32
	at       int32 // where the text begins; the label stands before it
}

// Bounds of the width of labels.
const minLabels, maxLabels = 18, 40

// layout breaks the lines into rows of a width. The texts of a section stand below
// each other, behind the longest of its labels.
func (p *page) layout(w int) {
	p.w, p.rows = w, p.rows[:0]
	if w <= 0 {
		return
	}
	at := 0
	for i := range p.lines {
		l := &p.lines[i]
		if i == 0 || l.section {
			at = p.labels(i, w)
		}
		if l.section {
			p.rows = append(p.rows, pageRow{line: int32(i)})
			continue
		}
		from := 0
		for to := range wrapped(l.text, w-at) {
			p.rows = append(p.rows, pageRow{int32(i), int32(from), int32(to), int32(at)})
			if from = to; from < len(l.text) && l.text[from] == ' ' {
				from++
			}
		}
	}
}

// labels is where the texts of the section begin that line i heads; 0 without
// labels.
func (p *page) labels(i, w int) int {
	longest := 0
	for k := i; k < len(p.lines) && (k == i || !p.lines[k].section); k++ {
		longest = max(longest, len(p.lines[k].label))
	}
	if longest == 0 {
		return 0
	}
	return min(max(longest, min(minLabels, w/4)), maxLabels, w/3) + 1
}

// maxWrapped bounds the rows that one text may take.
const maxWrapped = 128

// wrapped yields the ends of the rows that text fills at a width, broken at
// spaces; the space itself belongs to no row. Text has one row at least.
func wrapped(s string, w int) func(yield func(to int) bool) {
	return func(yield func(to int) bool) {
		from := 0
		for n := 1; w >= 8 && len(s)-from > w && n < maxWrapped; n++ {
			cut := from + w
			for k := cut; k > from+w/2; k-- {
				if s[k] == ' ' {
					cut = k
					break
				}
			}
			for cut > from+1 && s[cut]&0xc0 == 0x80 { // do not break a character
				cut--
			}
			if !yield(cut) {
				return
			}
			if from = cut; s[from] == ' ' {
				from++
			}
		}
		yield(len(s))
	}
}

// hang is how much further in a text goes on in its next row, so that nothing in it
// can pass for a line of ours.
const hang = 2

// wrap paints text from x on in as many rows as it needs and returns the row
// after it.
func wrap(a area, x, y int, s string, st screen.Style) int {
	from := 0
	for to := range wrapped(s, a.w-x-hang) {
		if from > 0 {
			a.text(x+hang, y, s[from:to], st)
		} else {
			a.text(x, y, s[from:to], st)
		}
		y++
		if from = to; from < len(s) && s[from] == ' ' {
			from++
		}
	}
	return y
}
