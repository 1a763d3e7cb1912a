package ui

import (
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// maxGlanceLabel bounds the cells of a label beside its evidence.
const maxGlanceLabel = 24

// glance shows a finding below the list: the evidence, why it matters, and as far as
// there is room what to look at next and which detector found it.
func (f *findings) glance(m *Model, a area, e *threats.Finding) {
	body := a.heading(e.Title, e.Severity.String()+", confidence "+e.Confidence.String(), severityStyle(e.Severity))
	y, at := 0, len("process")
	for _, v := range e.Evidence {
		at = min(max(at, len(v.What)), maxGlanceLabel)
	}
	at += 2
	if e.Process != nil {
		m.text = appendCommand(m.text[:0], e.Process.ID)
		body.text(0, y, "process", stDim)
		body.bytes(at, y, m.text, stText)
		y++
	}
	why := 0
	for range wrapped(e.Info.Why, body.w-at) {
		why++
	}
	for _, v := range e.Evidence {
		if y >= max(body.h-why, 2) {
			break
		}
		body.part(0, 0, at-2, body.h).text(0, y, v.What, stDim)
		x := body.text(at, y, v.Value, stStrong) + 2
		body.text(x, y, v.Where, stFaint)
		y++
	}
	y = labelled(body, at, y, "why", e.Info.Why, stText)
	label := "next"
	for _, n := range e.Info.Next {
		y = labelled(body, at, y, label, n, stDim)
		label = ""
	}
	labelled(body, at, y, "by", e.Info.ID, stDim)
}

// labelled paints a text in as many rows as it needs, with a label before the
// first, and returns the row after it.
func labelled(a area, at, y int, label, text string, st screen.Style) int {
	a.text(0, y, label, stDim)
	return wrap(a, at, y, text, st)
}
