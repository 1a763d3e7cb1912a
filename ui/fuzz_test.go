package ui

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

// Whatever names the machine has, the screen holds printable characters and
// colours, and no line is longer than the terminal.
func TestHostileNamesStayInTheirPlace(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {41, 11}, {200, 50}} {
		r := newRobot(t, 60, size[0], size[1], nil)
		r.mc.hostile = true
		r.frames(3)
		for _, keys := range [][]string{{"1"}, {"2"}, {"t"}, {"enter"}, {"esc", "3"}, {"4"}, {"enter"}, {"5"}, {"6"}, {"2", "f9"}} {
			r.press(keys...)
			checkPicture(t, r.m.View(), size[0], size[1])
		}
	}
}

func checkPicture(t *testing.T, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) > max(h, 1) {
		t.Fatalf("%d lines on a terminal of %d", len(lines), h)
	}
	for _, l := range lines {
		for _, c := range stripSGR(l) {
			if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
				t.Fatalf("%U in %q", c, l)
			}
		}
		if n := ansi.StringWidth(l); n > w {
			t.Fatalf("%d cells on a terminal of %d: %q", n, w, l)
		}
	}
}

// stripSGR removes colour sequences, and no others.
func stripSGR(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r != ';' && (r < '0' || r > '9') })
		if end < 0 || rest[end] != 'm' {
			b.WriteString("\x1b[")
			s = rest
			continue
		}
		s = rest[end+1:]
	}
}

// Any keys in any order, on terminals of any size, with processes coming and
// going, neither panic nor paint outside.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte("2t/user=x\n s1GZ4"), uint64(1))
	f.Add([]byte("2\x0d\x0dpofe\x1b\x1b3mmmm"), uint64(2))
	f.Add([]byte("4avcd?\x1b6sx\x0d"), uint64(3))
	f.Fuzz(func(t *testing.T, keys []byte, seed uint64) {
		play(t, keys, seed)
	})
}

func TestRandomKeysAndSizes(t *testing.T) {
	var all []string
	for _, b := range defaultBindings() {
		if b.action != "suspend" {
			all = append(all, b.keys...)
		}
	}
	rng := rand.New(rand.NewPCG(7, 9))
	r := newRobot(t, 60, 80, 24, func(o *Options) { o.ExportDir = t.TempDir() })
	w, h := 80, 24
	for i := range 1500 {
		switch rng.IntN(12) {
		case 0:
			w, h = rng.IntN(220), rng.IntN(60)
			r.m.Update(tea.WindowSizeMsg{Width: w, Height: h})
		case 1:
			r.mc.processes = 1 + rng.IntN(90)
			r.m.Update(frameMsg{r.mc.frame()})
		case 2:
			r.m.Update(tea.MouseMsg{X: rng.IntN(220), Y: rng.IntN(60), Action: tea.MouseActionPress, Button: tea.MouseButton(rng.IntN(6))})
		default:
			_, c := r.m.Update(keyOf(all[rng.IntN(len(all))]))
			if c != nil && i%10 == 0 {
				r.run(c)
			}
		}
		checkPicture(t, r.m.View(), w, h)
	}
}

func play(t *testing.T, keys []byte, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	r := newRobot(t, 30, 80, 24, func(o *Options) { o.ExportDir = t.TempDir(); o.Inspect = nil })
	r.mc.hostile = seed%2 == 0
	w, h := 80, 24
	for i, k := range keys[:min(len(keys), 60)] {
		switch {
		case k == '\n' || k == '\r':
			r.m.Update(tea.KeyMsg{Type: tea.KeyEnter})
		case k == 0x1b:
			r.m.Update(tea.KeyMsg{Type: tea.KeyEsc})
		case k < ' ':
			r.m.Update(tea.KeyMsg{Type: tea.KeyType(k)})
		case k > 0xf0:
			w, h = rng.IntN(150), rng.IntN(50)
			r.m.Update(tea.WindowSizeMsg{Width: w, Height: h})
		default:
			r.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{rune(k)}})
		}
		if i%7 == 3 {
			r.mc.processes = 1 + rng.IntN(40)
			r.m.Update(frameMsg{r.mc.frame()})
		}
		checkPicture(t, r.m.View(), w, h)
	}
}

// A frame may hold next to nothing: no processes, no rates, no analysis.
func TestEmptyFramesAreShown(t *testing.T) {
	full := newMachine(40).frame()
	full.Rates, full.Threats, full.Self = &metrics.Rates{}, nil, &monitor.Self{}
	full.Snapshot.System = metrics.System{}
	for _, f := range []*monitor.Frame{{Snapshot: &metrics.Snapshot{}, Rates: &metrics.Rates{}, Self: &monitor.Self{}}, full} {
		for _, size := range [][2]int{{80, 24}, {200, 50}, {40, 10}} {
			r := newRobot(t, 10, size[0], size[1], nil)
			r.send(frameMsg{f})
			for _, keys := range [][]string{{"1"}, {"2"}, {"t"}, {"enter"}, {"esc", "f9"}, {"esc", "3", "enter"}, {"m", "m", "m"}, {"4", "enter", "d"}, {"5", "enter"}, {"6"}, {"x", "esc", "y"}, {"?"}} {
				r.press(keys...)
				checkPicture(t, r.m.View(), size[0], size[1])
			}
		}
	}
}
