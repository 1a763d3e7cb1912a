package ui

import (
	"testing"

	"github.com/muesli/termenv"

	"github.com/smoothtask/smoothtask/ui/screen"
)

// luminance is the relative luminance of WCAG 2 of a colour as the terminal shows
// it.
func luminance(profile termenv.Profile, colour string) float64 {
	r, g, b := termenv.ConvertToRGB(profile.Color(colour)).LinearRgb()
	return 0.2126*r + 0.7152*g + 0.0722*b
}

// contrast is that of a look on a background, as WCAG 2 defines it.
func contrast(profile termenv.Profile, l look, background string) float64 {
	x, y := luminance(profile, l.fg), luminance(termenv.TrueColor, background)
	if l.bg != "" {
		y = luminance(profile, l.bg)
	}
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// All text can be read on what a theme is for: 4.5:1 on black, white and their
// neighbours, and 7:1 in high contrast.
func TestTextHasContrast(t *testing.T) {
	for i := range themes {
		th := &themes[i]
		backgrounds, least := []string{"#000000", "#1e1e1e"}, 4.5
		switch {
		case th.name == "mono":
			continue // the colours are the terminal's own
		case th.onLight:
			backgrounds = []string{"#ffffff", "#f5f5f5"}
		}
		if th.name == "high-contrast" {
			least = 7
		}
		for st := stText; st < styles; st++ {
			if st == stRule || st == stCursor { // no text
				continue
			}
			for place, l := range map[string]look{"plain": th.looks[st], "selected": th.onRow(st), "on the header": th.onBar(st)} {
				if l.fg == "" && l.bg == "" {
					continue // the terminal's own
				}
				for _, bg := range backgrounds {
					for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256} {
						if c := contrast(profile, l, bg); c < least {
							t.Errorf("%s (light %v): style %d %s has %.2f:1 on %s in profile %d, want %.1f:1", th.name, th.onLight, st, place, c, bg, profile, least)
						}
					}
				}
			}
		}
	}
}

// What is told apart by colour in one place looks different in every theme that
// has colours; and the selected row, the header and the tabs stand out in all.
func TestThemesTellStatesApart(t *testing.T) {
	for i := range themes {
		th := &themes[i]
		if th.name != "mono" {
			for _, pair := range [][2]screen.Style{{stGood, stWarn}, {stWarn, stBad}, {stGood, stBad}, {stBad, stCritical}, {stIn, stOut}, {stCPU, stMemory}, {stText, stDim}} {
				if th.looks[pair[0]] == th.looks[pair[1]] {
					t.Errorf("%s (light %v): styles %d and %d look the same", th.name, th.onLight, pair[0], pair[1])
				}
			}
		}
		if th.onRow(stText) == th.looks[stText] || th.looks[stTab] == th.looks[stDim] {
			t.Errorf("%s (light %v): selection or tab does not stand out", th.name, th.onLight)
		}
	}
}

func TestThemesFollowTheBackground(t *testing.T) {
	for _, name := range Themes() {
		r := newRobot(t, 20, 80, 24, func(o *Options) { o.Theme = name })
		r.send(backgroundMsg{dark: false})
		light := r.m.theme
		r.send(backgroundMsg{dark: true})
		if got := light != r.m.theme; got != byBackground(name) {
			t.Errorf("%s follows the background: %v, want %v", name, got, byBackground(name))
		}
		if light.name != name || r.m.theme.name != name {
			t.Errorf("%s became %s and %s", name, light.name, r.m.theme.name)
		}
	}
	r := newRobot(t, 20, 80, 24, func(o *Options) { o.Theme = "auto" })
	r.send(backgroundMsg{dark: false})
	if r.m.theme.name != "light" {
		t.Errorf("auto on a light background is %s", r.m.theme.name)
	}
}
