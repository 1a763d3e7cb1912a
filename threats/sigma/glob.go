package sigma

import (
	"strings"
	"unicode/utf8"
)

// globMatch reports whether the parts match the whole of s. The text between
// two * is looked for from the left: what an earlier place leaves over contains
// what a later one would, so no other place need be tried.
func globMatch(parts []part, s string) bool {
	head, rest := cutAny(parts)
	if len(head) == len(parts) {
		n, ok := matchHere(head, s)
		return ok && n == len(s)
	}
	n, ok := matchHere(head, s)
	if !ok {
		return false
	}
	s = s[n:]
	for {
		segment, after := cutAny(rest)
		if len(segment) == len(rest) {
			return matchTail(segment, s)
		}
		if s, ok = skipTo(segment, s); !ok {
			return false
		}
		rest = after
	}
}

// cutAny splits parts at the first *; without one the first half is all of them.
func cutAny(parts []part) (before, after []part) {
	for i, p := range parts {
		if p.kind == partAny {
			return parts[:i], parts[i+1:]
		}
	}
	return parts, nil
}

// matchHere matches a segment without * at the start of s and returns the bytes
// it took.
func matchHere(segment []part, s string) (n int, ok bool) {
	for _, p := range segment {
		if p.kind == partText {
			if !strings.HasPrefix(s[n:], p.text) {
				return 0, false
			}
			n += len(p.text)
			continue
		}
		if n == len(s) {
			return 0, false
		}
		_, size := utf8.DecodeRuneInString(s[n:])
		n += size
	}
	return n, true
}

// skipTo finds the segment's first occurrence in s and returns what follows it.
func skipTo(segment []part, s string) (rest string, ok bool) {
	for {
		if len(segment) > 0 && segment[0].kind == partText {
			i := strings.Index(s, segment[0].text)
			if i < 0 {
				return "", false
			}
			s = s[i:]
		}
		if n, ok := matchHere(segment, s); ok {
			return s[n:], true
		}
		if s == "" {
			return "", false
		}
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
}

// matchTail reports whether s ends with the segment.
func matchTail(segment []part, s string) bool {
	for i := len(segment) - 1; i >= 0; i-- {
		if p := segment[i]; p.kind == partText {
			if !strings.HasSuffix(s, p.text) {
				return false
			}
			s = s[:len(s)-len(p.text)]
			continue
		}
		if s == "" {
			return false
		}
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return true
}
