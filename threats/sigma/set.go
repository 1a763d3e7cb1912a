package sigma

import (
	"fmt"
	"strings"
)

// Set is a collection of rules made ready for matching. It does not change, and
// any number of Matchers may use it at once.
type Set struct {
	names    *names
	options  Options
	entries  []*Entry
	active   []*Entry // those that single events are matched against
	problems []Problem
	fields   int                 // numbered when the set was made
	indexes  map[Category]*index // by category of the rules
	linked   []linkedCorrelation // in the order in which they are to be observed
}

// Options says how rules are read.
type Options struct {
	// AnyField says that events can have fields and categories of any name, as
	// those of rule authors' tests do. Without it they have those of a live Linux
	// system, and a rule that needs others is not evaluable.
	AnyField bool
	// Placeholders are the values of %name% in fields with the modifier expand.
	Placeholders map[string][]string
}

// newSet links the rules of all files. Files come in order: of two rules with
// the same id the first stays.
func newSet(names *names, options Options, files []*file) *Set {
	s := &Set{names: names, options: options}
	byID := make(map[string]*Rule)
	var filters []*filter
	for _, f := range files {
		s.problems = append(s.problems, f.problems...)
		filters = append(filters, f.filters...)
		for _, r := range f.rules {
			if first := byID[r.ID]; first == nil {
				byID[r.ID] = r
			} else if !r.combined || first.File != r.File {
				if !f.embedded {
					s.problem(first, r)
				}
				continue
			}
			s.entries = append(s.entries, &Entry{Rule: r, cond: r.cond})
		}
	}
	s.applyFilters(filters)
	for _, e := range s.entries {
		if !e.Correlates() {
			s.assess(e)
		}
	}
	s.linkCorrelations()
	for _, e := range s.entries {
		if e.Evaluable() && !e.Correlates() {
			s.active = append(s.active, e)
		}
	}
	s.buildIndexes()
	return s
}

func (s *Set) problem(first, r *Rule) {
	s.problems = append(s.problems, Problem{File: r.File, Line: r.Line, Column: r.Column,
		What: fmt.Sprintf("the id %s is already used by %s:%d", quote(r.ID), Printable(first.File), first.Line),
		Mend: "give each rule an id of its own; this one is not loaded"})
}

// applyFilters joins the filters' conditions to those of the rules they are for.
func (s *Set) applyFilters(filters []*filter) {
	for _, f := range filters {
		found := false
		for _, e := range s.entries {
			if f.applies(e.Rule) {
				found = true
				e.cond = &expr{op: exprAnd, kids: []*expr{e.cond, f.cond}}
				e.Needs = append(e.Needs, f.needs...)
			}
		}
		if !found {
			s.problems = append(s.problems, Problem{File: f.meta.File, Line: f.meta.Line, Column: f.meta.Column, Note: true,
				What: "the filter applies to none of the rules loaded with it",
				Mend: "check the ids it lists and that its logsource is that of the rules"})
		}
	}
}

// Entries lists all rules in the order of their sources, correlation rules and
// those that are not evaluable too. The caller must not change it.
func (s *Set) Entries() []*Entry { return s.entries }

// Problems lists what is wrong with the files the set was made from, in their
// order. The caller must not change it.
func (s *Set) Problems() []Problem { return s.problems }

// Evaluable counts the rules that can match.
func (s *Set) Evaluable() int {
	n := 0
	for _, e := range s.entries {
		if e.Evaluable() {
			n++
		}
	}
	return n
}

// Field finds the number of a field by the name that rules use for it. All
// names that no rule uses have one number, which only keywords look at.
func (s *Set) Field(name string) Field { return s.names.field(name) }

// FieldName is the name of a field.
func (s *Set) FieldName(f Field) string { return s.names.fieldName(f) }

// Category finds the number of a logsource category.
func (s *Set) Category(name string) Category { return s.names.category(strings.ToLower(name)) }
