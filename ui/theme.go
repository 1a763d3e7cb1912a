package ui

import (
	"fmt"
	"io"
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
	stStrong
	stAccent
	stGood
	stWarn
	stBad
	stCritical
	stKey
	stHead   // column titles
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

// selected is added to a style for the row under the cursor.
const selected = styles

type look struct {
	fg, bg                           string // ANSI 256 numbers or #rrggbb; "" is the terminal's own
	bold, faint, underlined, reverse bool
}

type theme struct {
	name  string
	about string
	looks [styles]look
	row   look // what the selected row adds
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

// palette compiles the theme for what the terminal can show.
func (t *theme) palette(profile termenv.Profile) *screen.Palette {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(profile)
	p := &screen.Palette{SGR: make([]string, 2*styles), Bare: make([]bool, 2*styles)}
	for i, l := range t.looks {
		on := l
		on.bold = on.bold || t.row.bold
		on.reverse = on.reverse != t.row.reverse
		on.underlined = on.underlined || t.row.underlined
		if t.row.bg != "" {
			on.bg = t.row.bg
		}
		if t.row.fg != "" && (screen.Style(i) == stText || screen.Style(i) == stDim || screen.Style(i) == stFaint) {
			on.fg = t.row.fg
		}
		p.SGR[i], p.SGR[int(selected)+i] = l.sequence(r), on.sequence(r)
		p.Bare[i] = l.bg == "" && !l.reverse && !l.underlined
		p.Bare[int(selected)+i] = on.bg == "" && !on.reverse && !on.underlined
	}
	return p
}

// Themes lists the names of the themes.
func Themes() []string {
	names := make([]string, len(themes))
	for i := range themes {
		names[i] = themes[i].name
	}
	return names
}

func findTheme(name string) (*theme, error) {
	for i := range themes {
		if themes[i].name == name {
			return &themes[i], nil
		}
	}
	return nil, fmt.Errorf("unknown theme %q: choose one of auto, %s", name, strings.Join(Themes(), ", "))
}
