package filter

import (
	"slices"
	"strings"
)

// Complete says what may stand at the cursor, a byte offset in the text: names
// of fields, operators, or values of an enumeration. Each of the words replaces
// text[start:cursor]. The words are in the order to offer them.
func Complete(kind Kind, text string, cursor int) (words []string, start int) {
	if cursor < 0 || cursor > len(text) {
		return nil, cursor
	}
	l := lexer{text: text[:cursor]}
	var last token // before the one that is being typed
	var f *field   // that last names
	for {
		if last.kind == tokenOperator {
			v, err := l.value(last.text)
			if err != nil || v.end == cursor { // still being typed
				return valuesFor(f, v), v.start
			}
			last, f = v, nil
			continue
		}
		t, err := l.next()
		if err != nil {
			return nil, cursor
		}
		switch {
		case t.kind == tokenEnd:
			return follow(kind, last, f), cursor
		case t.kind == tokenWord && t.end == cursor:
			return typing(kind, t)
		}
		if t.kind != tokenOperator {
			f = nil
			if t.kind == tokenWord {
				f = fieldOf(kind, t.text)
			}
		}
		last = t
	}
}

// typing completes a word; a field that is complete may go on with an operator.
func typing(kind Kind, t token) ([]string, int) {
	words := withPrefix(starts(kind), t.text)
	if f := fieldOf(kind, t.text); f != nil && len(words) <= 1 {
		return f.Operators(), t.end
	}
	return words, t.start
}

// follow says what may come after a token and a space.
func follow(kind Kind, last token, f *field) []string {
	switch {
	case f != nil && f.is == nil:
		return f.Operators()
	case f != nil:
		return append(f.Operators(), "and", "or")
	case last.kind == tokenEnd, last.kind == tokenOpen, last.kind == tokenNot,
		last.keyword("and"), last.keyword("or"), last.keyword("not"):
		return starts(kind)
	}
	return append([]string{"and", "or"}, starts(kind)...)
}

// starts lists what may begin a term.
func starts(kind Kind) []string {
	out := make([]string, 0, len(fields[kind])+1)
	for i := range fields[kind] {
		out = append(out, fields[kind][i].name)
	}
	slices.Sort(out)
	return append(out, "not")
}

func valuesFor(f *field, v token) []string {
	if f == nil || v.kind == tokenQuoted {
		return nil
	}
	return withPrefix(f.values(), v.text)
}

func withPrefix(words []string, prefix string) []string {
	var out []string
	for _, w := range words {
		if len(w) >= len(prefix) && strings.EqualFold(w[:len(prefix)], prefix) {
			out = append(out, w)
		}
	}
	return out
}
