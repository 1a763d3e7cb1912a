package sigma

import (
	"net/netip"
	"strings"
)

// eval evaluates an expression on the prepared event in full.
func (m *Matcher) eval(e *expr) bool {
	switch e.op {
	case exprAnd:
		for _, kid := range e.kids {
			if !m.eval(kid) {
				return false
			}
		}
		return true
	case exprOr:
		for _, kid := range e.kids {
			if m.eval(kid) {
				return true
			}
		}
		return false
	case exprNot:
		return !m.eval(e.kids[0])
	}
	return m.evalItem(e.item, nil)
}

// evalItem reports whether any value of the item matches any value of its
// field. It leaves the slot that matched in *found, where that is wanted.
func (m *Matcher) evalItem(it *item, found **slot) bool {
	if it.keyword {
		for i := range m.ev.slots {
			if m.evalSlot(it, &m.ev.slots[i], found) {
				return true
			}
		}
		return false
	}
	i := int16(-1)
	if int(it.field) < len(m.first) {
		i = m.first[it.field]
	}
	if i < 0 {
		return absentMatches(it)
	}
	for ; i >= 0; i = m.ev.slots[i].next {
		if m.evalSlot(it, &m.ev.slots[i], found) {
			return true
		}
	}
	return false
}

// absentMatches is the verdict on a field that the event does not have.
func absentMatches(it *item) bool {
	for i := range it.values {
		if v := &it.values[i]; v.kind == kindNull || v.kind == kindExists && !v.more.exists {
			return true
		}
	}
	return false
}

func (m *Matcher) evalSlot(it *item, s *slot, found **slot) bool {
	for i := range it.values {
		if m.evalValue(&it.values[i], s) {
			if found != nil {
				*found = s
			}
			return true
		}
	}
	return false
}

func (m *Matcher) evalValue(v *value, s *slot) bool {
	if s.kind == slotNull {
		return v.kind == kindNull || v.kind == kindExists && v.more.exists
	}
	text := s.low
	if v.cased {
		text = s.raw
	}
	switch v.kind {
	case kindExact:
		return text == v.text
	case kindPrefix:
		return strings.HasPrefix(text, v.text)
	case kindSuffix:
		return strings.HasSuffix(text, v.text)
	case kindContains:
		return strings.Contains(text, v.text)
	case kindGlob:
		return globMatch(v.more.parts, text)
	case kindRegex:
		return holdsOneOfEach(s.low, v.more.literals) && v.more.re.MatchString(s.raw)
	case kindCIDR:
		addr, ok := parseAddr(s.raw)
		return ok && v.more.net.Contains(addr)
	case kindCompare:
		n, ok := parseNumber(s.raw)
		return ok && v.more.op.holds(n, v.more.num)
	case kindTime:
		n, ok := timePart(s.raw, v.more.unit)
		return ok && v.more.op.holds(n, v.more.num)
	case kindExists:
		return v.more.exists
	case kindFieldRef:
		return m.evalRef(v, text)
	}
	return false
}

// maxLookFor is up to how many literals are looked for one by one.
const maxLookFor = 8

// holdsOneOfEach reports whether a text holds a literal of every small group.
func holdsOneOfEach(text string, groups [][]string) bool {
	for _, group := range groups {
		found := len(group) > maxLookFor
		for i := 0; i < len(group) && !found; i++ {
			found = strings.Contains(text, group[i])
		}
		if !found {
			return false
		}
	}
	return true
}

// evalRef compares a text with the values of another field.
func (m *Matcher) evalRef(v *value, text string) bool {
	if int(v.more.ref) >= len(m.first) {
		return false
	}
	for i := m.first[v.more.ref]; i >= 0; i = m.ev.slots[i].next {
		other := &m.ev.slots[i]
		if other.kind == slotNull {
			continue
		}
		with := other.low
		if v.cased {
			with = other.raw
		}
		if compareText(v.more.refAs, text, with) {
			return true
		}
	}
	return false
}

func compareText(as valueKind, text, with string) bool {
	switch as {
	case kindPrefix:
		return strings.HasPrefix(text, with)
	case kindSuffix:
		return strings.HasSuffix(text, with)
	case kindContains:
		return strings.Contains(text, with)
	}
	return text == with
}

// parseAddr reads an address, with an IPv4 address in IPv6 form taken for the
// former and a zone left out. It looks before it parses, because the parser
// allocates an error for every text that is no address.
func parseAddr(s string) (netip.Addr, bool) {
	if zone := strings.IndexByte(s, '%'); zone >= 0 {
		s = s[:zone]
	}
	if len(s) < 2 || len(s) > 45 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '.' && c != ':' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return netip.Addr{}, false
		}
	}
	addr, err := netip.ParseAddr(s)
	return addr.Unmap(), err == nil
}
