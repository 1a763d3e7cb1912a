package sigma

import (
	"net/netip"
	"regexp"
	"strings"
)

// part is a piece of a string value: literal text or a wildcard.
type part struct {
	kind partKind
	text string // of a literal
}

type partKind uint8

const (
	partText partKind = iota
	partAny           // *: any number of characters
	partOne           // ?: exactly one character
)

// parseParts splits a string value at its wildcards. A backslash makes a
// following wildcard or backslash plain, and is plain itself anywhere else.
func parseParts(s string) []part {
	if !strings.ContainsAny(s, `*?\`) {
		if s == "" {
			return nil
		}
		return []part{{text: s}}
	}
	var parts []part
	var lit strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`*?\`, s[i+1]) >= 0:
			i++
			lit.WriteByte(s[i])
		case c == '*' || c == '?':
			if lit.Len() > 0 {
				parts = append(parts, part{text: lit.String()})
				lit.Reset()
			}
			if c == '?' {
				parts = append(parts, part{kind: partOne})
			} else {
				parts = appendAny(parts)
			}
		default:
			lit.WriteByte(c)
		}
	}
	if lit.Len() > 0 {
		parts = append(parts, part{text: lit.String()})
	}
	return parts
}

// appendAny adds a * unless the parts end with one.
func appendAny(parts []part) []part {
	if n := len(parts); n > 0 && parts[n-1].kind == partAny {
		return parts
	}
	return append(parts, part{kind: partAny})
}

func prependAny(parts []part) []part {
	if len(parts) > 0 && parts[0].kind == partAny {
		return parts
	}
	return append([]part{{kind: partAny}}, parts...)
}

// plainText is the text of parts that hold no wildcard.
func plainText(parts []part) (string, bool) {
	switch {
	case len(parts) == 0:
		return "", true
	case len(parts) == 1 && parts[0].kind == partText:
		return parts[0].text, true
	}
	var b strings.Builder
	for _, p := range parts {
		if p.kind != partText {
			return "", false
		}
		b.WriteString(p.text)
	}
	return b.String(), true
}

// value is one compiled value of a field; an item matches when one of its
// values does.
type value struct {
	kind  valueKind
	cased bool
	text  string // of the text kinds; folded unless cased
	more  *detail
}

type valueKind uint8

const (
	kindExact valueKind = iota
	kindPrefix
	kindSuffix
	kindContains
	kindGlob
	kindRegex
	kindCIDR
	kindCompare
	kindTime
	kindNull
	kindExists
	kindFieldRef
)

// detail is what only the rarer kinds of value need.
type detail struct {
	parts []part         // kindGlob, folded unless cased
	re    *regexp.Regexp // kindRegex
	// literals are groups of folded literals; a text that the regular expression
	// matches holds one of each.
	literals [][]string
	net      netip.Prefix // kindCIDR
	op       compareOp    // kindCompare, kindTime
	num      number
	unit     timeUnit  // kindTime
	exists   bool      // kindExists
	ref      Field     // kindFieldRef
	refAs    valueKind // kindFieldRef: kindExact, kindPrefix, kindSuffix or kindContains
}

// textValue compiles parts into the simplest kind that says the same.
func textValue(parts []part, cased bool) value {
	parts = joinText(parts)
	if !cased {
		for i := range parts {
			parts[i].text = fold(parts[i].text)
		}
	}
	v := value{kind: kindGlob, cased: cased}
	first, last := len(parts) > 0 && parts[0].kind == partAny, len(parts) > 1 && parts[len(parts)-1].kind == partAny
	inner := parts
	if first {
		inner = inner[1:]
	}
	if last {
		inner = inner[:len(inner)-1]
	}
	text, plain := plainText(inner)
	if !plain {
		v.more = &detail{parts: parts}
		return v
	}
	v.text = text
	switch {
	case first && (last || text == ""):
		v.kind = kindContains
	case first:
		v.kind = kindSuffix
	case last:
		v.kind = kindPrefix
	default:
		v.kind = kindExact
	}
	return v
}

// joinText copies the parts with neighbouring literals joined.
func joinText(parts []part) []part {
	out := make([]part, 0, len(parts))
	for _, p := range parts {
		if n := len(out); p.kind == partText && n > 0 && out[n-1].kind == partText {
			out[n-1].text += p.text
			continue
		}
		out = append(out, p)
	}
	return out
}
