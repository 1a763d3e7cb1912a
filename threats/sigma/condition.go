package sigma

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds for one condition.
const (
	maxConditionLen   = 16 << 10
	maxConditionDepth = 64
)

// condition parses a rule's condition over its search identifiers:
//
//	or   = and { "or" and }
//	and  = not { "and" not }
//	not  = "not" not | "(" or ")" | ( "1" | "any" | "all" ) "of" ( "them" | pattern ) | identifier
type condition struct {
	*compiler
	at         *yaml.Node
	selections []*expr
	used       map[string]bool
	text       string
	pos        int // of the next token
	token      string
	depth      int
	edges      *int
	failed     bool
}

// parseCondition returns nil after reporting what is wrong.
func (c *compiler) parseCondition(n *yaml.Node, selections []*expr, used map[string]bool, edges *int) *expr {
	p := condition{compiler: c, at: n, selections: selections, used: used, text: n.Value, edges: edges}
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		c.fail(n, "write for example: condition: selection", "the condition is empty or not a text")
		return nil
	}
	if len(n.Value) > maxConditionLen {
		c.fail(n, "use patterns such as 1 of selection_*", "the condition is longer than %d bytes", maxConditionLen)
		return nil
	}
	p.next()
	e := p.or()
	if !p.failed && p.token != "" {
		p.error("remove it, or join the parts by and or or", "unexpected %s in the condition", quote(p.token))
	}
	if p.failed {
		return nil
	}
	return e
}

// error reports the first thing that is wrong, at the current token where the
// condition stands on one line.
func (p *condition) error(mend, format string, args ...any) *expr {
	if !p.failed {
		at := yaml.Node{Line: p.at.Line, Column: p.at.Column}
		if offset := p.pos - len(p.token); p.at.Style == 0 && !strings.Contains(p.text[:p.pos], "\n") {
			at.Column += offset
		}
		p.fail(&at, mend, format, args...)
	}
	p.failed, p.token = true, ""
	return nil
}

func (p *condition) next() {
	rest := strings.TrimLeft(p.text[p.pos:], " \t\r\n")
	p.pos = len(p.text) - len(rest)
	n := strings.IndexAny(rest, " \t\r\n()|")
	switch {
	case n < 0:
		n = len(rest)
	case n == 0:
		n = 1
	}
	p.token = rest[:n]
	p.pos += n
}

// keyword reports whether the current token is the word, and goes past it.
func (p *condition) keyword(word string) bool {
	if !strings.EqualFold(p.token, word) {
		return false
	}
	p.next()
	return true
}

func (p *condition) or() *expr {
	kids := []*expr{p.and()}
	for p.keyword("or") {
		kids = append(kids, p.and())
	}
	return p.join(exprOr, kids)
}

func (p *condition) and() *expr {
	kids := []*expr{p.not()}
	for p.keyword("and") {
		kids = append(kids, p.not())
	}
	return p.join(exprAnd, kids)
}

func (p *condition) join(op exprOp, kids []*expr) *expr {
	if *p.edges += len(kids); *p.edges > maxEdges {
		return p.error("simplify it", "the condition compares more than %d values", maxEdges)
	}
	return join(op, kids)
}

func (p *condition) not() *expr {
	if p.depth++; p.depth > maxConditionDepth {
		return p.error("simplify it", "the condition is nested more than %d levels deep", maxConditionDepth)
	}
	defer func() { p.depth-- }()
	switch {
	case p.token == "":
		return p.error("name a search identifier there", "the condition ends too early")
	case p.keyword("not"):
		return &expr{op: exprNot, kids: []*expr{p.not()}}
	case p.keyword("("):
		e := p.or()
		if !p.failed && !p.keyword(")") {
			p.error("close it", "a parenthesis is not closed")
		}
		return e
	case p.token == "|":
		return p.error("write a correlation rule instead", "aggregations after | are not part of Sigma any more")
	}
	word := p.token
	quantifier := strings.ToLower(word)
	if quantifier == "1" || quantifier == "any" || quantifier == "all" {
		saved := *p
		p.next()
		if p.keyword("of") {
			return p.quantified(quantifier)
		}
		*p = saved
	}
	for _, s := range p.selections {
		if s.name == word {
			p.used[word] = true
			*p.edges += weight(s)
			p.next()
			return s
		}
	}
	if word == ")" {
		return p.error("name a search identifier before it", "unexpected )")
	}
	return p.error(p.known(), "the condition names %s, which the detection does not define", quote(word))
}

// quantified is what follows "1 of", "any of" or "all of".
func (p *condition) quantified(quantifier string) *expr {
	pattern := p.token
	if pattern == "" || strings.Contains("()|", pattern) {
		return p.error("write them or a pattern such as selection_*", "nothing follows %s of", quantifier)
	}
	them := strings.EqualFold(pattern, "them")
	var kids []*expr
	for _, s := range p.selections {
		if them && !strings.HasPrefix(s.name, "_") || !them && namePattern(pattern, s.name) {
			kids = append(kids, s)
			p.used[s.name] = true
			*p.edges += weight(s)
		}
	}
	if len(kids) == 0 {
		return p.error(p.known(), "no search identifier matches %s", quote(pattern))
	}
	p.next()
	if quantifier == "all" {
		return p.join(exprAnd, kids)
	}
	return p.join(exprOr, kids)
}

// weight is the work of evaluating a search identifier.
func weight(e *expr) int {
	n := 1
	if e.item != nil {
		n += len(e.item.values)
	}
	for _, kid := range e.kids {
		n += weight(kid)
	}
	return n
}

// namePattern matches a search identifier against a pattern with * wildcards.
func namePattern(pattern, name string) bool {
	var parts []part
	for i, text := range strings.Split(pattern, "*") {
		if i > 0 {
			parts = appendAny(parts)
		}
		if text != "" {
			parts = append(parts, part{text: text})
		}
	}
	return globMatch(parts, name)
}

func (p *condition) known() string {
	var list []string
	for _, s := range p.selections {
		list = append(list, s.name)
	}
	slices.Sort(list)
	if len(list) == 0 {
		return "define a search identifier"
	}
	if len(list) > 8 {
		list = append(list[:8], "…")
	}
	return fmt.Sprintf("defined are %s", quote(strings.Join(list, ", ")))
}
