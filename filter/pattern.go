package filter

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// pattern is a regular expression that ignores case. Most of those that people
// type are plain text, perhaps anchored, perhaps several of them; these are
// found without the engine, which is many times slower.
type pattern struct {
	re       *regexp.Regexp
	literals []literal // any of them; none: only the engine can tell
	// folds says that a literal holds k or s, which fold with letters outside
	// ASCII (KELVIN SIGN, LONG S): where it fails on such text, the engine decides.
	folds bool
}

// literal is lower-case ASCII text.
type literal struct {
	text       string
	start, end bool // anchored
	rare       int  // index of the byte to look for first
}

func quoteMeta(s string) string { return regexp.QuoteMeta(s) }

func newPattern(expr string) (*pattern, error) {
	expr = "(?i:" + expr + ")"
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	p := &pattern{re: re}
	if tree, err := syntax.Parse(expr, syntax.Perl); err == nil {
		p.literals, _ = literalsOf(tree.Simplify())
	}
	for _, l := range p.literals {
		p.folds = p.folds || strings.ContainsAny(l.text, "ks")
	}
	return p, nil
}

// literalsOf takes an expression apart into texts of which any must be found;
// false when it is more than that.
func literalsOf(re *syntax.Regexp) ([]literal, bool) {
	switch re.Op {
	case syntax.OpCapture:
		return literalsOf(re.Sub[0])
	case syntax.OpAlternate:
		var all []literal
		for _, sub := range re.Sub {
			l, ok := literalsOf(sub)
			if !ok {
				return nil, false
			}
			all = append(all, l...)
		}
		return all, true
	case syntax.OpLiteral:
		return concat([]*syntax.Regexp{re})
	case syntax.OpConcat:
		return concat(re.Sub)
	}
	return nil, false
}

// concat takes an optional anchor, one text and an optional anchor.
func concat(parts []*syntax.Regexp) ([]literal, bool) {
	var l literal
	if len(parts) > 0 && parts[0].Op == syntax.OpBeginText {
		l.start, parts = true, parts[1:]
	}
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		l.end, parts = true, parts[:n-1]
	}
	if len(parts) != 1 || parts[0].Op != syntax.OpLiteral {
		return nil, false
	}
	lower := make([]byte, 0, len(parts[0].Rune))
	for _, r := range parts[0].Rune {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z'
		if r >= 0x80 || letter && parts[0].Flags&syntax.FoldCase == 0 {
			return nil, false
		}
		lower = append(lower, lowerByte(byte(r)))
	}
	l.text = string(lower)
	for i := range lower {
		if strings.IndexByte(common, lower[i]) < strings.IndexByte(common, lower[l.rare]) {
			l.rare = i
		}
	}
	return []literal{l}, true
}

func (p *pattern) match(s string) bool {
	for i := range p.literals {
		if p.literals[i].match(s) {
			return true
		}
	}
	if p.literals == nil || p.folds && !isASCII(s) {
		return p.re.MatchString(s)
	}
	return false
}

func (l *literal) match(s string) bool {
	n := len(l.text)
	switch {
	case len(s) < n:
		return false
	case l.start && l.end:
		return len(s) == n && equalFold(s, l.text)
	case l.start:
		return equalFold(s[:n], l.text)
	case l.end:
		return equalFold(s[len(s)-n:], l.text)
	}
	return l.within(s)
}

// common is what command lines and paths are made of, the most frequent last.
const common = "wfgymxvkuhbd-.pclionartse/ "

// within looks for the literal anywhere in s: for its rarest byte, in both cases,
// with the routine that the processor does fastest.
func (l *literal) within(s string) bool {
	lower := l.text[l.rare]
	upper := lower
	if 'a' <= lower && lower <= 'z' {
		upper -= 0x20
	}
	low := strings.IndexByte(s, lower)
	up := -1
	if upper != lower {
		up = strings.IndexByte(s, upper)
	}
	for low >= 0 || up >= 0 {
		at := low
		if low < 0 || up >= 0 && up < low {
			at = up
			up = after(s, at, upper)
		} else {
			low = after(s, at, lower)
		}
		if from := at - l.rare; from >= 0 && from+len(l.text) <= len(s) && equalFold(s[from:from+len(l.text)], l.text) {
			return true
		}
	}
	return false
}

// after is the index of the next c behind the index at, or -1.
func after(s string, at int, c byte) int {
	i := strings.IndexByte(s[at+1:], c)
	if i < 0 {
		return -1
	}
	return at + 1 + i
}

// equalFold compares texts of equal length.
func equalFold(s, lower string) bool {
	for i := range len(lower) {
		if lowerByte(s[i]) != lower[i] {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
