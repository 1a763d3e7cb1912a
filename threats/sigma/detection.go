package sigma

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// expr is a node of a rule's detection: a conjunction, a disjunction, a
// negation, or the values of one field. Search identifiers that a condition
// names twice are shared.
type expr struct {
	op   exprOp
	kids []*expr
	item *item
	name string // of the search identifier whose definition this is
}

type exprOp uint8

const (
	exprItem exprOp = iota
	exprAnd
	exprOr
	exprNot
)

// item asks whether any of the values of a field matches any of these.
type item struct {
	field   Field
	keyword bool // looks into every field
	values  []value
}

// Bounds for one rule.
const (
	maxValueLen = 8192
	maxValues   = 20000 // values, after expansion
	maxEdges    = 60000 // values, counted each time the condition names them
)

// compiler turns the detection of one rule into an expr.
type compiler struct {
	*reader
	names        *names
	placeholders map[string][]string
	regexes      map[string]*regexp.Regexp // shared by the rules of one load
	needs        []string
	values       int
}

// need notes something without which the rule cannot be evaluated.
func (c *compiler) need(what string) {
	if !slices.Contains(c.needs, what) && len(c.needs) < 16 {
		c.needs = append(c.needs, what)
	}
}

func (c *compiler) compileRegex(expr, flags string) (*regexp.Regexp, error) {
	key := flags + "/" + expr
	if re := c.regexes[key]; re != nil {
		return re, nil
	}
	re, err := compileRegex(expr, flags)
	if err == nil {
		c.regexes[key] = re
	}
	return re, err
}

func (c *compiler) field(n *yaml.Node, name string) (Field, bool) {
	if name == "" || len(name) > 256 {
		c.fail(n, "name a field", "a field has the name %s", quote(name))
		return 0, false
	}
	f, ok := c.names.addField(name)
	if !ok {
		c.fail(n, "use the field names of the Sigma taxonomy", "the rules name more than %d fields", maxFields)
	}
	return f, ok
}

// selection compiles the definition of a search identifier: a mapping, whose
// entries must all match, or a list of mappings and keywords, of which one must.
func (c *compiler) selection(name string, n *yaml.Node) *expr {
	e := c.alternatives(n, 0)
	if e != nil {
		return &expr{op: exprAnd, kids: []*expr{e}, name: name}
	}
	return nil
}

func (c *compiler) alternatives(n *yaml.Node, depth int) *expr {
	switch n.Kind {
	case yaml.MappingNode:
		return c.mapping(n)
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			c.fail(n, "give it at least one entry", "an empty list")
			return nil
		}
		var kids []*expr
		var keywords []*yaml.Node
		for _, entry := range n.Content {
			switch {
			case entry.Kind == yaml.ScalarNode:
				keywords = append(keywords, entry)
			case depth > 0:
				c.fail(entry, "write one list", "a list within a list")
				return nil
			default:
				kids = append(kids, c.alternatives(entry, depth+1))
			}
		}
		if keywords != nil {
			kids = append(kids, c.keywords(&modifiers{}, n, keywords))
		}
		return join(exprOr, kids)
	case yaml.ScalarNode:
		return c.keywords(&modifiers{}, n, []*yaml.Node{n})
	}
	return nil
}

// mapping joins the fields of a mapping by and.
func (c *compiler) mapping(n *yaml.Node) *expr {
	if len(n.Content) == 0 {
		c.fail(n, "give it at least one field", "an empty mapping")
		return nil
	}
	kids := make([]*expr, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		kids = append(kids, c.entry(n.Content[i], n.Content[i+1]))
	}
	return join(exprAnd, kids)
}

// entry compiles one field, its modifiers and its values.
func (c *compiler) entry(key, n *yaml.Node) *expr {
	chain := strings.Split(key.Value, "|")
	m, ok := c.parseModifiers(key, chain[1:])
	if !ok {
		return nil
	}
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		if nodes = n.Content; len(nodes) == 0 {
			c.fail(n, "give it at least one value", "%s has an empty list of values", quote(key.Value))
			return nil
		}
	}
	if m.all && len(nodes) == 1 {
		c.note(key, "remove it", "the modifier all has no effect on a single value")
	}
	if chain[0] == "" {
		return c.keywords(&m, key, nodes)
	}
	f, ok := c.field(key, chain[0])
	if !ok {
		return nil
	}
	return c.items(&m, key, nodes, &item{field: f})
}

// keywords compiles texts that are looked for in every field of the event.
func (c *compiler) keywords(m *modifiers, at *yaml.Node, nodes []*yaml.Node) *expr {
	if m.kind != kindExact && m.kind != kindRegex && m.kind != kindCIDR {
		c.fail(at, "name a field before the |", "this modifier needs a field")
		return nil
	}
	if m.kind == kindExact && len(m.as) == 0 {
		m.as = []valueKind{kindContains}
	}
	for _, n := range nodes {
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
			c.fail(n, "write a text", "a keyword is null")
			return nil
		}
	}
	return c.items(m, at, nodes, &item{keyword: true})
}

// items compiles the values. With the modifier all, each becomes an item of its
// own, and all of them must match.
func (c *compiler) items(m *modifiers, at *yaml.Node, nodes []*yaml.Node, proto *item) *expr {
	var kids []*expr
	one := *proto
	for _, n := range nodes {
		values := c.compile(m, n)
		if len(nodes) > 1 && len(values) == 1 && values[0].kind == kindNull {
			c.note(n, "make it a selection of its own", "null in a list of values")
		}
		if c.values += len(values); c.values > maxValues {
			c.fail(n, "split the rule", "more than %d values in one rule", maxValues)
			return nil
		}
		if m.all {
			it := *proto
			it.values = values
			kids = append(kids, &expr{item: &it})
			continue
		}
		one.values = append(one.values, values...)
	}
	if !m.all {
		one.values = slices.Clip(one.values)
		kids = append(kids, &expr{item: &one})
	}
	e := join(exprAnd, kids)
	if m.neq {
		e = &expr{op: exprNot, kids: []*expr{e}}
	}
	return e
}

// join makes one node of several; of a single one, that node itself. Parts with
// regular expressions come last, as the dearest to evaluate.
func join(op exprOp, kids []*expr) *expr {
	if len(kids) == 1 {
		return kids[0]
	}
	if !slices.Contains(kids, nil) { // else an error was reported
		slices.SortStableFunc(kids, func(a, b *expr) int { return cmp.Compare(a.regexes(), b.regexes()) })
	}
	return &expr{op: op, kids: slices.Clip(kids)}
}

// regexes counts the regular expressions of a tree that is not deep.
func (e *expr) regexes() int {
	n := 0
	if e.item != nil && len(e.item.values) > 0 && e.item.values[0].kind == kindRegex {
		n = len(e.item.values)
	}
	for _, kid := range e.kids {
		if kid != nil {
			n += kid.regexes()
		}
	}
	return n
}

func formatInt(i int64) string { return strconv.FormatInt(i, 10) }
