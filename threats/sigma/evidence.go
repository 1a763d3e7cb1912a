package sigma

import "strings"

// Evidence is one value of the event on which a match rests.
type Evidence struct {
	Selection string // the search identifier that asked for it
	Field     string // "" for a field that only keywords look at
	Value     string // at most maxEvidence bytes
}

// Bounds for the evidence of one match.
const (
	maxEvidence      = 512
	maxEvidenceItems = 32
)

// Evidence appends to dst the fields and values by which the rule matches the
// Matcher's last event. The strings are copies. It appends nothing for a rule
// that does not match.
func (m *Matcher) Evidence(e *Entry, dst []Evidence) []Evidence {
	if m.ev == nil || e.cond == nil || !m.eval(e.cond) {
		return dst
	}
	return m.explain(e.cond, "", dst, len(dst))
}

// explain collects the items that make a true expression true.
func (m *Matcher) explain(e *expr, selection string, dst []Evidence, from int) []Evidence {
	if e.name != "" {
		selection = e.name
	}
	switch e.op {
	case exprAnd, exprOr:
		for _, kid := range e.kids {
			if m.eval(kid) {
				dst = m.explain(kid, selection, dst, from)
			}
		}
		return dst
	case exprNot:
		return dst
	}
	var found *slot
	if !m.evalItem(e.item, &found) || found == nil || len(dst)-from >= maxEvidenceItems {
		return dst
	}
	ev := Evidence{Selection: selection, Field: m.set.FieldName(found.known), Value: found.raw}
	if len(ev.Value) > maxEvidence {
		ev.Value = ev.Value[:maxEvidence]
	}
	ev.Value = strings.Clone(ev.Value)
	for _, have := range dst[from:] {
		if have.Field == ev.Field && have.Value == ev.Value {
			return dst
		}
	}
	return append(dst, ev)
}
