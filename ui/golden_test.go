package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// robot drives a model without a terminal.
type robot struct {
	t  testing.TB
	m  *Model
	mc *machine
	op *fakeOperator
}

func newRobot(t testing.TB, processes, w, h int, change func(o *Options)) *robot {
	op := &fakeOperator{}
	o := Options{Version: "test", Theme: "dark", Operator: op, Inspect: inspectInvented, AllowEntry: fakeEntry, Allow: fakeAllow,
		SetInterval: func(time.Duration) {}, Now: func() time.Time { return testStart.Add(5 * time.Minute) }}
	if change != nil {
		change(&o)
	}
	r := &robot{t: t, m: New(o), mc: newMachine(processes), op: op}
	r.send(tea.WindowSizeMsg{Width: w, Height: h})
	return r
}

// frames shows n more frames, and forgets those in between.
func (r *robot) frames(n int) {
	for range n {
		r.send(frameMsg{r.mc.frame()})
	}
}

// send gives the model a message and runs the commands that follow, but for
// those that only wait.
func (r *robot) send(msg tea.Msg) {
	_, c := r.m.Update(msg)
	r.run(c)
}

func (r *robot) run(c tea.Cmd) {
	if c == nil {
		return
	}
	done := make(chan tea.Msg, 1)
	go func() { done <- c() }()
	select {
	case msg := <-done:
		switch msg := msg.(type) {
		case tea.BatchMsg:
			for _, c := range msg {
				r.run(c)
			}
		case answer, copyMsg:
			r.send(msg)
		}
	case <-time.After(50 * time.Millisecond): // the timer of a message, or the wait for a frame
	}
}

func (r *robot) press(keys ...string) {
	for _, k := range keys {
		r.send(keyOf(k))
	}
}

// keyOf is the message of a key as its binding names it.
func keyOf(k string) tea.KeyMsg {
	for t := tea.KeyType(-100); t < 200; t++ {
		if m := (tea.KeyMsg{Type: t}); t != tea.KeyRunes && m.String() == k {
			return m
		}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
}

// text is the picture without colours.
func (r *robot) text() string { return ansi.Strip(r.m.View()) }

func (r *robot) wants(parts ...string) {
	r.t.Helper()
	text := r.text()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			r.t.Errorf("the screen lacks %q:\n%s", p, text)
		}
	}
}

func (r *robot) lacks(parts ...string) {
	r.t.Helper()
	text := r.text()
	for _, p := range parts {
		if strings.Contains(text, p) {
			r.t.Errorf("the screen has %q:\n%s", p, text)
		}
	}
}

var goldenViews = []struct {
	name string
	keys []string
}{
	{"overview", []string{"1"}},
	{"processes", []string{"2", "down", "down"}},
	{"tree", []string{"2", "t", "home", "down", "left"}},
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
				if variant.name == "light" && v.name != "overview" && v.name != "threats" {
					continue // themes differ in colours alone
				}
				t.Run(fmt.Sprintf("%s-%dx%d-%s", v.name, size[0], size[1], variant.name), func(t *testing.T) {
					r.t = t
					r.m.layers, r.m.prompt, r.m.places = nil, nil, nil
					r.m.procs.tree, r.m.network.mode = nil, connections
					r.m.queries = newQueries()
					for _, v := range r.m.views {
						if tb := v.table(); tb != nil {
							tb.cursor, tb.top = 0, 0
						}
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
