package screen

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hinshun/vt10x"
)

func TestTextNeverLeavesItsPlaceNorSteersTheTerminal(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"plain", "plain"},
		{"a long one that is cut", "a long on…"},
		{"esc\x1b[2J", "esc␛[2J"},
		{"漢字漢字漢字", "漢字漢字 …"},
		{"a漢字漢字", "a漢字漢字"},
		{"e\u0301te\u0301", "e\u0301te\u0301"},
		{"\u0301x", "�x"},
		{"\u202eabc", "�abc"},
	} {
		var g Grid
		g.Resize(12, 1)
		g.Text(0, 0, 10, tc.in, 0)
		if got := string(g.AppendText(nil, &Palette{})); got != tc.want {
			t.Errorf("%q is shown as %q, want %q", tc.in, got, tc.want)
		}
	}
}

// Where there is nothing but ASCII, what is left out is not taken for a letter that
// cannot be shown.
func TestEllipsisInASCII(t *testing.T) {
	g := Grid{ASCII: true}
	g.Resize(12, 1)
	g.Text(0, 0, 12, "reading… ä", 0)
	if got := string(g.AppendText(nil, &Palette{})); got != "reading~ ?" {
		t.Errorf("got %q", got)
	}
}

func TestWideCharactersThatAreCutLeaveNoHalves(t *testing.T) {
	var g Grid
	g.Resize(6, 1)
	g.Text(0, 0, 6, "漢字", 0)
	g.Put(1, 0, 'x', 0)
	if got := string(g.AppendText(nil, &Palette{})); got != " x字" {
		t.Errorf("got %q", got)
	}
	g.Put(2, 0, 'y', 0)
	if got := string(g.AppendText(nil, &Palette{})); got != " xy" {
		t.Errorf("got %q", got)
	}
}

// A terminal emulator that is fed the differences must show what a fresh one
// shows that is fed the whole picture.
func TestDifferencesShowTheSamePicture(t *testing.T) {
	const w, h = 40, 12
	p := &Palette{SGR: []string{"", "\x1b[0;1m", "\x1b[0;38;5;9m", "\x1b[0;44m"}, Bare: []bool{true, true, true, false}}
	rng := rand.New(rand.NewPCG(1, 2))
	var d differ
	term := vt10x.New(vt10x.WithSize(w, h))
	var g Grid
	g.Resize(w, h)
	words := []string{"", " ", "x", "42.0 %", "a longer piece of text", "▁▂▃▅█", strings.Repeat(" ", 30)}
	for round := range 300 {
		for range 1 + rng.IntN(8) {
			g.Text(rng.IntN(w), rng.IntN(h), w, words[rng.IntN(len(words))], Style(rng.IntN(4)))
		}
		if round%50 == 49 {
			g.Clear()
		}
		if _, err := term.Write(d.append(nil, &g, p)); err != nil {
			t.Fatal(err)
		}
		for y := range h {
			for x := range w {
				got, want := term.Cell(x, y), g.cells[y*w+x]
				if got.Char != want.Rune && !(got.Char == 0 && want.Rune == ' ') {
					t.Fatalf("round %d, cell %d,%d: %q, want %q", round, x, y, got.Char, want.Rune)
				}
				if (got.BG == vt10x.DefaultBG) != (want.Style != 3) {
					t.Fatalf("round %d, cell %d,%d: background %v, want style %d", round, x, y, got.BG, want.Style)
				}
			}
		}
	}
	if n := len(d.append(nil, &g, p)); n != 0 {
		t.Errorf("an unchanged picture costs %d bytes", n)
	}
}

func TestBytesPaintsWhatTextDoes(t *testing.T) {
	words := []string{"", "x", "exactly te", "a longer one", "漢字漢字漢字", "ab\x1bcd", "e\u0301", "aaaaaaaaaa\x07", "\xff\xfe"}
	for _, w := range words {
		for x := -1; x < 14; x++ {
			var a, b Grid
			a.Resize(12, 1)
			b.Resize(12, 1)
			na, nb := a.Text(x, 0, 10, w, 0), b.Bytes(x, 0, 10, []byte(w), 0)
			ta, tb := string(a.AppendText(nil, &Palette{})), string(b.AppendText(nil, &Palette{}))
			if na != nb || ta != tb {
				t.Errorf("%q at %d: %d %q, want %d %q", w, x, nb, tb, na, ta)
			}
		}
	}
}
