package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// filter is a Sigma filter document: a further condition on rules that are
// named, or on all rules of a logsource.
type filter struct {
	meta  *Rule
	rules []reference // nil for all rules of the logsource
	cond  *expr
	needs []string
}

// reference names a rule by its id or name.
type reference struct {
	name         string
	line, column int
}

// filter compiles a filter document; nil when it has errors.
func (c *compiler) filter(n *yaml.Node) *filter {
	errors := c.errors
	c.needs, c.values = nil, 0
	f := &filter{meta: c.meta(n)}
	f.meta.Logsource = c.logsource(n)
	v := child(n, "filter")
	if v.Kind != yaml.MappingNode {
		c.fail(v, "write rules, a selection and a condition below it", "filter is not a mapping")
		return nil
	}
	rules := child(v, "rules")
	switch {
	case rules == nil:
		c.fail(v, "list the ids or names of rules, or write rules: any", "the filter does not say which rules it is for")
	case rules.Kind == yaml.ScalarNode && (strings.EqualFold(rules.Value, "any") || strings.EqualFold(rules.Value, "all")):
	default:
		f.rules = c.references(rules)
	}
	f.cond = c.detection(v, "rules")
	if f.cond != nil && !negates(f.cond) {
		c.note(child(v, "condition"), "write condition: not selection to exclude events",
			"the filter's condition is joined to that of the rule by and, so this keeps only what it selects")
	}
	f.needs = c.needs
	if c.errors != errors {
		return nil
	}
	return f
}

func negates(e *expr) bool { return e.op == exprNot || slices.ContainsFunc(e.kids, negates) }

// references reads ids or names of rules.
func (c *compiler) references(n *yaml.Node) []reference {
	nodes := n.Content
	if n.Kind == yaml.ScalarNode {
		nodes = []*yaml.Node{n}
	}
	if len(nodes) == 0 || n.Kind == yaml.MappingNode {
		c.fail(n, "list ids or names of rules", "no rules are listed")
		return nil
	}
	refs := make([]reference, 0, len(nodes))
	for _, r := range nodes {
		if r.Kind != yaml.ScalarNode || r.Value == "" {
			c.fail(r, "write the id or name of a rule", "this refers to no rule")
			continue
		}
		refs = append(refs, reference{r.Value, r.Line, r.Column})
	}
	return refs
}

// applies reports whether the filter is for the rule.
func (f *filter) applies(r *Rule) bool {
	own, of := f.meta.Logsource, r.Logsource
	if r.Correlates() ||
		own.Category != "" && own.Category != of.Category ||
		own.Product != "" && own.Product != of.Product ||
		own.Service != "" && own.Service != of.Service {
		return false
	}
	return f.rules == nil || slices.ContainsFunc(f.rules, func(ref reference) bool { return r.named(ref.name) })
}

// named reports whether a reference means this rule.
func (r *Rule) named(name string) bool { return name == r.ID || r.Name != "" && name == r.Name }
