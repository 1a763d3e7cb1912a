package ui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// openChecks tells what is checked and what is not.
func openChecks(m *Model) cmd {
	p := &page{title: "What is checked, and what is not", make: writeChecks}
	m.openPage(p)
	return nil
}

func writeChecks(m *Model, w *pageWriter) {
	if m.frame == nil || m.frame.Threats == nil {
		w.text("no analysis yet", stDim)
		return
	}
	r := m.frame.Threats
	c := &r.Coverage
	w.section("Coverage")
	w.item("checks", fmt.Sprintf("%d on, %d have finished a first pass, %d of these saw only a part", c.Total, c.Checked, c.Partial), stText)
	w.item("deep looks", many(c.DeepQueue, "process waits", "processes wait"), stText)
	w.section("Not or only partly checked")
	if len(c.Unavailable) == 0 {
		w.text("everything that is on can be checked", stGood)
	}
	for _, u := range byReason(c.Unavailable) {
		w.item(many(len(u.detectors), "check", "checks"), u.why, stWarn)
		if needs := m.opts.needs(u.needs); needs != "" {
			w.item("", "needs "+needs, stDim)
		}
		w.item("", strings.Join(u.detectors, ", "), stText)
	}
	if len(m.frame.Snapshot.Gaps) > 0 {
		w.section("What could not be read")
		for _, g := range m.frame.Snapshot.Gaps {
			w.item(g.What, m.opts.because(g.Why, g.Needs), stText)
		}
	}
	if len(r.Errors) > 0 {
		w.section("Broken rules and lists")
		for _, e := range r.Errors {
			w.text(e, stBad)
		}
	}
	w.section("Checks that are on")
	for _, d := range r.Detectors {
		var st screen.Style = stText
		text := d.Cost.String()
		if d.LastErr != "" {
			text, st = text+", "+d.LastErr, stWarn
		}
		w.item(d.ID, text, st)
	}
}

// reason is why some checks see only a part or nothing.
type reason struct {
	why, needs string
	detectors  []string
}

// byReason puts what lacks the same together, in the order in which it came.
func byReason(all []threats.Unavailable) []*reason {
	var list []*reason
	for _, u := range all {
		i := slices.IndexFunc(list, func(r *reason) bool { return r.why == u.Why && r.needs == u.Needs })
		if i < 0 {
			i = len(list)
			list = append(list, &reason{why: u.Why, needs: u.Needs})
		}
		list[i].detectors = append(list[i].detectors, u.Detector)
	}
	return list
}

func acknowledge(m *Model) cmd {
	f := m.threats.current()
	if p := m.page(); p != nil {
		f = p.finding
	}
	if f == nil {
		return nil
	}
	if m.threats.known[f.ID] {
		delete(m.threats.known, f.ID)
	} else {
		m.threats.known[f.ID] = true
	}
	m.refresh()
	return nil
}
