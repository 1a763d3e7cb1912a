package sigma

import "slices"

// Entry is a rule within a Set.
type Entry struct {
	*Rule
	// Needs says what events lack without which the rule can never match, such
	// as "field Hashes". A rule with needs is not evaluated.
	Needs []string
	// Without names fields that events lack and that the rule can do without:
	// they count as absent.
	Without []string
	// Silent marks a rule that only feeds correlation rules.
	Silent bool

	cond *expr // with the filters' conditions
}

// Evaluable reports whether the rule can match events at all.
func (e *Entry) Evaluable() bool { return len(e.Needs) == 0 }

// assess finds out what the rule lacks in the events it is about.
func (s *Set) assess(e *Entry) {
	e.Needs = append(e.Needs, e.needs...)
	if p := e.Logsource.Product; p != "" && p != "linux" {
		e.Needs = append(e.Needs, "logsource product "+quotePlain(p))
	}
	if v := e.Logsource.Service; v != "" {
		e.Needs = append(e.Needs, "logsource service "+quotePlain(v))
	}
	if s.options.AnyField {
		return
	}
	if !e.category.live() {
		e.Needs = append(e.Needs, "logsource category "+quotePlain(e.Logsource.Category))
		return
	}
	missing := make(map[Field]bool)
	can, _ := s.possible(e.cond, e.category, missing)
	for f := range missing {
		name := quotePlain(s.names.fieldName(f))
		if can {
			e.Without = append(e.Without, name)
		} else {
			e.Needs = append(e.Needs, "field "+name)
		}
	}
	slices.Sort(e.Without)
	slices.Sort(e.Needs)
}

// quotePlain leaves ordinary names as they are.
func quotePlain(s string) string {
	if len(s) > maxShown {
		return quote(s)
	}
	return Printable(s)
}

// possible reports whether the expression can be true, and whether it can be
// false, for events of the category, whose missing fields it collects.
func (s *Set) possible(e *expr, c Category, missing map[Field]bool) (canTrue, canFalse bool) {
	switch e.op {
	case exprNot:
		t, f := s.possible(e.kids[0], c, missing)
		return f, t
	case exprAnd, exprOr:
		canTrue, canFalse = e.op == exprAnd, e.op == exprOr
		for _, kid := range e.kids {
			t, f := s.possible(kid, c, missing)
			if e.op == exprAnd {
				canTrue, canFalse = canTrue && t, canFalse || f
			} else {
				canTrue, canFalse = canTrue || t, canFalse && f
			}
		}
		return canTrue, canFalse
	}
	if e.item.keyword {
		return true, true
	}
	absent := !c.hasLive(e.item.field)
	if absent {
		missing[e.item.field] = true
	}
	for i := range e.item.values {
		v := &e.item.values[i]
		switch {
		case absent && (v.kind == kindNull || v.kind == kindExists && !v.more.exists):
			canTrue = true
		case absent:
			canFalse = true
		case v.kind == kindFieldRef && !c.hasLive(v.more.ref):
			missing[v.more.ref] = true
			canFalse = true
		default:
			canTrue, canFalse = true, true
		}
	}
	if absent && canTrue {
		canFalse = false
	}
	return canTrue, canFalse
}
