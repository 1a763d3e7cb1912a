package ui

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/filter"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// openDetails shows all about the row under the cursor.
func openDetails(m *Model) cmd {
	if m.frame == nil {
		return nil
	}
	switch m.at {
	case threatView:
		if f := m.threats.current(); f != nil {
			m.openFinding(f)
		}
		return nil
	case processView, networkView:
		return m.jumpProcess()
	case cgroupView:
		c := m.cgroups
		if row := c.list.current(); row >= 0 {
			m.jump(processView, "cgroup~"+filter.Quote("^"+regexp.QuoteMeta(c.snap.System.Cgroups[row].Path)+"(/|$)"))
		}
	}
	return nil
}

// detailMsg is what was read of one process.
type detailMsg struct {
	key    metrics.ProcKey
	detail *metrics.Detail
	err    error
}

// inspectTime bounds the reading of the details of one process.
const inspectTime = 5 * time.Second

func (m *Model) openProcess(k metrics.ProcKey) cmd {
	p := &page{title: "Process " + strconv.Itoa(int(k.PID)), key: k, make: writeDossier}
	m.push(p)
	p.rebuild(m)
	return m.inspect(p)
}

// inspect reads the details beside the screen.
func (m *Model) inspect(p *page) cmd {
	if m.opts.Inspect == nil || p.reading {
		return nil
	}
	p.reading = true
	read, k, parts := m.opts.Inspect, p.key, metrics.PartsAll&^metrics.PartHash
	if m.frame != nil {
		if proc := m.frame.Snapshot.Lookup(k); proc != nil && proc.Kthread() {
			parts = metrics.PartLimits | metrics.PartThreads | metrics.PartNamespaces // it has no memory of its own, and no program
		}
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), inspectTime)
		defer cancel()
		d, err := read(ctx, k, parts)
		return detailMsg{k, d, err}
	}
}

// hash reads what is slow after the rest is on the screen.
func (m *Model) hash(k metrics.ProcKey) cmd {
	read := m.opts.Inspect
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 4*inspectTime)
		defer cancel()
		d, err := read(ctx, k, metrics.PartHash)
		return hashMsg{k, d, err}
	}
}

func (d detailMsg) tell(m *Model) cmd {
	for _, l := range m.layers {
		p, ok := l.(*page)
		if !ok || p.key != d.key || !p.reading {
			continue
		}
		p.reading = false
		if d.err != nil {
			p.err = d.err.Error()
		} else {
			p.detail, p.err = d.detail, ""
		}
		p.rebuild(m)
		if d.err == nil && d.detail.SHA256 == "" && d.detail.Read&metrics.PartEnviron != 0 {
			return m.hash(d.key)
		}
	}
	return nil
}

// hashMsg is the hash of a program file.
type hashMsg detailMsg

func (d hashMsg) tell(m *Model) cmd {
	for _, l := range m.layers {
		if p, ok := l.(*page); ok && p.key == d.key && p.detail != nil {
			if d.err == nil {
				p.detail.SHA256 = d.detail.SHA256
				p.detail.Gaps = append(p.detail.Gaps, d.detail.Gaps...)
			}
			p.detail.Read |= metrics.PartHash
			p.rebuild(m)
		}
	}
	return nil
}

func readAgain(m *Model) cmd {
	if p := m.page(); p != nil && p.key.PID != 0 && p.finding == nil {
		return m.inspect(p)
	}
	return nil
}

func reveal(m *Model) cmd {
	if p := m.page(); p != nil && p.detail != nil {
		p.reveal = !p.reveal
		p.rebuild(m)
	}
	return nil
}

func (m *Model) openFinding(f *threats.Finding) {
	m.threats.seen[f.ID] = true
	p := &page{title: "Finding", finding: f, key: subjectKey(f), make: writeFinding}
	m.push(p)
	p.rebuild(m)
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
	w.known("about", f.Subject.Kind.String()+" "+f.Subject.Name)
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

// openChecks tells what is checked and what is not.
func openChecks(m *Model) cmd {
	p := &page{title: "What is checked, and what is not", make: writeChecks}
	m.push(p)
	p.rebuild(m)
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
	w.item("deep looks", fmt.Sprintf("%d processes wait", c.DeepQueue), stText)
	w.section("Not or only partly checked")
	if len(c.Unavailable) == 0 {
		w.text("everything that is on can be checked", stGood)
	}
	for _, u := range c.Unavailable {
		w.item(u.Detector, u.Why, stWarn)
		if u.Needs != "" {
			w.item("", "needs "+u.Needs, stDim)
		}
	}
	if len(m.frame.Snapshot.Gaps) > 0 {
		w.section("What could not be read")
		for _, g := range m.frame.Snapshot.Gaps {
			w.item(g.What, g.Why+"; needs "+g.Needs, stText)
		}
	}
	if len(r.Errors) > 0 {
		w.section("Broken rules and lists")
		for _, e := range r.Errors {
			w.text(e, stBad)
		}
	}
	if r.Baseline != "" {
		w.section("Changes since " + r.Baseline)
		for _, ch := range r.Changes {
			w.item(ch.Kind+" "+ch.Op, ch.Name+"  "+ch.Was+" "+m.sym.arrow+" "+ch.Is, stText)
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
