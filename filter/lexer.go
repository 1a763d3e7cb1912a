package filter

import "strings"

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuoted
	tokenOperator
	tokenOpen
	tokenClose
	tokenNot // !
)

// token is one piece of the text; text is without quotes.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// found describes the token for an error.
func (t token) found() string {
	if t.kind == tokenEnd {
		return "the end"
	}
	return found(t.text)
}

// keyword reports whether the token is the word, in any case; a quoted word is
// no keyword.
func (t token) keyword(word string) bool {
	return t.kind == tokenWord && strings.EqualFold(t.text, word)
}

// lexer splits an expression. What follows an operator is read by value, since
// a path or a regular expression may hold what is an operator elsewhere.
type lexer struct {
	text string
	pos  int
}

func (l *lexer) space() {
	for l.pos < len(l.text) && isSpace(l.text[l.pos]) {
		l.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// next reads the next token where an operand or operator may stand.
func (l *lexer) next() (token, *Error) {
	l.space()
	start := l.pos
	if start == len(l.text) {
		return token{start: start, end: start}, nil
	}
	if n := l.operator(); n > 0 {
		return l.take(tokenOperator, n), nil
	}
	switch c := l.text[start]; c {
	case '(':
		return l.take(tokenOpen, 1), nil
	case ')':
		return l.take(tokenClose, 1), nil
	case '!':
		return l.take(tokenNot, 1), nil
	case '"', '\'':
		return l.quoted(c)
	}
	for l.pos < len(l.text) && !isSpace(l.text[l.pos]) && !strings.ContainsRune(`()"'`, rune(l.text[l.pos])) && l.operator() == 0 {
		l.pos++
	}
	return token{tokenWord, l.text[start:l.pos], start, l.pos}, nil
}

func (l *lexer) take(kind tokenKind, n int) token {
	t := token{kind, l.text[l.pos : l.pos+n], l.pos, l.pos + n}
	l.pos += n
	return t
}

// operator is the length of the comparison operator at the position, 0 without
// one.
func (l *lexer) operator() int {
	rest := l.text[l.pos:]
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			return len(op)
		}
	}
	return 0
}

// value reads what follows an operator: a quoted text, or all up to white space
// or a parenthesis. A regular expression may hold parentheses that it closes.
func (l *lexer) value(op string) (token, *Error) {
	pattern := op == opMatch.String() || op == opNotMatch.String()
	l.space()
	start, depth := l.pos, 0
	if start == len(l.text) {
		return token{start: start, end: start}, nil
	}
	if c := l.text[start]; c == '"' || c == '\'' {
		return l.quoted(c)
	}
loop:
	for l.pos < len(l.text) && !isSpace(l.text[l.pos]) {
		switch l.text[l.pos] {
		case '(':
			if !pattern {
				break loop
			}
			depth++
		case ')':
			if depth--; depth < 0 {
				break loop
			}
		}
		l.pos++
	}
	if l.pos == start { // a parenthesis
		return l.take(tokenClose, 1), nil
	}
	return token{tokenWord, l.text[start:l.pos], start, l.pos}, nil
}

// quoted reads a text in quotes. A backslash before the quote keeps it; before
// anything else it stands for itself, as regular expressions need.
func (l *lexer) quoted(quote byte) (token, *Error) {
	start := l.pos
	var b strings.Builder
	for i := start + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == quote:
			l.pos = i + 1
			return token{tokenQuoted, b.String(), start, l.pos}, nil
		case c == '\\' && i+1 < len(l.text) && l.text[i+1] == quote:
			b.WriteByte(quote)
			i++
		default:
			b.WriteByte(c)
		}
	}
	l.pos = len(l.text)
	return token{tokenQuoted, b.String(), start, l.pos},
		&Error{Offset: start, Found: found(l.text[start:]), Expected: "a closing " + string(quote)}
}
