package screen

// Palette holds the escape sequence of each Style. Style 0 is the terminal's
// own; every other sequence begins with a reset, so that it stands for itself.
type Palette struct {
	SGR  []string
	Bare []bool // a blank in this style looks like an empty cell of the terminal
}

const plain = "\x1b[m"

func (p *Palette) sequence(st Style) string {
	if int(st) < len(p.SGR) && p.SGR[st] != "" {
		return p.SGR[st]
	}
	return plain
}

// colours reports whether the style needs a sequence at all.
func (p *Palette) styled(st Style) bool { return int(st) < len(p.SGR) && p.SGR[st] != "" }

func (p *Palette) bare(st Style) bool {
	return !p.styled(st) || int(st) < len(p.Bare) && p.Bare[st]
}

// AppendText appends the grid as lines with their escape sequences, without
// trailing blanks: the whole picture at once.
func (g *Grid) AppendText(dst []byte, p *Palette) []byte {
	for y := range g.H {
		if y > 0 {
			dst = append(dst, '\n')
		}
		row := g.cells[y*g.W : (y+1)*g.W]
		end := len(row)
		for end > 0 && row[end-1].Rune == ' ' && p.bare(row[end-1].Style) {
			end--
		}
		var now Style
		styled := false
		for _, c := range row[:end] {
			if c.Style != now && p.sequence(c.Style) != p.sequence(now) {
				dst = append(dst, p.sequence(c.Style)...)
				styled = p.styled(c.Style)
			}
			now = c.Style
			dst = g.appendCell(dst, c)
		}
		if styled {
			dst = append(dst, plain...)
		}
	}
	return dst
}
