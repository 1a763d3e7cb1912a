package sigma

import (
	"fmt"
	"slices"
)

// linkedCorrelation is a correlation rule whose references are resolved.
type linkedCorrelation struct {
	entry *Entry
	*correlation
	refs [][]*Entry // by reference, the rules it means
}

// linkCorrelations resolves the references of all correlation rules and puts
// the rules in an order in which each comes after those it refers to.
func (s *Set) linkCorrelations() {
	byName := make(map[string][]*Entry)
	for _, e := range s.entries {
		byName[e.ID] = append(byName[e.ID], e)
		if e.Name != "" && e.Name != e.ID {
			byName[e.Name] = append(byName[e.Name], e)
		}
	}
	state := make(map[*Entry]int) // 1 while it is being visited, 2 when done
	for _, e := range s.entries {
		if e.Correlates() {
			s.link(e, byName, state)
		}
	}
	s.silence()
}

// link reports whether the entry can be referred to: false within a cycle.
func (s *Set) link(e *Entry, byName map[string][]*Entry, state map[*Entry]int) bool {
	if state[e] != 0 {
		return state[e] == 2
	}
	state[e] = 1
	defer func() { state[e] = 2 }()
	l := linkedCorrelation{entry: e, correlation: e.correlation}
	e.Needs = append(e.Needs, e.needs...)
	missing := 0
	for _, ref := range e.correlation.refs {
		targets := byName[ref.name]
		if len(targets) == 0 {
			s.reference(e, ref, "the correlation refers to the rule %s, which is not loaded", "check the id or name, and load that rule too")
		}
		lacks := true
		for _, t := range targets {
			if t.Correlates() && !s.link(t, byName, state) {
				s.reference(e, ref, "the correlation refers to itself by way of %s", "break the cycle")
			} else if t.Evaluable() {
				lacks = false
			}
			s.assessGroup(e, ref, t)
		}
		if lacks {
			missing++
			// A count can do with the other rules, a sequence cannot.
			if k := e.correlation.kind; k == temporal || k == temporalOrdered || missing == len(e.correlation.refs) {
				e.Needs = append(e.Needs, "rule "+quotePlain(ref.name))
			}
		}
		l.refs = append(l.refs, targets)
	}
	slices.Sort(e.Needs)
	e.Needs = slices.Compact(e.Needs)
	if e.Evaluable() {
		s.linked = append(s.linked, l)
	}
	return true
}

func (s *Set) reference(e *Entry, ref reference, format, mend string) {
	s.problems = append(s.problems, Problem{File: e.File, Line: ref.line, Column: ref.column,
		What: fmt.Sprintf(format, quote(ref.name)), Mend: mend})
}

// assessGroup notes the fields that the correlation reads from the events of a
// rule and that these do not have.
func (s *Set) assessGroup(e *Entry, ref reference, target *Entry) {
	if s.options.AnyField || target.Correlates() {
		return
	}
	for _, g := range slices.Concat(e.correlation.groupBy, e.correlation.values) {
		if f, ok := g.of(ref.name); !ok || !target.category.hasLive(f) {
			e.Needs = append(e.Needs, "field "+quotePlain(g.name))
		}
	}
}

// of is the field that a group field means in the events of a rule.
func (g *groupField) of(rule string) (f Field, ok bool) {
	if g.alias == nil {
		return g.field, true
	}
	f, ok = g.alias[rule]
	return f, ok
}

// silence marks the rules that only feed correlations.
func (s *Set) silence() {
	heard := make(map[*Entry]bool)
	for _, l := range s.linked {
		for _, targets := range l.refs {
			for _, t := range targets {
				t.Silent = !l.generate && !heard[t]
				heard[t] = heard[t] || l.generate
			}
		}
	}
}

// Correlates reports whether the set has correlation rules that can match.
func (s *Set) Correlates() bool { return len(s.linked) > 0 }
