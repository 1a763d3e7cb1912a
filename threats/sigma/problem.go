package sigma

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Problem is something wrong with a rule file: where it is, what it is and how
// to mend it.
type Problem struct {
	File   string
	Line   int // from 1; 0 when it concerns the file as a whole
	Column int // from 1, in characters
	What   string
	Mend   string
	// Note marks advice: the rule works and is loaded all the same.
	Note bool
}

// Error is file:line:column, what is wrong and how to mend it, in one line.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(Printable(p.File))
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, max(p.Column, 1))
	}
	b.WriteString(": ")
	if p.Note {
		b.WriteString("note: ")
	}
	b.WriteString(p.What)
	if p.Mend != "" {
		b.WriteString("; ")
		b.WriteString(p.Mend)
	}
	return b.String()
}

// maxShown bounds text from a rule file that is repeated in a message.
const maxShown = 80

// quote makes text from a rule file safe and short enough for a message.
func quote(s string) string {
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	return strconv.Quote(s)
}

// Printable returns s unchanged when it holds printable characters only, else
// quoted with the others escaped: file names and titles are untrusted.
func Printable(s string) string {
	for _, r := range s {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}
