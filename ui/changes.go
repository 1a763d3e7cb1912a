package ui

import (
	"strings"

	"github.com/smoothtask/smoothtask/threats"
)

// openChanges tells what has changed since the baseline.
func openChanges(m *Model) cmd {
	p := &page{title: "What has changed since the baseline", make: writeChanges}
	m.openPage(p)
	return nil
}

// changeKinds are the sections of the page, by the kind of a change.
var changeKinds = []struct{ kind, title string }{
	{"listener", "Listeners"}, {"program", "Programs that run as root"}, {"unit", "Units"},
	{"file", "Files from which things are started"}, {"module", "Kernel modules"}, {"account", "Accounts"},
}

func writeChanges(m *Model, w *pageWriter) {
	if m.frame == nil || m.frame.Threats == nil {
		w.text("no analysis yet", stDim)
		return
	}
	r := m.frame.Threats
	if r.Baseline == "" {
		w.section("There is no baseline")
		w.text("Save one while the machine is well, and start with it from then on:", stText)
		w.text("smoothtask baseline save FILE", stAccent)
		w.text("smoothtask --baseline FILE", stAccent)
		return
	}
	w.section("Compared with " + r.Baseline)
	if len(r.Changes) == 0 {
		w.text("nothing has changed", stGood)
	}
	for _, k := range changeKinds {
		m.writeChangesOf(w, k.kind, k.title, r.Changes)
	}
}

func (m *Model) writeChangesOf(w *pageWriter, kind, title string, all []threats.Change) {
	first := true
	for i := range all {
		c := &all[i]
		if c.Kind != kind {
			continue
		}
		if first {
			w.section(title)
			first = false
		}
		w.item(c.Op, c.Name, stWarn)
		if c.Was != "" {
			w.item("was", strings.TrimSpace(c.Was), stDim)
		}
		if c.Is != "" {
			w.item("is", strings.TrimSpace(c.Is), stText)
		}
	}
}
