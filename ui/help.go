package ui

import (
	"strings"

	"github.com/smoothtask/smoothtask/filter"
)

// openHelp shows the keys, made from the bindings, and what the figures mean.
func openHelp(m *Model) cmd {
	m.push(&page{title: "Help", make: writeHelp})
	m.page().rebuild(m)
	return nil
}

// scopeTitles head the sections of keys, in their order.
var scopeTitles = []struct {
	scope scope
	title string
}{
	{everywhere, "Keys everywhere"},
	{lists, "Keys in lists"},
	{inProcesses, "Keys in Processes"},
	{inNetwork, "Keys in Network"},
	{inThreats, "Keys in Threats"},
	{inPages, "Keys in details"},
}

func writeHelp(m *Model, w *pageWriter) {
	// The scope of the view comes first: its keys are what one looks for.
	now := m.views[m.at].scope()
	for _, first := range []bool{true, false} {
		for _, s := range scopeTitles {
			if (s.scope == now && now != everywhere) == first {
				m.writeKeys(w, s.scope, s.title)
			}
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
		w.item(strings.Join(names, " "), text, st)
	}
}

// writeColumns explains the columns of the present view.
func (m *Model) writeColumns(w *pageWriter) {
	t := m.views[m.at].table()
	if t == nil {
		return
	}
	w.section("Columns of " + m.views[m.at].name())
	for _, c := range t.columns() {
		w.item(c.title, c.about, stText)
	}
}

// figures are the values that other tools count differently, with their formula.
var figures = []struct{ name, meaning string }{
	{"cpu", "time not idle and not waiting for I/O, of all processors: 100 % is all of them busy; guests count once"},
	{"CPU% of a process", "user and system time in the interval, of one core, as top shows it: 200 % is two cores busy"},
	{"memory used", "MemTotal - MemAvailable, as free(1) of procps 4 counts it: caches that can be given up are not in use"},
	{"RSS", "resident memory, as VmRSS: pages that are shared count in every process; PSS in the details shares them out"},
	{"disk", "storage below the cache; the busiest device is the one with the largest share of time with work"},
	{"network", "all interfaces but loopback; of a process and a socket: TCP payload"},
	{"pressure", "share of the last 10 s in which some task waited for the resource; all: every task did"},
	{"collect, detect", "time of the last cycle; p50, p95 and max are over a sliding window"},
	{"rss, cpu, io", "this program's own memory, CPU over the last minute in percent of one core, and read and write calls"},
	{"graphs", "one dot is the largest value in its span of time; a spike is never lost"},
}
