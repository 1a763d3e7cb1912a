//go:build linux

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// style is how a cell looks; "" is the terminal's own colour.
type style struct {
	fg, bg                             string
	bold, dim, italic, underline, flip bool
}

// cell is one place on the screen. text is empty in the right half of a wide
// character.
type cell struct {
	text string
	style
}

// parse reads the lines that tmux capture-pane -e prints: text, and SGR sequences
// (ECMA-48, and the colours of xterm). A style lasts across lines.
func parse(text string, cols, rows int) [][]cell {
	grid := make([][]cell, rows)
	var st style
	lines := strings.Split(text, "\n")
	for y := range grid {
		grid[y] = make([]cell, cols)
		for x := range grid[y] {
			grid[y][x].text = " "
		}
		if y >= len(lines) {
			continue
		}
		x := 0
		for rest := lines[y]; rest != "" && x < cols; {
			if seq, ok := strings.CutPrefix(rest, "\x1b"); ok {
				rest = st.escape(seq)
				continue
			}
			r := []rune(rest)[0]
			rest = rest[len(string(r)):]
			if r == 0xFFFD || r < ' ' {
				continue
			}
			w := width(r)
			if w == 0 && x > 0 {
				grid[y][x-1].text += string(r)
				continue
			}
			grid[y][x] = cell{string(r), st}
			for i := 1; i < w && x+i < cols; i++ {
				grid[y][x+i] = cell{"", st}
			}
			x += w
		}
	}
	return grid
}

// escape takes the sequence that the text begins with, without its ESC, and
// returns what follows it.
func (st *style) escape(text string) string {
	switch {
	case strings.HasPrefix(text, "["):
		end := strings.IndexFunc(text[1:], func(r rune) bool { return r >= '@' && r <= '~' }) + 1
		if end == 0 {
			return ""
		}
		if text[end] == 'm' {
			st.sgr(text[1:end])
		}
		return text[end+1:]
	case strings.HasPrefix(text, "]"): // a link or a title: up to its terminator
		if end := strings.IndexAny(text, "\a\x1b"); end >= 0 {
			return strings.TrimPrefix(text[end+1:], "\\")
		}
		return ""
	case text == "":
		return ""
	}
	return text[1:]
}

// sgr applies the parameters of one SELECT GRAPHIC RENDITION.
func (st *style) sgr(params string) {
	var p []int
	for f := range strings.FieldsFuncSeq(params, func(r rune) bool { return r == ';' || r == ':' }) {
		n, _ := strconv.Atoi(f)
		p = append(p, n)
	}
	if len(p) == 0 {
		p = []int{0}
	}
	for len(p) > 0 {
		n := p[0]
		p = p[1:]
		switch {
		case n == 0:
			*st = style{}
		case n == 1:
			st.bold = true
		case n == 2:
			st.dim = true
		case n == 3:
			st.italic = true
		case n == 4:
			st.underline = true
		case n == 7:
			st.flip = true
		case n == 22:
			st.bold, st.dim = false, false
		case n == 23:
			st.italic = false
		case n == 24:
			st.underline = false
		case n == 27:
			st.flip = false
		case n >= 30 && n <= 37:
			st.fg = palette(n - 30)
		case n >= 90 && n <= 97:
			st.fg = palette(n - 90 + 8)
		case n >= 40 && n <= 47:
			st.bg = palette(n - 40)
		case n >= 100 && n <= 107:
			st.bg = palette(n - 100 + 8)
		case n == 38:
			st.fg, p = color(p)
		case n == 48:
			st.bg, p = color(p)
		case n == 39:
			st.fg = ""
		case n == 49:
			st.bg = ""
		}
	}
}

// color reads 5;N or 2;R;G;B and returns what follows.
func color(p []int) (string, []int) {
	switch {
	case len(p) >= 2 && p[0] == 5:
		return palette(p[1]), p[2:]
	case len(p) >= 4 && p[0] == 2:
		return fmt.Sprintf("#%02x%02x%02x", p[1]&0xff, p[2]&0xff, p[3]&0xff), p[4:]
	}
	return "", nil
}

// sixteen are the sixteen colours that a terminal may choose itself.
var sixteen = [16]string{"#1d1f21", "#cc6666", "#8abe5c", "#e0b050", "#6a9fd8", "#b294bb", "#5fb3b3", "#c5c8c6",
	"#707880", "#ff7b7b", "#b5e67a", "#ffd479", "#8cc4ff", "#d7a8e0", "#7fdede", "#ffffff"}

// palette is a colour of the 256 of xterm: 16, a cube of 6×6×6, and 24 greys.
func palette(n int) string {
	switch {
	case n < 0 || n > 255:
		return ""
	case n < 16:
		return sixteen[n]
	case n < 232:
		level := func(v int) int {
			if v == 0 {
				return 0
			}
			return 55 + 40*v
		}
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	}
	grey := 8 + 10*(n-232)
	return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
}
