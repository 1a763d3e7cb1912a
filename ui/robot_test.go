package ui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// robot drives a model without a terminal.
type robot struct {
	t  testing.TB
	m  *Model
	mc *machine
	op *fakeOperator
}

func newRobot(t testing.TB, processes, w, h int, change func(o *Options)) *robot {
	op, mc := &fakeOperator{}, newMachine(processes)
	o := Options{Version: "test", Theme: "dark", Operator: op, Inspect: mc.inspect, AllowEntry: fakeEntry, Allow: fakeAllow,
		SetInterval: func(time.Duration) {}, Now: func() time.Time { return testStart.Add(5 * time.Minute) }}
	if change != nil {
		change(&o)
	}
	r := &robot{t: t, m: New(o), mc: mc, op: op}
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
