package sigma

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// correlation is what a correlation rule asks of several events.
type correlation struct {
	kind     correlationKind
	refs     []reference
	groupBy  []groupField
	values   []groupField // value_count: what is counted
	span     time.Duration
	bounds   []bound
	generate bool // the rules referred to also match by themselves
}

type correlationKind uint8

const (
	eventCount correlationKind = iota
	valueCount
	temporal
	temporalOrdered
)

var correlationKinds = map[string]correlationKind{
	"event_count": eventCount, "value_count": valueCount, "temporal": temporal, "temporal_ordered": temporalOrdered,
}

// groupField is a field by which events are told apart. An alias stands for a
// different field in the events of each rule.
type groupField struct {
	name  string
	field Field
	alias map[string]Field // by reference; nil when it is no alias
}

// bound is one comparison of the count.
type bound struct {
	op compareOp
	n  int64
}

// Bounds for one correlation rule.
const (
	maxCount      = 10000
	maxReferences = 64
	maxSpan       = 30 * 24 * time.Hour
)

// correlationRule compiles a correlation rule; nil when it has errors.
func (c *compiler) correlationRule(n *yaml.Node) *Rule {
	errors := c.errors
	c.needs = nil
	r := c.meta(n)
	v := child(n, "correlation")
	if v.Kind != yaml.MappingNode {
		c.fail(v, "write type, rules, group-by, timespan and condition below it", "correlation is not a mapping")
		return nil
	}
	k := &correlation{}
	r.correlation = k
	name := c.text(v, "type")
	var ok bool
	if k.kind, ok = correlationKinds[name]; !ok {
		c.fail(v, "use event_count, value_count, temporal or temporal_ordered", "unknown correlation type %s", quote(name))
	}
	if rules := child(v, "rules"); rules == nil {
		c.fail(v, "list the ids or names of rules", "the correlation names no rules")
	} else if k.refs = c.references(rules); len(k.refs) > maxReferences {
		c.fail(rules, "chain several correlations", "the correlation names more than %d rules", maxReferences)
	}
	aliases := c.aliases(v, k.refs)
	k.groupBy = c.groupFields(v, "group-by", aliases)
	k.span = c.timespan(v)
	c.bounds(v, k, aliases)
	switch g := strings.ToLower(c.text(v, "generate")); g {
	case "", "false":
	case "true":
		k.generate = true
	default:
		c.fail(child(v, "generate"), "write true or false", "generate is %s", quote(g))
	}
	r.needs = c.needs
	if c.errors != errors {
		return nil
	}
	return r
}

func (c *compiler) aliases(v *yaml.Node, refs []reference) map[string]map[string]Field {
	n := child(v, "aliases")
	if n == nil {
		return nil
	}
	out := make(map[string]map[string]Field)
	for i := 0; i+1 < len(n.Content); i += 2 {
		of := make(map[string]Field)
		for j := 0; j+1 < len(n.Content[i+1].Content); j += 2 {
			rule, field := n.Content[i+1].Content[j], n.Content[i+1].Content[j+1]
			if !slices.ContainsFunc(refs, func(r reference) bool { return r.name == rule.Value }) {
				c.fail(rule, "use the name that stands below rules", "the alias names the rule %s, which the correlation does not", quote(rule.Value))
			} else if f, ok := c.field(field, field.Value); ok {
				of[rule.Value] = f
			}
		}
		if len(of) == 0 {
			c.fail(n.Content[i], "write rule: field below it", "the alias %s stands for no field", quote(n.Content[i].Value))
		}
		out[n.Content[i].Value] = of
	}
	return out
}

func (c *compiler) groupFields(v *yaml.Node, key string, aliases map[string]map[string]Field) []groupField {
	var out []groupField
	for _, name := range c.texts(v, key) {
		if alias := aliases[name]; alias != nil {
			out = append(out, groupField{name: name, alias: alias})
		} else if f, ok := c.field(child(v, key), name); ok {
			out = append(out, groupField{name: name, field: f})
		}
	}
	if len(out) > 16 {
		c.fail(child(v, key), "use fewer", "more than 16 fields")
	}
	return out
}

var spanUnits = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}

func (c *compiler) timespan(v *yaml.Node) time.Duration {
	n := child(v, "timespan")
	if n == nil {
		c.fail(v, "add for example timespan: 5m", "the timespan is missing")
		return 0
	}
	if s := n.Value; len(s) > 1 && spanUnits[s[len(s)-1]] != 0 {
		count, err := strconv.Atoi(s[:len(s)-1])
		unit := spanUnits[s[len(s)-1]]
		if err == nil && count > 0 && count <= int(maxSpan/unit) {
			return time.Duration(count) * unit
		}
	}
	c.fail(n, "write a number and s, m, h or d, at most 30d, for example 5m", "the timespan is %s", quote(n.Value))
	return 0
}

var boundOps = map[string]compareOp{
	"gt": opGreater, "gte": opGreaterEqual, "lt": opLess, "lte": opLessEqual, "eq": opEqual,
}

// bounds reads the condition on the count. The temporal types may leave it out:
// all rules must occur then.
func (c *compiler) bounds(v *yaml.Node, k *correlation, aliases map[string]map[string]Field) {
	n := child(v, "condition")
	if n == nil {
		if k.kind == eventCount || k.kind == valueCount {
			c.fail(v, "add for example condition: {gte: 10}", "the condition of the correlation is missing")
		}
		return
	}
	if n.Kind != yaml.MappingNode {
		c.fail(n, "write for example condition: {gte: 10}", "the condition of a correlation is not a mapping")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		op, ok := boundOps[key.Value]
		switch count, err := strconv.ParseInt(val.Value, 10, 64); {
		case key.Value == "field":
			k.values = c.groupFields(n, "field", aliases)
		case !ok:
			c.fail(key, "use gt, gte, lt, lte, eq, and field for value_count", "unknown condition %s", quote(key.Value))
		case err != nil || count < 0 || count > maxCount:
			c.fail(val, "write a whole number from 0 to "+strconv.Itoa(maxCount), "the count is %s", quote(val.Value))
		default:
			k.bounds = append(k.bounds, bound{op, count})
		}
	}
	if len(k.bounds) == 0 {
		c.fail(n, "add for example gte: 10", "the condition has no count")
	}
	if k.kind == valueCount && len(k.values) == 0 {
		c.fail(n, "add field: with the field whose values are counted", "a value_count needs a field")
	}
}

// holds reports whether a count satisfies all bounds.
func (k *correlation) holds(count int) bool {
	n := number{whole: true, i: int64(count), f: float64(count)}
	for _, b := range k.bounds {
		if !b.op.holds(n, number{whole: true, i: b.n, f: float64(b.n)}) {
			return false
		}
	}
	return true
}

// enough is the count beyond which more makes no difference.
func (k *correlation) enough() int {
	most := int64(0)
	for _, b := range k.bounds {
		most = max(most, b.n)
	}
	return int(most) + 1
}
