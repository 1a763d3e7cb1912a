package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Rule is one Sigma rule or correlation rule as its author wrote it. It does
// not change once it is loaded; only its counters do.
type Rule struct {
	ID             string // the id, else the name, else the title
	Name           string
	Title          string
	Status         string
	Level          string // one of Levels
	Description    string
	Author         string
	Tags           []string
	References     []string
	FalsePositives []string
	Logsource      Logsource
	File           string // where it was read
	Line, Column   int

	category    Category
	cond        *expr        // of a rule
	correlation *correlation // of a correlation rule
	needs       []string     // what it lacks however events are made: placeholders
	combined    bool         // made by the actions global or repeat, so that it may share its id
	stats       counters
}

// Logsource says which events a rule is about. An empty part means any.
type Logsource struct{ Category, Product, Service string }

// Levels are the criticalities of rules, the least first.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

// defaultLevel is that of a rule that names none.
const defaultLevel = "medium"

var statuses = []string{"", "stable", "test", "experimental", "deprecated", "unsupported"}

// Correlates reports whether this is a correlation rule, which matches several
// events together.
func (r *Rule) Correlates() bool { return r.correlation != nil }

// Stats is what evaluating the rule has cost and given so far.
func (r *Rule) Stats() Stats { return r.stats.read() }

// meta reads what rules, correlation rules and filters have in common.
func (c *compiler) meta(n *yaml.Node) *Rule {
	r := &Rule{
		ID: c.text(n, "id"), Name: c.text(n, "name"), Title: c.text(n, "title"),
		Status: strings.ToLower(c.text(n, "status")), Level: strings.ToLower(c.text(n, "level")),
		Description: c.text(n, "description"), Author: c.text(n, "author"),
		Tags: c.texts(n, "tags"), References: c.texts(n, "references"), FalsePositives: c.texts(n, "falsepositives"),
		File: c.file, Line: n.Line, Column: n.Column,
	}
	if r.Title == "" {
		c.fail(n, "add for example title: Shell Started By A Web Server", "the title is missing")
	} else if len([]rune(r.Title)) > 256 {
		c.note(child(n, "title"), "shorten it and use the description", "the title is longer than 256 characters")
	}
	if !slices.Contains(statuses, r.Status) {
		c.note(child(n, "status"), "use stable, test, experimental, deprecated or unsupported", "unknown status %s", quote(r.Status))
	}
	if r.Level == "" {
		r.Level = defaultLevel
	} else if !slices.Contains(Levels, r.Level) {
		c.fail(child(n, "level"), "use informational, low, medium, high or critical", "unknown level %s", quote(r.Level))
	}
	if t := c.text(n, "taxonomy"); t != "" && t != "sigma" {
		c.need("taxonomy " + quotePlain(t))
	}
	switch {
	case r.ID != "":
	case r.Name != "":
		r.ID = r.Name
	default:
		r.ID = r.Title
	}
	if len(r.ID) > 512 {
		c.fail(n, "use a random UUID", "the id is longer than 512 bytes")
	}
	return r
}

// logsource reads which events a rule or filter is about.
func (c *compiler) logsource(n *yaml.Node) (l Logsource) {
	v := child(n, "logsource")
	if v == nil {
		c.fail(n, "add for example logsource: {category: process_creation, product: linux}", "the section logsource is missing")
		return l
	}
	if v.Kind != yaml.MappingNode {
		c.fail(v, "write category, product or service below it", "logsource is not a mapping")
		return l
	}
	lower := func(key string) string { return strings.ToLower(c.text(v, key)) }
	l = Logsource{lower("category"), lower("product"), lower("service")}
	if l == (Logsource{}) {
		c.fail(v, "write category, product or service below it", "logsource names no category, product or service")
	}
	return l
}

// rule compiles a detection rule; nil when it has errors.
func (c *compiler) rule(n *yaml.Node) *Rule {
	errors := c.errors
	c.needs, c.values = nil, 0
	r := c.meta(n)
	r.Logsource = c.logsource(n)
	if d := child(n, "detection"); d == nil {
		c.fail(n, "add a detection with a selection and a condition", "the section detection is missing")
	} else {
		r.cond = c.detection(d)
	}
	var ok bool
	if r.category, ok = c.names.addCategory(r.Logsource.Category); !ok {
		c.fail(n, "use the categories of the Sigma taxonomy", "the rules name more than %d categories", maxFields)
	}
	r.needs = c.needs
	if c.errors != errors {
		return nil
	}
	return r
}

// detection compiles the search identifiers of a mapping and its condition, of
// which it may have several joined by or.
func (c *compiler) detection(n *yaml.Node, apart ...string) *expr {
	if n.Kind != yaml.MappingNode {
		c.fail(n, "write search identifiers and a condition below it", "the detection is not a mapping")
		return nil
	}
	errors := c.errors
	var selections []*expr
	var keys []*yaml.Node
	var cond *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		switch {
		case key.Value == "condition":
			cond = v
		case slices.Contains(apart, key.Value):
		case key.Value == "timeframe":
			c.fail(key, "write a correlation rule instead", "timeframe is not part of Sigma any more")
		default:
			if s := c.selection(key.Value, v); s != nil {
				selections = append(selections, s)
				keys = append(keys, key)
			}
		}
	}
	if cond == nil {
		c.fail(n, "add for example condition: selection", "the condition is missing")
		return nil
	}
	if c.errors != errors {
		return nil
	}
	conds := []*yaml.Node{cond}
	if cond.Kind == yaml.SequenceNode {
		if conds = cond.Content; len(conds) == 0 {
			c.fail(cond, "add for example condition: selection", "the list of conditions is empty")
			return nil
		}
	}
	used, edges := make(map[string]bool), 0
	kids := make([]*expr, 0, len(conds))
	for _, one := range conds {
		kids = append(kids, c.parseCondition(one, selections, used, &edges))
	}
	if c.errors != errors {
		return nil
	}
	for _, key := range keys {
		if !used[key.Value] {
			c.note(key, "name it in the condition, or remove it", "the condition does not use %s", quote(key.Value))
		}
	}
	return join(exprOr, kids)
}
