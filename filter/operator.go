package filter

import "slices"

type operator uint8

const (
	opEqual operator = iota
	opNotEqual
	opMatch
	opNotMatch
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
)

// operators is in the order in which the lexer tries them: none is the beginning
// of a later one. == is another spelling of =.
var operators = []string{"!=", "!~", "<=", ">=", "==", "=", "~", "<", ">"}

var operatorNames = [...]string{"=", "!=", "~", "!~", "<", "<=", ">", ">="}

func (o operator) String() string { return operatorNames[o] }

func operatorOf(text string) operator {
	if text == "==" {
		return opEqual
	}
	return operator(slices.Index(operatorNames[:], text))
}

// positive splits off the negation: != is = that fails, !~ is ~ that fails.
func (o operator) positive() (op operator, negated bool) {
	switch o {
	case opNotEqual:
		return opEqual, true
	case opNotMatch:
		return opMatch, true
	}
	return o, false
}
