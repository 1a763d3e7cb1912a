package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

func (m *Model) openFinding(f *threats.Finding) {
	m.threats.seen[f.ID] = true
	p := &page{title: "Finding", finding: f, key: subjectKey(f), make: writeFinding}
	m.openPage(p)
}

// writeFinding tells all about a finding. The newest report's word on it is
// taken, as long as it has one.
func writeFinding(m *Model, w *pageWriter) {
	p := w.page
	for i := range m.threats.snap.Findings {
		if f := &m.threats.snap.Findings[i]; f.ID == p.finding.ID {
			p.finding = f
		}
	}
	f := p.finding
	w.section(f.Title)
	state, st := m.threats.state(f)
	w.item("severity", f.Severity.String()+", confidence "+f.Confidence.String(), severityStyle(f.Severity))
	w.item("state", state, st)
	w.known("suppressed by", f.SuppressedBy)
	about := f.Subject.Kind.String()
	if k := subjectKey(f); k.PID != 0 {
		about += " " + strconv.Itoa(int(k.PID))
	}
	if f.Process != nil {
		about += " " + f.Process.ID.Comm
	}
	w.item("about", strings.TrimSpace(about+" "+f.Subject.Name), stText)
	w.item("detector", f.Info.ID, stText)

	w.section("Evidence")
	for _, e := range f.Evidence {
		w.item(e.What, e.Value, stStrong)
		if e.Where != "" {
			w.item("", "from "+e.Where, stFaint)
		}
	}
	for _, part := range f.Parts {
		w.item(part.Severity.String(), part.Title+" ("+part.Detector+")", severityStyle(part.Severity))
		for _, e := range part.Evidence {
			w.item("", e.What+": "+e.Value+"  from "+e.Where, stDim)
		}
	}

	w.section("Timeline")
	if f.Process != nil && m.frame != nil {
		began := f.Process.Key.StartedAt(m.frame.Snapshot.At.Add(-m.frame.Snapshot.Uptime))
		w.item("process began", m.when(began), stText)
	}
	w.item("first seen", m.when(f.First), stText)
	w.item("last seen", m.when(f.Last)+fmt.Sprintf(", in %d analyses", f.Count), stText)
	if f.Gone {
		w.item("", "no longer true", stGone)
	}

	if f.Process != nil {
		w.section("Process and its ancestors")
		w.item(strconv.Itoa(int(f.Process.Key.PID)), f.Process.ID.User+"  "+f.Process.ID.Exe+"  "+string(appendCommand(nil, f.Process.ID)), stText)
		for _, a := range f.Ancestry {
			w.item(strconv.Itoa(int(a.Key.PID)), a.ID.User+"  "+string(appendCommand(nil, a.ID)), stDim)
		}
	}
	w.section("What it means")
	w.text(f.Info.Why, stText)
	if f.Info.FalsePositives != "" {
		w.section("When it is harmless")
		w.text(f.Info.FalsePositives, stText)
	}
	if len(f.Info.Next) > 0 {
		w.section("What to look at next")
		for _, n := range f.Info.Next {
			w.text("- "+n, stText)
		}
	}
	if len(f.Info.Techniques) > 0 {
		w.section("MITRE ATT&CK")
		for _, t := range f.Info.Techniques {
			if known, ok := threats.TechniqueOf(t); ok {
				w.item(known.ID, known.Name+" ("+known.Tactic+")", stAccent)
			} else {
				w.text(t, stAccent)
			}
		}
	}
	if len(f.Info.References) > 0 {
		w.section("References")
		for _, r := range f.Info.References {
			w.text(r, stDim)
		}
	}
}

// when is a time of day with how long ago that is.
func (m *Model) when(t time.Time) string {
	b := appendSpan(nil, m.ageOf(t))
	return t.Format("2006-01-02 15:04:05") + " (" + string(b) + " ago)"
}
