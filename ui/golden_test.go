package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

var goldenViews = []struct {
	name string
	keys []string
}{
	{"overview", []string{"1"}},
	{"processes", []string{"2", "down", "down"}},
	{"tree", []string{"2", "t", "home", "down", "left"}},
	{"threadrows", []string{"2", "N", "H", "down", "down", "down", "down"}},
	{"network", []string{"3"}},
	{"peers", []string{"3", "m", "m", "m"}},
	{"threats", []string{"4", "down"}},
	{"finding", []string{"4", "down", "enter"}},
	{"cgroups", []string{"5"}},
	{"performance", []string{"6"}},
	{"dossier", []string{"2", "enter"}},
	{"help", []string{"?"}},
	{"signals", []string{"2", "f9"}},
	{"filter", []string{"2", "/", "r", "s", "s", ">", "1", "Q"}},
}

func TestGoldenViews(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 50}} {
		for _, variant := range []struct {
			name   string
			change func(o *Options)
		}{
			{"dark", nil},
			{"light", func(o *Options) { o.Theme = "light" }},
			{"ascii", func(o *Options) { o.ASCII, o.NoColor = true, true }},
		} {
			r := newRobot(t, 120, size[0], size[1], variant.change)
			r.frames(130)
			for _, v := range goldenViews {
				t.Run(fmt.Sprintf("%s-%dx%d-%s", v.name, size[0], size[1], variant.name), func(t *testing.T) {
					r.t = t
					r.m.layers, r.m.prompt, r.m.places = nil, nil, nil
					r.m.procs.tree, r.m.network.mode = nil, connections
					r.m.procs.threads, r.m.procs.list.sortBy = threads{}, "cpu"
					r.m.queries = newQueries()
					for _, tb := range r.m.tables() {
						tb.cursor, tb.top = 0, 0
					}
					clear(r.m.procs.closed)
					clear(r.m.threats.seen)
					r.m.note = ""
					r.press(v.keys...)
					got := r.m.View()
					if variant.name == "ascii" {
						for i := range len(ansi.Strip(got)) {
							if c := ansi.Strip(got)[i]; c != '\n' && (c < ' ' || c > '~') {
								t.Fatalf("byte %#x in ASCII mode", c)
							}
						}
					}
					compareGolden(t, got)
				})
			}
		}
	}
}

func compareGolden(t *testing.T, got string) {
	t.Helper()
	file := filepath.Join("testdata", filepath.Base(t.Name())+".golden")
	got = strings.ReplaceAll(got, "\x1b", "␛") // so that the files can be read
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	if got != string(want) {
		t.Errorf("the picture differs from %s; is it better? then write it with -update\n%s", file, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
