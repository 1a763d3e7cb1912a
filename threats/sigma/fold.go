package sigma

import (
	"unicode"
	"unicode/utf8"
)

// appendFold appends s to dst in the form in which text is compared without
// regard to case: every character is replaced by one representative of its
// Unicode simple case folding, which for ASCII is the lower-case letter. Bytes
// that are not UTF-8 stay as they are.
func appendFold(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return appendFoldUnicode(dst, s[i:])
		}
		dst = append(dst, lowerASCII[c])
	}
	return dst
}

func appendFoldUnicode(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[i])
		} else {
			dst = utf8.AppendRune(dst, foldRune(r))
		}
		i += n
	}
	return dst
}

// foldRune picks the smallest character of r's case folding orbit, or the
// lower-case letter where that is ASCII: the Kelvin sign folds to k.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		return rune(lowerASCII[r])
	}
	least := r
	for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
		least = min(least, o)
	}
	if least < utf8.RuneSelf {
		return rune(lowerASCII[least])
	}
	return least
}

func fold(s string) string {
	if isFolded(s) {
		return s
	}
	return string(appendFold(nil, s))
}

// isFolded reports whether s is ASCII without upper-case letters, so that
// folding it would give s again.
func isFolded(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || lowerASCII[c] != c {
			return false
		}
	}
	return true
}

var lowerASCII = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()
