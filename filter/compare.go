package filter

import (
	"net/netip"
	"strings"
)

// numberTest compares numbers. The operator is positive.
type numberTest struct {
	op    operator
	value float64
}

func (t numberTest) match(v float64) bool {
	switch t.op {
	case opEqual:
		return v == t.value
	case opLess:
		return v < t.value
	case opLessEqual:
		return v <= t.value
	case opGreater:
		return v > t.value
	case opGreaterEqual:
		return v >= t.value
	}
	return false
}

// textTest compares texts: equal to the letter, or by a pattern.
type textTest struct {
	op      operator
	value   string
	pattern *pattern // with opMatch
}

func newTextTest(op operator, value string) (*textTest, bool) {
	t := &textTest{op: op, value: value}
	if op == opMatch {
		p, err := newPattern(value)
		if err != nil {
			return nil, false
		}
		t.pattern = p
	}
	return t, true
}

func (t *textTest) match(s string) bool {
	if t.op == opEqual {
		return s == t.value
	}
	return t.pattern.match(s)
}

// addressTest compares addresses: inside a network, or by a pattern over the
// text of the address.
type addressTest struct {
	network netip.Prefix
	text    *textTest // with opMatch
}

func newAddressTest(op operator, value string) (*addressTest, bool) {
	if op == opMatch {
		text, ok := newTextTest(op, value)
		return &addressTest{text: text}, ok
	}
	value = strings.Trim(value, "[]")
	if network, err := netip.ParsePrefix(value); err == nil {
		return &addressTest{network: network.Masked()}, true
	}
	a, err := netip.ParseAddr(value)
	if err != nil {
		return nil, false
	}
	a = a.Unmap()
	return &addressTest{network: netip.PrefixFrom(a, a.BitLen())}, true
}

// match judges an address. Scratch is room for its text.
func (t *addressTest) match(a netip.Addr, scratch *[]byte) bool {
	if !a.IsValid() {
		return false
	}
	a = a.Unmap()
	if t.text == nil {
		return t.network.Contains(a)
	}
	*scratch = a.AppendTo((*scratch)[:0])
	return t.text.match(view(*scratch))
}
