package ui

import (
	"fmt"
	"strings"
	"testing"
)

// The end of a page can be reached however many rows its lines take.
func TestPageScrollsToItsVeryEnd(t *testing.T) {
	r := newRobot(t, 20, 80, 24, nil)
	r.frames(1)
	w := pageWriter{}
	w.section("Environment")
	for i := range 40 {
		w.item(fmt.Sprintf("NAME_%d", i), strings.Repeat("value ", 40), stText)
	}
	w.item("VERY_LONG_NAME_OF_THE_LAST", "the end", stText)
	r.m.push(&page{title: "Long", lines: w.lines})
	r.text()
	r.press("G")
	r.wants("VERY_LONG_NAME_OF_THE_LAST the end", "100%")
	r.press("g")
	r.wants("NAME_0 ", "0%")
	seen := map[string]bool{}
	for range 60 {
		for _, f := range strings.Fields(r.text()) {
			seen[f] = true
		}
		r.press("pgdown")
	}
	for i := range 40 {
		if !seen[fmt.Sprintf("NAME_%d", i)] {
			t.Errorf("line %d is never shown", i)
		}
	}
}

// Nothing of a text is lost where it is broken, but for the spaces there.
func TestWrappedTextIsWhole(t *testing.T) {
	for _, s := range []string{"", "short", strings.Repeat("word ", 50), strings.Repeat("x", 333), "漢字プロセス " + strings.Repeat("漢", 60), strings.Repeat("\x80", 90)} {
		for _, w := range []int{0, 7, 8, 20, 79} {
			var got strings.Builder
			from := 0
			for to := range wrapped(s, w) {
				if to < from || w >= 8 && to-from > w {
					t.Fatalf("%q at %d: row %d to %d", s, w, from, to)
				}
				got.WriteString(s[from:to])
				if from = to; from < len(s) && s[from] == ' ' {
					from++
				}
			}
			if strings.ReplaceAll(got.String(), " ", "") != strings.ReplaceAll(s, " ", "") {
				t.Errorf("%q at %d became %q", s, w, got.String())
			}
		}
	}
}
