package ui

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/smoothtask/smoothtask/ui/screen"
)

// The styles by what they mean. A theme gives each a look. Style 0 is the
// terminal's own text.
const (
	stText screen.Style = iota
	stDim
	stFaint
	stRule // lines that part things; no text
	stStrong
	stAccent
	stGood
	stWarn
	stBad
	stCritical
	stKey
	stHead   // column titles
	stSorted // the title of the column that sorts
	stBar    // header and footer
	stTab    // the view that is shown
	stCPU    // graphs
	stMemory //
	stIn     // read, received
	stOut    // written, sent
	stRoot   // rows of the superuser
	stNew    // rows that just appeared
	stGone   // rows that just ended
	stMark   // rows the operator marked
	stCursor // text cursor of an input line
	styles
)

// selected is added to a style for the row under the cursor, barred for what
// stands on the header.
const (
	selected = styles
	barred   = 2 * styles
)

type look struct {
	fg, bg                           string // ANSI 256 numbers or #rrggbb; "" is the terminal's own
	bold, faint, underlined, reverse bool
}

// theme is one choice of looks. Two with the same name are for dark and for light
// backgrounds.
type theme struct {
	name    string
	about   string
	onLight bool
	looks   [styles]look
	row     look // what the selected row adds
}

// style makes the lipgloss style of a look.
func (l look) style(r *lipgloss.Renderer) lipgloss.Style {
	s := r.NewStyle().Bold(l.bold).Faint(l.faint).Underline(l.underlined).Reverse(l.reverse)
	if l.fg != "" {
		s = s.Foreground(lipgloss.Color(l.fg))
	}
	if l.bg != "" {
		s = s.Background(lipgloss.Color(l.bg))
	}
	return s
}

// sequence is the look as one escape sequence that begins with a reset.
func (l look) sequence(r *lipgloss.Renderer) string {
	before, _, ok := strings.Cut(l.style(r).Render("x"), "x")
	if !ok || before == "" {
		return ""
	}
	return "\x1b[0;" + strings.TrimPrefix(before, "\x1b[")
}

// onRow is how a style looks in the selected row.
func (t *theme) onRow(st screen.Style) look {
	on := t.looks[st]
	if on.bg != "" {
		return on // it stands out by itself
	}
	if t.row.reverse {
		return look{bold: on.bold, reverse: !on.reverse} // in one colour: a row of many patches is hard to read
	}
	on.bg = t.row.bg
	switch st {
	case stText, stDim, stFaint, stGone, stStrong:
		on.fg = t.row.fg
	}
	return on
}

// onBar is how a style looks on the header.
func (t *theme) onBar(st screen.Style) look {
	on, bar := t.looks[st], t.looks[stBar]
	if on.bg == "" && !on.reverse {
		on.bg = bar.bg
	}
	if st == stText {
		on.fg = bar.fg
	}
	return on
}

// palette compiles the theme for what the terminal can show.
func (t *theme) palette(profile termenv.Profile) *screen.Palette {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(profile)
	p := &screen.Palette{SGR: make([]string, 3*styles), Bare: make([]bool, 3*styles)}
	for st := range styles {
		for base, l := range map[screen.Style]look{0: t.looks[st], selected: t.onRow(st), barred: t.onBar(st)} {
			p.SGR[base+st] = l.sequence(r)
			p.Bare[base+st] = l.bg == "" && !l.reverse && !l.underlined
		}
	}
	return p
}

// Themes lists the names of the themes.
func Themes() []string {
	var names []string
	for i := range themes {
		if !slices.Contains(names, themes[i].name) {
			names = append(names, themes[i].name)
		}
	}
	return names
}

// findTheme finds a theme by its name, the one for the background where there are
// two.
func findTheme(name string, dark bool) (*theme, error) {
	var found *theme
	for i := range themes {
		if t := &themes[i]; t.name == name && (found == nil || t.onLight != dark) {
			found = t
		}
	}
	if found == nil {
		return nil, fmt.Errorf("unknown theme %q: choose one of auto, %s", name, strings.Join(Themes(), ", "))
	}
	return found, nil
}

// byBackground reports whether a theme depends on the background.
func byBackground(name string) bool {
	dark, _ := findTheme(name, true)
	light, _ := findTheme(name, false)
	return name == "auto" || dark != light
}
