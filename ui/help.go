package ui

import (
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/filter"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// openHelp shows the keys, made from the bindings, and what signs and figures mean.
func openHelp(m *Model) cmd {
	now := m.scopes()
	p := &page{title: "Help", make: func(m *Model, w *pageWriter) { writeHelp(m, w, now) }}
	m.openPage(p)
	return nil
}

// scopeTitles head the sections of keys, in their order.
var scopeTitles = []struct {
	scope scope
	title string
}{
	{everywhere, "Keys everywhere"},
	{inViews, "Keys in views"},
	{lists, "Keys in lists"},
	{inProcesses, "Keys in Processes"},
	{inNetwork, "Keys in Network"},
	{inThreats, "Keys in Threats"},
	{inPerformance, "Keys in Performance"},
	{inPages, "Keys in details"},
	{aboutProcess, "Keys in details about a process"},
	{inDossier, "Keys in the details of a process"},
	{inFinding, "Keys in the details of a finding"},
}

// writeHelp begins with what works where help was asked for: now, the nearest
// first.
func writeHelp(m *Model, w *pageWriter, now []scope) {
	for _, s := range now {
		for _, t := range scopeTitles {
			if t.scope == s {
				m.writeKeys(w, s, t.title)
			}
		}
	}
	m.writeSigns(w)
	for _, t := range scopeTitles {
		if !slices.Contains(now, t.scope) {
			m.writeKeys(w, t.scope, t.title)
		}
	}
	w.section("What the figures mean")
	for _, f := range figures {
		w.item(f.name, f.meaning, stText)
	}
	m.writeColumns(w)
	q := m.filterOf(m.at)
	if q.plain {
		w.section("The filter here")
		w.text("looks for its text in names, kinds and notes", stText)
	} else {
		w.section("Fields of the filter here")
		for _, f := range filter.Fields(q.kind) {
			w.item(f.Name, f.About, stText)
		}
	}
}

// writeKeys tells what the keys of a scope do, with the name of each action: the
// configuration can bind it to other keys.
func (m *Model) writeKeys(w *pageWriter, s scope, title string) {
	w.section(title)
	for i := range m.keys.bindings {
		b := &m.keys.bindings[i]
		if b.scope != s || len(b.keys) == 0 {
			continue
		}
		names := make([]string, len(b.keys))
		for i, k := range b.keys {
			names[i] = keyName(k)
		}
		text, st := b.help, stText
		if b.needs != nil {
			if why := b.needs(&m.opts); why != "" {
				text, st = text+" ("+why+")", stFaint
			}
		}
		w.lines = append(w.lines, line{label: strings.Join(names, " "), text: text + "  " + b.action, style: st, faint: len(text)})
	}
}

// writeSigns explains what stands for a word, or for a colour.
func (m *Model) writeSigns(w *pageWriter) {
	y := m.sym
	w.section("Signs")
	for _, s := range [...]struct {
		sign, meaning string
		style         screen.Style
	}{
		{"+", "at the margin: the process is new", stNew},
		{"-", "at the margin: the process has just ended; in a cell: there is none", stGone},
		{string(y.marked), "at the margin: marked, for what is done next", stMark},
		{string(y.dot), "at the margin: followed by the cursor", stText},
		{y.closed, "folded: the row shows the sums of what is below it", stText},
		{string(y.up) + " " + string(y.down), "behind a title: sorted by it, upwards or downwards", stAccent},
		{"?", "not known: the source, a privilege or the kernel does not tell", stFaint},
		{"*", "any address, or any port", stText},
		{string(y.met) + " " + string(y.missed) + " " + string(y.unknown), "behind a figure of our own cost: goal met, missed, not known yet", stText},
		{"!", "behind a view: something is held back to save cost; the view tells what", stText},
		{strings.Join(y.severity[:], " "), "severity: informational, low, medium, high, critical", stText},
		{y.frozen, "the screen is frozen, or keeps still while a dialog asks", stWarn},
	} {
		w.item(s.sign, s.meaning, s.style)
	}
}

// writeColumns explains the columns of the present view.
func (m *Model) writeColumns(w *pageWriter) {
	w.section("Columns of " + m.views[m.at].name())
	for _, c := range m.views[m.at].table().columns() {
		w.item(c.title, c.about, stText)
	}
}

// figures are the values that other tools count differently, with their formula.
var figures = []struct{ name, meaning string }{
	{"cpu", "time not idle and not waiting for I/O, of all processors: 100 % is all of them busy; guests count once"},
	{"cores by N", "on a machine with many processors: a column is the busiest of N of them"},
	{"CPU% of a process", "user and system time in the interval, of one core, as top shows it: 200 % is two cores busy; rows keep their order while it moves by less than a sixth"},
	{"memory used", "MemTotal - MemAvailable, as free(1) of procps 4 counts it: caches that can be given up are not in use"},
	{"RSS", "resident memory, as VmRSS: pages that are shared count in every process; PSS in the details shares them out"},
	{"disk", "storage below the cache; the busiest device is the one with the largest share of time with work"},
	{"network", "all interfaces but loopback; of a process and a socket: TCP payload"},
	{"pressure", "share of the last 10 s in which some task waited for the resource; all: every task did"},
	{"collect, detect", "time of the last cycle; p50, p95 and max are over a sliding window"},
	{"rss, cpu, io", "this program's own memory, CPU over the last minute in percent of one core, and read and write calls"},
	{"graphs", "one dot is the largest value in its span of time; a spike is never lost"},
}
