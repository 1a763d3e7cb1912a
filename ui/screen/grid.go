package screen

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/smoothtask/smoothtask/internal/safetext"
)

// Style is an index into a Palette.
type Style uint16

// Cell is one place on the screen. Rune is what stands there; a negative Rune
// is an index into the clusters of its Grid, for a letter with combining marks.
// Wide is 2 for the left half of a wide character and 0 for its right half.
type Cell struct {
	Rune  rune
	Style Style
	Wide  uint8
}

var blank = Cell{Rune: ' ', Wide: 1}

// Grid is a rectangle of cells. Everything that is painted outside of it is cut
// off. It holds printable characters only: Text cleans what it is given.
type Grid struct {
	W, H     int
	ASCII    bool // show nothing but printable ASCII
	cells    []Cell
	clusters []string
}

// Resize sets the size and blanks the grid. Its memory is reused.
func (g *Grid) Resize(w, h int) {
	g.W, g.H = max(w, 0), max(h, 0)
	n := g.W * g.H
	if cap(g.cells) < n {
		g.cells = make([]Cell, n)
	}
	g.cells = g.cells[:n]
	g.Clear()
}

// Clear blanks the grid.
func (g *Grid) Clear() {
	g.clusters = g.clusters[:0]
	if len(g.cells) == 0 {
		return
	}
	g.cells[0] = blank
	for n := 1; n < len(g.cells); n *= 2 {
		copy(g.cells[n:], g.cells[:n])
	}
}

// CopyFrom makes g equal to src.
func (g *Grid) CopyFrom(src *Grid) {
	if cap(g.cells) < len(src.cells) {
		g.cells = make([]Cell, len(src.cells))
	}
	g.W, g.H, g.ASCII = src.W, src.H, src.ASCII
	g.cells = g.cells[:len(src.cells)]
	copy(g.cells, src.cells)
	g.clusters = append(g.clusters[:0], src.clusters...)
}

// Put paints one rune that is one cell wide.
func (g *Grid) Put(x, y int, r rune, st Style) {
	if x < 0 || y < 0 || x >= g.W || y >= g.H {
		return
	}
	if r < ' ' || g.ASCII && r > '~' {
		r = '?'
	}
	g.set(y*g.W+x, Cell{Rune: r, Style: st, Wide: 1})
}

// set writes a cell and blanks the other half of a wide character that it cuts.
func (g *Grid) set(i int, c Cell) {
	switch old := g.cells[i]; {
	case old.Wide == 2 && c.Wide != 2 && i+1 < len(g.cells):
		g.cells[i+1] = Cell{Rune: ' ', Style: g.cells[i+1].Style, Wide: 1}
	case old.Wide == 0 && c.Wide != 0 && i > 0 && g.cells[i-1].Wide == 2:
		g.cells[i-1] = Cell{Rune: ' ', Style: g.cells[i-1].Style, Wide: 1}
	}
	g.cells[i] = c
}

// Fill paints n cells in a row with one rune.
func (g *Grid) Fill(x, y, n int, r rune, st Style) {
	for i := range n {
		g.Put(x+i, y, r, st)
	}
}

// Restyle gives n cells in a row the style that f makes of theirs.
func (g *Grid) Restyle(x, y, n int, f func(Style) Style) {
	if y < 0 || y >= g.H {
		return
	}
	for i := max(x, 0); i < min(x+n, g.W); i++ {
		c := &g.cells[y*g.W+i]
		c.Style = f(c.Style)
	}
}

// Text paints s, cleaned, in at most limit cells, and returns how many it took.
// Text that does not fit ends in an ellipsis.
func (g *Grid) Text(x, y, limit int, s string, st Style) int {
	limit = min(limit, g.W-x)
	if limit <= 0 || y < 0 || y >= g.H || x < 0 {
		return 0
	}
	if g.ASCII {
		s = safetext.ASCII(strings.ReplaceAll(s, "…", "~")) // what stands for more is no unknown letter
	}
	row := y * g.W
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return i + g.clustersOf(x+i, y, limit-i, s[i:], i == 0, st)
		}
		if i == limit {
			g.ellipsis(x+limit-1, y, st)
			return limit
		}
		g.set(row+x+i, Cell{Rune: rune(s[i]), Style: st, Wide: 1})
	}
	return len(s)
}

// Bytes is Text for a slice that the caller goes on to reuse. It does not
// allocate as long as what can be seen is plain ASCII.
func (g *Grid) Bytes(x, y, limit int, b []byte, st Style) int {
	limit = min(limit, g.W-x)
	if limit <= 0 || y < 0 || y >= g.H || x < 0 {
		return 0
	}
	n := min(len(b), limit+1)
	for _, c := range b[:n] {
		if c < ' ' || c > '~' {
			return g.Text(x, y, limit, string(b), st)
		}
	}
	row := y*g.W + x
	for i, c := range b[:min(n, limit)] {
		g.set(row+i, Cell{Rune: rune(c), Style: st, Wide: 1})
	}
	if n > limit {
		g.ellipsis(x+limit-1, y, st)
	}
	return min(n, limit)
}

// maxCluster bounds the bytes that one cell can need.
const maxCluster = 16

// clustersOf paints text that is not plain ASCII, cluster by cluster. A mark at
// its very beginning stays bare only at the start of a text; in the middle it
// belongs to the letter before, which is already painted.
func (g *Grid) clustersOf(x, y, limit int, s string, start bool, st Style) int {
	if most := (limit + 1) * maxCluster; len(s) > most {
		s = s[:most]
	}
	if start {
		s = safetext.Clean(s)
	} else {
		s = safetext.Clean("." + s)[1:]
	}
	used := 0
	for s != "" {
		c, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		if c == "" {
			break
		}
		s = s[len(c):]
		if w == 0 { // a mark on a letter that is already painted
			g.join(x+used-1, y, c)
			continue
		}
		if used+w > limit {
			g.ellipsis(x+min(used, limit-1), y, st)
			return limit
		}
		g.cluster(y*g.W+x+used, c, w, st)
		used += w
	}
	return used
}

func (g *Grid) cluster(i int, c string, w int, st Style) {
	r, size := utf8.DecodeRuneInString(c)
	if size < len(c) {
		r = g.intern(c)
	}
	if w == 1 {
		g.set(i, Cell{Rune: r, Style: st, Wide: 1})
		return
	}
	g.set(i+1, Cell{Style: st, Wide: 1})
	g.set(i, Cell{Rune: r, Style: st, Wide: 2})
	g.cells[i+1].Wide = 0
}

// join adds a combining mark to the cell before it.
func (g *Grid) join(x, y int, mark string) {
	if x < 0 || x >= g.W {
		return
	}
	c := &g.cells[y*g.W+x]
	if c.Wide == 0 {
		return
	}
	if base := g.text(*c); len(base)+len(mark) <= maxCluster {
		c.Rune = g.intern(base + mark)
	}
}

func (g *Grid) intern(c string) rune {
	g.clusters = append(g.clusters, c)
	return -rune(len(g.clusters))
}

func (g *Grid) text(c Cell) string {
	if c.Rune < 0 {
		return g.clusters[-c.Rune-1]
	}
	return string(c.Rune)
}

func (g *Grid) ellipsis(x, y int, st Style) {
	if g.ASCII {
		g.Put(x, y, '~', st)
		return
	}
	g.Put(x, y, '…', st)
}

// same reports whether two cells of two grids look the same.
func same(a *Grid, ca Cell, b *Grid, cb Cell) bool {
	if ca.Rune < 0 || cb.Rune < 0 {
		return ca.Style == cb.Style && ca.Wide == cb.Wide && a.text(ca) == b.text(cb)
	}
	return ca == cb
}

func (g *Grid) appendCell(dst []byte, c Cell) []byte {
	switch {
	case c.Wide == 0:
		return dst
	case c.Rune < 0:
		return append(dst, g.clusters[-c.Rune-1]...)
	case c.Rune < utf8.RuneSelf:
		return append(dst, byte(c.Rune))
	}
	return utf8.AppendRune(dst, c.Rune)
}
