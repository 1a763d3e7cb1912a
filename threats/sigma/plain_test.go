package sigma

import (
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// plainEvent is an event as its author writes it: a field that is present with
// a nil entry has no value.
type plainEvent struct {
	category string
	fields   map[string][]*string
}

// plainMatch is the simplest evaluator of the same rules: every rule, every
// value, character by character. The fast one must agree with it.
func plainMatch(s *Set, ev *plainEvent) []*Entry {
	var out []*Entry
	for _, e := range s.entries {
		if e.Evaluable() && !e.Correlates() && (e.Logsource.Category == "" || e.Logsource.Category == ev.category) && plainExpr(s, e.cond, ev) {
			out = append(out, e)
		}
	}
	return out
}

func plainExpr(s *Set, e *expr, ev *plainEvent) bool {
	is := func(kid *expr) bool { return plainExpr(s, kid, ev) }
	switch e.op {
	case exprAnd:
		return !slices.ContainsFunc(e.kids, func(kid *expr) bool { return !is(kid) })
	case exprOr:
		return slices.ContainsFunc(e.kids, is)
	case exprNot:
		return !is(e.kids[0])
	}
	return slices.ContainsFunc(e.item.values, func(v value) bool {
		if e.item.keyword {
			for _, values := range ev.fields {
				for _, have := range values {
					if have != nil && plainValue(s, &v, have, ev) {
						return true
					}
				}
			}
			return false
		}
		values, present := ev.fields[s.FieldName(e.item.field)]
		switch {
		case v.kind == kindExists:
			return v.more.exists == present
		case v.kind == kindNull:
			return !present || slices.Contains(values, nil)
		}
		return slices.ContainsFunc(values, func(have *string) bool { return have != nil && plainValue(s, &v, have, ev) })
	})
}

func plainValue(s *Set, v *value, have *string, ev *plainEvent) bool {
	any, text := part{kind: partAny}, part{text: v.text}
	switch v.kind {
	case kindExact:
		return plainGlob([]part{text}, *have, v.cased)
	case kindPrefix:
		return plainGlob([]part{text, any}, *have, v.cased)
	case kindSuffix:
		return plainGlob([]part{any, text}, *have, v.cased)
	case kindContains:
		return plainGlob([]part{any, text, any}, *have, v.cased)
	case kindGlob:
		return plainGlob(v.more.parts, *have, v.cased)
	case kindRegex:
		return v.more.re.MatchString(*have)
	case kindCIDR:
		text, _, _ := strings.Cut(*have, "%")
		addr, err := netip.ParseAddr(text)
		return err == nil && v.more.net.Contains(addr.Unmap())
	case kindCompare:
		n, ok := parseNumber(*have)
		return ok && v.more.op.holds(n, v.more.num)
	case kindTime:
		n, ok := timePart(*have, v.more.unit)
		return ok && v.more.op.holds(n, v.more.num)
	case kindFieldRef:
		for _, other := range ev.fields[s.FieldName(v.more.ref)] {
			if other == nil {
				continue
			}
			if !utf8.ValidString(*other) {
				// Text that is not UTF-8 is compared byte by byte, so that it may be found
				// within a character too.
				a, b := *have, *other
				if !v.cased {
					a, b = fold(a), fold(b)
				}
				if compareText(v.more.refAs, a, b) {
					return true
				}
				continue
			}
			ref := value{kind: v.more.refAs, cased: v.cased, text: *other}
			if plainValue(s, &ref, have, ev) {
				return true
			}
		}
	}
	return false
}

// plainGlob tries every way in which the parts can match the text.
func plainGlob(parts []part, text string, cased bool) bool {
	if len(parts) == 0 {
		return text == ""
	}
	r, size := utf8.DecodeRuneInString(text)
	switch p := parts[0]; p.kind {
	case partAny:
		return plainGlob(parts[1:], text, cased) || text != "" && plainGlob(parts, text[size:], cased)
	case partOne:
		return text != "" && plainGlob(parts[1:], text[size:], cased)
	default:
		if p.text == "" {
			return plainGlob(parts[1:], text, cased)
		}
		want, wantSize := utf8.DecodeRuneInString(p.text)
		same := text != "" && text[:size] == p.text[:wantSize]
		if !same && !cased && text != "" && size+wantSize > 0 && (r != utf8.RuneError || size > 1) && (want != utf8.RuneError || wantSize > 1) {
			same = strings.EqualFold(text[:size], p.text[:wantSize])
		}
		return same && plainGlob(append([]part{{text: p.text[wantSize:]}}, parts[1:]...), text[size:], cased)
	}
}

// fill gives the same event to the fast evaluator.
func (p *plainEvent) fill(s *Set, ev *Event) {
	ev.Reset(s.Category(p.category))
	for name, values := range p.fields {
		for _, v := range values {
			if v == nil {
				ev.setNull(s.Field(name))
			} else {
				ev.Set(s.Field(name), *v)
			}
		}
	}
}
