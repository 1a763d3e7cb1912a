package ui

import (
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
)

// AllowTerms are what an operator adds to an allow entry.
type AllowTerms struct {
	Reason  string
	Expires time.Time // the day on which it ends; zero: never
}

// allowTimes are how long an entry may hold, by days; 0 is for good.
var allowTimes = []struct {
	days int
	name string
}{{7, "for a week"}, {30, "for 30 days"}, {90, "for 90 days"}, {365, "for a year"}, {0, "for good"}}

const (
	allowUsual     = 2 // of allowTimes
	maxAllowReason = 200
)

// askAllow shows exactly what an allow entry would cover, asks for its reason and for
// how long it is to hold, and writes it.
func askAllow(m *Model) cmd {
	f := m.threats.current()
	if p := m.page(); p != nil {
		f = p.finding
	}
	if f == nil {
		return m.say("no finding is selected", stWarn)
	}
	entry, err := m.opts.AllowEntry(f)
	if err != nil {
		return m.say("it cannot be allowed: "+err.Error(), stBad)
	}
	about := []line{{text: f.Title, style: stStrong}, {}, {text: "An entry in the configuration would cover, from now on:", style: stText}}
	for l := range strings.SplitSeq(strings.TrimRight(entry, "\n"), "\n") {
		about = append(about, line{text: l, style: stAccent})
	}
	about = append(about, line{}, line{text: "Why is it harmless here? Whoever finds the entry will want to know.", style: stText})
	reason := textinput.New()
	reason.CharLimit = maxAllowReason
	reason.Focus()
	d := &menu{title: "Allow", about: about, still: true, at: allowUsual, input: &reason,
		hint: "type the reason, Enter writes the entry, Esc leaves the finding"}
	now := m.opts.Now()
	until := func(i int) (end time.Time) {
		if days := allowTimes[i].days; days > 0 {
			end = time.Date(now.Year(), now.Month(), now.Day()+days, 0, 0, 0, 0, now.Location())
		}
		return end
	}
	for i, t := range allowTimes {
		about := "it never ends"
		if end := until(i); !end.IsZero() {
			about = "until " + end.Format(time.DateOnly)
		}
		d.items = append(d.items, item{name: t.name, about: about})
	}
	finding := *f
	d.choose = func(m *Model, i int) cmd {
		terms := AllowTerms{Reason: strings.TrimSpace(reason.Value()), Expires: until(i)}
		if terms.Reason == "" {
			return m.say("type the reason first", stWarn)
		}
		m.pop()
		write := m.opts.Allow
		return func() tea.Msg {
			where, err := write(&finding, terms)
			return allowedMsg{finding.Title, where, err}
		}
	}
	m.push(d)
	return nil
}

type allowedMsg struct {
	title, where string
	err          error
}

func (a allowedMsg) tell(m *Model) cmd {
	if a.err != nil {
		return m.say("not allowed: "+a.err.Error(), stBad)
	}
	return m.say("allowed in "+a.where+": "+a.title, stGood)
}
