package filter

import (
	"strings"
	"unicode/utf8"
)

// maxDepth bounds parentheses and nots inside each other, and with them the
// stack of parsing and matching.
const maxDepth = 100

// maxTerms bounds the terms of an expression, for the same reason.
const maxTerms = 500

type parser struct {
	kind   Kind
	lexer  lexer
	peeked *token
	depth  int
	terms  int
}

func (p *parser) parse() (*node, *Error) {
	text := p.lexer.text
	if len(text) > MaxText {
		return nil, &Error{Found: "a text that is too long", Expected: "at most 4096 bytes"}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Offset: invalidAt(text), Found: "a byte that is not UTF-8", Expected: "UTF-8 text"}
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	t, err := p.peek()
	if err != nil {
		return nil, err
	}
	if t.kind != tokenEnd { // only a closing parenthesis ends the loop in and
		return nil, &Error{Offset: t.start, Found: t.found(), Expected: `"and", "or" or another term`}
	}
	return n, nil
}

func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return 0
}

func (p *parser) peek() (token, *Error) {
	if p.peeked == nil {
		t, err := p.lexer.next()
		if err != nil {
			return t, err
		}
		p.peeked = &t
	}
	return *p.peeked, nil
}

func (p *parser) take() { p.peeked = nil }

func (p *parser) or() (*node, *Error) {
	left, err := p.and()
	for err == nil {
		var t token
		if t, err = p.peek(); err != nil || !t.keyword("or") {
			break
		}
		p.take()
		var right *node
		if right, err = p.and(); err == nil {
			left = &node{op: or, left: left, right: right}
		}
	}
	return left, err
}

func (p *parser) and() (*node, *Error) {
	left, err := p.unary()
	for err == nil {
		var t token
		if t, err = p.peek(); err != nil || t.kind == tokenEnd || t.kind == tokenClose || t.keyword("or") {
			break
		}
		if t.keyword("and") {
			p.take()
		}
		var right *node
		if right, err = p.unary(); err == nil {
			left = &node{op: and, left: left, right: right}
		}
	}
	return left, err
}

func (p *parser) unary() (*node, *Error) {
	t, err := p.peek()
	if err != nil {
		return nil, err
	}
	if p.terms++; p.depth >= maxDepth || p.terms > maxTerms {
		return nil, &Error{Offset: t.start, Found: "too many terms", Expected: "a simpler expression"}
	}
	p.depth++
	defer func() { p.depth-- }()
	switch {
	case t.kind == tokenNot, t.keyword("not"):
		p.take()
		n, err := p.unary()
		if err != nil {
			return nil, err
		}
		return &node{op: not, left: n}, nil
	case t.kind == tokenOpen:
		return p.group(t)
	case t.kind == tokenQuoted:
		p.take()
		return p.word(t)
	case t.kind == tokenWord && !t.keyword("and") && !t.keyword("or"):
		p.take()
		return p.term(t)
	}
	return nil, &Error{Offset: t.start, Found: t.found(), Expected: "a field, a word, not or ("}
}

func (p *parser) group(open token) (*node, *Error) {
	p.take()
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	t, err := p.peek()
	if err != nil {
		return nil, err
	}
	if t.kind != tokenClose {
		return nil, &Error{Offset: open.start, Found: found("("), Expected: `a ")" that closes it`}
	}
	p.take()
	return n, nil
}

// term reads what begins with a word: a comparison, a field alone that says yes
// or no, or a word to look for.
func (p *parser) term(t token) (*node, *Error) {
	f := fieldOf(p.kind, t.text)
	op, err := p.peek()
	if err != nil {
		return nil, err
	}
	if op.kind != tokenOperator {
		if f != nil && f.is != nil {
			return &node{test: f.is}, nil
		}
		return p.word(t)
	}
	if f == nil {
		return nil, &Error{Offset: t.start, Found: found(t.text), Expected: "a field of " + p.kind.String() + suggest(p.kind, t.text) + ", or a text in quotes"}
	}
	p.take()
	return p.comparison(f, op)
}

func (p *parser) word(t token) (*node, *Error) {
	if t.text == "" {
		return nil, &Error{Offset: t.start, Found: found(""), Expected: "a text to look for"}
	}
	test, err := word(p.kind, t.text)
	if err != nil {
		return nil, &Error{Offset: t.start, Found: found(t.text), Expected: "a text to look for"}
	}
	return &node{test: test}, nil
}

func (p *parser) comparison(f *field, opToken token) (*node, *Error) {
	op := operatorOf(opToken.text)
	if !f.allows(op) {
		return nil, &Error{Offset: opToken.start, Found: found(opToken.text), Expected: "one of " + strings.Join(f.Operators(), " ")}
	}
	v, err := p.lexer.value(opToken.text)
	if err != nil {
		return nil, err
	}
	if v.kind != tokenWord && v.kind != tokenQuoted {
		return nil, &Error{Offset: v.start, Found: v.found(), Expected: f.expects(op)}
	}
	test, ok := f.compile(op, v.text)
	if !ok {
		return nil, &Error{Offset: v.start, Found: found(v.text), Expected: f.expects(op)}
	}
	return &node{test: test}, nil
}
