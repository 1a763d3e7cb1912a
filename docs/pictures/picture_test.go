//go:build linux

package main

import (
	"encoding/xml"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestParseStyles(t *testing.T) {
	tests := []struct {
		sequence string
		want     style
	}{
		{"\x1b[1;31m", style{fg: "#cc6666", bold: true}},
		{"\x1b[38;5;214m", style{fg: "#ffaf00"}},
		{"\x1b[48;5;236m", style{bg: "#303030"}},
		{"\x1b[38;2;1;2;255m\x1b[48:2:10:20:30m", style{fg: "#0102ff", bg: "#0a141e"}},
		{"\x1b[2;3;4;7m", style{dim: true, italic: true, underline: true, flip: true}},
		{"\x1b[1;2;4;7m\x1b[22;24;27m", style{}},
		{"\x1b[97;100m", style{fg: "#ffffff", bg: "#707880"}},
		{"\x1b[31;42m\x1b[39;49m", style{}},
		{"\x1b[1;31m\x1b[m", style{}},
		{"\x1b[38;5m", style{}},                              // cut short
		{"\x1b]8;;http://x\x1b\\\x1b[1m", style{bold: true}}, // a link
		{"\x1b[3J\x1b[32m", style{fg: "#8abe5c"}},            // no SGR
	}
	for _, tt := range tests {
		grid := parse(tt.sequence+"a", 2, 1)
		if got := grid[0][0]; got.text != "a" || got.style != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.sequence, got, tt.want)
		}
	}
}

func TestParsePlaces(t *testing.T) {
	grid := parse("a日b\ne\u0301⣿█\nlong line", 4, 2)
	var got [][]string
	for _, row := range grid {
		var texts []string
		for _, c := range row {
			texts = append(texts, c.text)
		}
		got = append(got, texts)
	}
	want := [][]string{{"a", "日", "", "b"}, {"e\u0301", "⣿", "█", " "}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Every character has a place of its own, and hostile text stays text. Braille
// patterns are drawn, dot by dot.
func TestSVG(t *testing.T) {
	const line = "a <b> &amp; \"⣿日\" ]]> e"
	d := xml.NewDecoder(strings.NewReader(string(svg(parse("\x1b[1;7m"+line, 40, 1), "a & <b>"))))
	var text strings.Builder
	places := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		el, ok := tok.(xml.StartElement)
		if !ok || el.Name.Local != "text" {
			continue
		}
		var x string
		for _, a := range el.Attr {
			if a.Name.Local == "x" {
				x = a.Value
			}
		}
		var s string
		if err := d.DecodeElement(&s, &el); err != nil {
			t.Fatal(err)
		}
		text.WriteString(s)
		places += len(strings.Fields(x))
	}
	want := strings.NewReplacer(" ", "", "⣿", "").Replace(line)
	if text.String() != want || places != len([]rune(want)) {
		t.Errorf("%q at %d places, want %q at %d", text.String(), places, want, len([]rune(want)))
	}
}

func TestDots(t *testing.T) {
	picture := string(svg(parse("⢀⠁", 2, 1), "dots"))
	// The last row of the second column, and the first of the first in the next cell.
	if !strings.Contains(picture, `<path d="M5.75 14.75h2v2h-2zM10.25 1.25h2v2h-2z" fill="`) {
		t.Error(picture)
	}
}

func TestServicesAreToldApart(t *testing.T) {
	seen := map[string]bool{}
	var walk func([]service)
	walk = func(list []service) {
		for i := range list {
			s := &list[i]
			if key := strings.Join(s.args, "\x00"); seen[key] {
				t.Errorf("two services have the arguments %q", s.args)
			} else {
				seen[key] = true
			}
			if s.busy > 0 && s.memory == 0 {
				t.Errorf("%q is busy, with no memory to be busy in", s.args)
			}
			walk(s.children)
		}
	}
	walk(booted)
}
