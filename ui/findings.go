package ui

import (
	"fmt"
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// findings is the view of what was found, worst first.
type findings struct {
	list  table
	snap  *threats.Report
	at    *monitor.Frame
	known map[string]bool // acknowledged, by id
	seen  map[string]bool // was under the cursor or open once
	index []int32
}

func newFindings() *findings {
	f := &findings{snap: &threats.Report{}, known: map[string]bool{}, seen: map[string]bool{}}
	f.list = table{rows: f, sortBy: "severity"}
	return f
}

func (f *findings) name() string  { return "Threats" }
func (f *findings) scope() scope  { return inThreats }
func (f *findings) table() *table { return &f.list }
func (f *findings) count() int    { return len(f.snap.Findings) }

// carry moves to the next frame and forgets what is no more.
func (f *findings) carry(frame *monitor.Frame) {
	f.at = frame
	f.snap = frame.Threats
	if f.snap == nil {
		f.snap = &threats.Report{}
	}
	if len(f.seen)+len(f.known) > 2*len(f.snap.Findings)+maxRemembered {
		clear(f.seen)
	}
}

// maxRemembered bounds the ids of findings that are gone and still remembered.
const maxRemembered = 4096

func (f *findings) refresh(m *Model) {
	q := m.filterOf(threatView)
	f.index = f.index[:0]
	for i := range f.snap.Findings {
		if q.good.Finding(&m.data, i) {
			f.index = append(f.index, int32(i))
		}
	}
	f.list.setRows(f.index)
}

// current is the finding under the cursor, or nil.
func (f *findings) current() *threats.Finding {
	if row := f.list.current(); row >= 0 && int(row) < len(f.snap.Findings) {
		return &f.snap.Findings[row]
	}
	return nil
}

// state is how far the operator has dealt with a finding.
func (f *findings) state(e *threats.Finding) (string, screen.Style) {
	switch {
	case e.SuppressedBy != "":
		return "suppressed", stFaint
	case e.Gone:
		return "gone", stGone
	case f.known[e.ID]:
		return "acknowledged", stDim
	case f.seen[e.ID]:
		return "seen", stText
	}
	return "new", stNew
}

// The columns of findings, by number.
const (
	findSeverity = iota
	findAge
	findState
	findPID
	findProcess
	findTitle
	findDetector
	findCount
)

var findingColumns = []column{
	findSeverity: {id: "severity", title: "SEVERITY", about: "Sigma's levels", width: 10, desc: true},
	findAge:      {id: "age", title: "AGE", about: "since it was seen first", width: 6, right: true},
	findState:    {id: "state", title: "STATE", about: "new, seen, acknowledged, suppressed, gone", width: 12, rank: 2},
	findPID:      {id: "pid", title: "PID", about: "process concerned", width: 7, right: true, rank: 3},
	findProcess:  {id: "process", title: "PROCESS", about: "its name", width: 15, rank: 1},
	findTitle:    {id: "title", title: "FINDING", about: "what was found", width: 20, ample: 48, flex: true},
	findDetector: {id: "detector", title: "DETECTOR", about: "what found it", width: 30, rank: 6},
	findCount:    {id: "count", title: "SEEN", about: "analyses in which it was there", width: 6, right: true, desc: true, rank: 5},
}

func (f *findings) columns() []column { return findingColumns }

func (f *findings) cell(dst []byte, row int32, col int) ([]byte, screen.Style) {
	e := &f.snap.Findings[row]
	switch col {
	case findSeverity:
		return append(dst, e.Severity.String()...), severityStyle(e.Severity)
	case findAge:
		return appendSpan(dst, f.at.At.Sub(e.First)), stDim
	case findState:
		text, st := f.state(e)
		return append(dst, text...), st
	case findPID:
		if k := subjectKey(e); k.PID != 0 {
			return strconv.AppendInt(dst, int64(k.PID), 10), stText
		}
		return append(dst, '-'), stFaint
	case findProcess:
		if e.Process != nil {
			return append(dst, e.Process.ID.Comm...), stText
		}
		return append(dst, e.Subject.Kind.String()...), stDim
	case findDetector:
		return append(dst, e.Info.ID...), stDim
	case findCount:
		return appendCount(dst, float64(e.Count)), stDim
	}
	dst = append(dst, e.Title...)
	if e.Subject.Name != "" && e.Process == nil {
		dst = append(append(dst, ": "...), e.Subject.Name...)
	}
	return dst, stText
}

// subjectKey is the process that a finding concerns.
func subjectKey(e *threats.Finding) metrics.ProcKey {
	if e.Process != nil {
		return e.Process.Key
	}
	return e.Subject.Key
}

func (f *findings) order(row int32, col int) (float64, string) {
	e := &f.snap.Findings[row]
	switch col {
	case findSeverity:
		n := 2 * float64(e.Severity)
		if e.SuppressedBy != "" {
			n -= 100
		}
		if f.known[e.ID] {
			n--
		}
		return n, ""
	case findAge:
		return f.at.At.Sub(e.First).Seconds(), ""
	case findState:
		s, _ := f.state(e)
		return 0, s
	case findPID:
		return float64(subjectKey(e).PID), ""
	case findProcess:
		if e.Process != nil {
			return 0, e.Process.ID.Comm
		}
		return 0, ""
	case findDetector:
		return 0, e.Info.ID
	case findCount:
		return float64(e.Count), ""
	}
	return 0, e.Title
}

// draw shows the list, and the evidence of the finding under the cursor below it
// where there is room.
func (f *findings) draw(m *Model, a area) {
	m.text = appendCoverage(m.text[:0], &f.snap.Coverage)
	if n := f.snap.Coverage.Partial; n > 0 {
		m.text = append(strconv.AppendInt(append(m.text, ", "...), int64(n), 10), " in part"...)
	}
	if q := f.snap.Coverage.DeepQueue; q > 0 {
		m.text = strconv.AppendInt(append(m.text, ", deep looks due: "...), int64(q), 10)
	}
	if n := f.snap.Suppressed; n > 0 {
		m.text = append(strconv.AppendInt(append(m.text, ", "...), int64(n), 10), " suppressed"...)
	}
	if f.snap.Baseline != "" {
		m.text = append(strconv.AppendInt(append(m.text, ", "...), int64(len(f.snap.Changes)), 10), " changes since the baseline"...)
	}
	a.bytes(1, 0, m.text, stDim)
	below := 0
	if len(f.index) == 0 {
		f.list.none = f.none(m, len(f.snap.Findings))
	} else if a.h >= 16 {
		below = max(min(a.h/2, 12), a.h-3-len(f.index))
	}
	f.list.resize(a.h - 2 - below)
	f.list.draw(a.part(0, 1, a.w, a.h-1-below), true, nil)
	if below > 0 {
		if e := f.current(); e != nil {
			f.seen[e.ID] = true
			f.glance(m, a.part(1, a.h-below+1, a.w-2, below-1), e)
		}
	}
}

// none says why none of n findings is listed. That nothing was found is said only
// when every check has looked at all that it has to.
func (f *findings) none(m *Model, n int) line {
	c := &f.snap.Coverage
	switch {
	case n > 0:
		return m.noneOf(n, "findings")
	case m.frame.Threats == nil:
		return line{text: "no analysis yet", style: stDim}
	case c.Checked < c.Total:
		return line{text: fmt.Sprintf("nothing found yet, %d of %d checks done", c.Checked, c.Total), style: stDim}
	case c.Partial > 0:
		return line{text: fmt.Sprintf("nothing found; %d of %d checks could see a part only", c.Partial, c.Total), style: stText}
	}
	return line{text: "nothing found", style: stGood}
}

// appendCoverage says how much has been checked: "69 of 71 checks done, 3 need root".
func appendCoverage(dst []byte, c *threats.Coverage) []byte {
	dst = append(strconv.AppendInt(dst, int64(c.Checked), 10), " of "...)
	dst = append(strconv.AppendInt(dst, int64(c.Total), 10), " checks done"...)
	switch c.NeedRoot {
	case 0:
		return dst
	case 1:
		return append(dst, ", 1 needs root"...)
	}
	return append(strconv.AppendInt(append(dst, ", "...), int64(c.NeedRoot), 10), " need root"...)
}
