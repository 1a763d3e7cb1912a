//go:build linux

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The grid of a picture, in pixels. The font is as wide as most monospaced fonts
// are at that size; every character has a place of its own, so that another font
// moves nothing.
const (
	cellWidth, cellHeight = 9, 18
	fontSize, baseline    = 15, 13
	margin                = 9

	foreground, background = "#c5c8c6", "#16181a"
)

func width(r rune) int { return ansi.StringWidth(string(r)) }

// colors are those a cell is drawn with.
func (st *style) colors() (fg, bg string) {
	fg, bg = st.fg, st.bg
	if fg == "" {
		fg = foreground
	}
	if st.flip {
		if bg == "" {
			bg = background
		}
		fg, bg = bg, fg
	}
	return fg, bg
}

// svg draws a screen.
func svg(grid [][]cell, title string) []byte {
	cols := 0
	for _, row := range grid {
		cols = max(cols, len(row))
	}
	w, h := cols*cellWidth+2*margin, len(grid)*cellHeight+2*margin
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", w, h)
	fmt.Fprintf(&b, "<title>%s</title>\n", escape(title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="%s"/>`+"\n", w, h, background)
	fmt.Fprintf(&b, `<g transform="translate(%d %[1]d)" font-family="'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,'Liberation Mono',monospace" font-size="%d" xml:space="preserve">`+"\n",
		margin, fontSize)
	for y, row := range grid {
		drawBackground(&b, y, row)
	}
	for y, row := range grid {
		drawText(&b, y, row)
		drawDots(&b, y, row)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// drawBackground draws the coloured stretches of a row.
func drawBackground(b *bytes.Buffer, y int, row []cell) {
	for x := 0; x < len(row); {
		_, bg := row[x].colors()
		end := x + 1
		for ; end < len(row); end++ {
			if _, next := row[end].colors(); next != bg {
				break
			}
		}
		if bg != "" {
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n",
				x*cellWidth, y*cellHeight, (end-x)*cellWidth, cellHeight, bg)
		}
		x = end
	}
}

// drawText draws the words of a row, one element for each stretch of one style.
func drawText(b *bytes.Buffer, y int, row []cell) {
	for x := 0; x < len(row); {
		if blank(row[x]) || dots(row[x]) != 0 {
			x++
			continue
		}
		st := row[x].style
		var at []string
		var text strings.Builder
		for ; x < len(row) && row[x].style == st && !blank(row[x]) && dots(row[x]) == 0; x++ {
			for range []rune(row[x].text) { // what combines with a character has its place
				at = append(at, fmt.Sprint(x*cellWidth))
			}
			text.WriteString(row[x].text)
		}
		fg, _ := st.colors()
		fmt.Fprintf(b, `<text x="%s" y="%d" fill="%s"%s>%s</text>`+"\n",
			strings.Join(at, " "), y*cellHeight+baseline, fg, attributes(&st), escape(text.String()))
	}
}

// drawDots draws the braille patterns of a row, which many fonts lack: another font
// would stand in for them, with characters of another width.
func drawDots(b *bytes.Buffer, y int, row []cell) {
	for x := 0; x < len(row); {
		if dots(row[x]) == 0 {
			x++
			continue
		}
		st := row[x].style
		fg, _ := st.colors()
		b.WriteString(`<path d="`)
		for ; x < len(row) && row[x].style == st && dots(row[x]) != 0; x++ {
			for bit, at := range brailleDots {
				if dots(row[x])>>bit&1 != 0 {
					fmt.Fprintf(b, "M%g %gh2v2h-2z", float64(x*cellWidth)+1.25+4.5*float64(at[0]), float64(y*cellHeight)+1.25+4.5*float64(at[1]))
				}
			}
		}
		fmt.Fprintf(b, `" fill="%s"/>`+"\n", fg)
	}
}

// brailleDots are the columns and rows of the dots of a braille pattern, by bit.
var brailleDots = [8][2]int{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}}

// dots are the dots of a braille pattern, as bits; 0 for any other character.
func dots(c cell) uint8 {
	if r := []rune(c.text); len(r) == 1 && r[0] >= 0x2800 && r[0] <= 0x28ff {
		return uint8(r[0] - 0x2800)
	}
	return 0
}

func blank(c cell) bool { return c.text == " " && !c.underline }

func attributes(st *style) string {
	var a string
	if st.bold {
		a += ` font-weight="bold"`
	}
	if st.dim {
		a += ` opacity=".6"`
	}
	if st.italic {
		a += ` font-style="italic"`
	}
	if st.underline {
		a += ` text-decoration="underline"`
	}
	return a
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}
