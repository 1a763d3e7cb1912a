package ui

import (
	"strings"

	"github.com/muesli/termenv"
)

// capabilities of the terminal, as far as its environment tells. Nothing is
// asked here: an answer could come late or never.
type terminal struct {
	profile termenv.Profile
	dumb    bool // moves the cursor at best
	sync    bool // has synchronised output
	asks    bool // can be asked for its background
	dark    bool
}

// look reads the environment.
func lookTerminal(getenv func(string) string) terminal {
	term := getenv("TERM")
	t := terminal{dark: true, profile: termenv.ANSI}
	switch {
	case term == "" || term == "dumb":
		t.dumb, t.profile = true, termenv.Ascii
	case strings.Contains(term, "mono") || strings.HasPrefix(term, "vt1") || strings.HasPrefix(term, "vt2"):
		t.profile = termenv.Ascii
	case getenv("COLORTERM") != "", strings.Contains(term, "256color"), strings.Contains(term, "direct"),
		strings.HasPrefix(term, "tmux"), strings.HasPrefix(term, "screen"), knownModern(term):
		t.profile = termenv.ANSI256
	}
	t.sync = knownModern(term) || oneOf(getenv("TERM_PROGRAM"), "WezTerm", "iTerm.app", "ghostty", "vscode", "rio") || getenv("WT_SESSION") != ""
	if c := getenv("COLORFGBG"); c != "" {
		bg := c[strings.LastIndexByte(c, ';')+1:]
		t.dark = !oneOf(bg, "7", "9", "10", "11", "12", "13", "14", "15")
		return t
	}
	// The console of Linux and serial terminals would show a question as text.
	t.asks = strings.HasPrefix(term, "xterm") || strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "rxvt") || knownModern(term)
	return t
}

func knownModern(term string) bool {
	return oneOf(term, "xterm-kitty", "xterm-ghostty", "foot", "foot-extra", "alacritty", "contour", "wezterm")
}

func oneOf(s string, all ...string) bool {
	for _, a := range all {
		if s == a {
			return true
		}
	}
	return false
}

// questions are for the background colour (OSC 11) and for synchronised output
// (DECRQM of mode 2026). Each may stay without an answer.
const questions = "\x1b]11;?\x1b\\\x1b[?2026$p"
