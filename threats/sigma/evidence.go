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
// that does not match. For a correlation rule that the event has completed it
// gives the values of the fields by which events are grouped.
func (m *Matcher) Evidence(e *Entry, dst []Evidence) []Evidence {
	if m.ev != nil && e.Correlates() {
		return m.group(e.correlation, dst)
	}
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
	ev := m.evidence(selection, found)
	for _, have := range dst[from:] {
		if have.Field == ev.Field && have.Value == ev.Value {
			return dst
		}
	}
	return append(dst, ev)
}

// evidence copies a value out of the event.
func (m *Matcher) evidence(selection string, s *slot) Evidence {
	value := s.raw[:min(len(s.raw), maxEvidence)]
	return Evidence{Selection: selection, Field: m.set.FieldName(s.known), Value: strings.Clone(value)}
}

func (m *Matcher) group(k *correlation, dst []Evidence) []Evidence {
	for i := range k.groupBy {
		for _, ref := range k.refs {
			f, ok := k.groupBy[i].of(ref.name)
			if !ok || int(f) >= len(m.first) || m.first[f] < 0 {
				continue
			}
			dst = append(dst, m.evidence("group-by", &m.ev.slots[m.first[f]]))
			break
		}
	}
	return dst
}
