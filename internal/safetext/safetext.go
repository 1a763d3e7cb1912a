// Package safetext is the one sanitiser between text from the machine and a
// terminal or paper: names, command lines, paths, log lines and rule files can
// hold anything, and nothing of it may steer the terminal or reorder the line.
//
// What is dangerous or invisible is replaced by one visible rune each, so that
// nothing disappears: a C0 control or DEL by its control picture (ESC is ␛,
// newline is ␊), everything else by U+FFFD (�). The package knows text and
// nothing of what it means or where it is shown.
package safetext

import (
	"unicode"
	"unicode/utf8"
)

// maxMarks bounds the combining characters on one base: Hangul syllables and
// Vietnamese or Indic letters need two, a pile of more only smears over the
// lines above.
const maxMarks = 2

// Clean returns s with everything replaced that must not reach a terminal. It
// returns s itself, without allocating, when there is nothing to replace. Clean
// is idempotent.
func Clean(s string) string {
	i := asciiPrefix(s)
	if i == len(s) {
		return s
	}
	c := cleaner{bare: i == 0}
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if c.next(r, size) != r || r == utf8.RuneError && size == 1 {
			return string(Append(make([]byte, 0, len(s)+16), s))
		}
		i += size
	}
	return s
}

// Append appends Clean(s) to dst and returns the extended slice.
func Append(dst []byte, s string) []byte {
	i := asciiPrefix(s)
	dst = append(dst, s[:i]...)
	c := cleaner{bare: i == 0}
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = utf8.AppendRune(dst, c.next(r, size))
		i += size
	}
	return dst
}

// ASCII returns s for terminals and paper that know nothing else: every rune
// outside printable ASCII, and every byte of invalid UTF-8, becomes one "?".
func ASCII(s string) string {
	i := asciiPrefix(s)
	if i == len(s) {
		return s
	}
	dst := append(make([]byte, 0, len(s)), s[:i]...)
	for _, r := range s[i:] {
		if r < ' ' || r > '~' {
			r = '?'
		}
		dst = append(dst, byte(r))
	}
	return string(dst)
}

// Cmdline returns a command line, whose arguments end in NUL, with spaces
// between them and each argument clean.
func Cmdline(s string) string {
	for s != "" && s[len(s)-1] == 0 {
		s = s[:len(s)-1]
	}
	i := asciiPrefix(s)
	if i == len(s) {
		return s
	}
	dst := append(make([]byte, 0, len(s)+16), s[:i]...)
	c := cleaner{bare: i == 0}
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == 0 {
			r = ' '
		}
		dst = utf8.AppendRune(dst, c.next(r, size))
		i += size
	}
	return string(dst)
}

// Suspicious reports whether s holds control characters or bidi controls, which
// no honest name of a program, file or user does. A command line may hold
// newlines and tabs, and ends its arguments with NUL: look at names and paths.
func Suspicious(s string) bool {
	for i := asciiPrefix(s); i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return true
		}
		i += size
	}
	return false
}

// asciiPrefix is the length of the printable ASCII that s begins with.
func asciiPrefix(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return i
		}
	}
	return len(s)
}

// cleaner judges rune after rune; a combining character depends on what stands
// before it.
type cleaner struct {
	bare  bool // nothing stands before: a mark would join text of ours
	marks int  // on the current base
}

// next returns the rune to show for r, which was decoded from size bytes.
func (c *cleaner) next(r rune, size int) rune {
	out := show(r)
	if out == r && isMark(r) {
		if !c.bare && c.marks < maxMarks {
			c.marks++
			return r
		}
		out = utf8.RuneError
	}
	c.bare, c.marks = false, 0
	return out
}

// show is the rune to show for r on its own.
func show(r rune) rune {
	switch {
	case r >= ' ' && r <= '~':
		return r
	case r < ' ':
		return '␀' + r
	case r == 0x7f:
		return '␡'
	case r == '\u2800', !unicode.IsPrint(r), // the empty braille pattern counts as printable
		unicode.In(r, unicode.Me, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, disputed):
		return utf8.RuneError
	}
	return r
}

// isMark reports whether r is drawn onto the character before it.
func isMark(r rune) bool {
	return r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Mc, joining)
}
