package sigma

import (
	"bytes"
	"fmt"
	"regexp"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// file is what one rule file holds. It is shared by all Sets made from it.
type file struct {
	rules    []*Rule // correlation rules too
	filters  []*filter
	problems []Problem
	errors   int
	embedded bool // a rule from elsewhere with the same id replaces one of these
}

// parser holds what the files of one load share.
type parser struct {
	names        *names
	placeholders map[string][]string
	regexes      map[string]*regexp.Regexp
}

// parseFile reads all rules of a file. Documents with errors are left out; the
// others stand.
func (p *parser) parseFile(name string, data []byte) *file {
	f := &file{}
	c := &compiler{reader: &reader{file: name}, names: p.names, placeholders: p.placeholders, regexes: p.regexes}
	defer func() { f.problems, f.errors = c.problems, c.errors }()
	whole := func(what, mend string) *file {
		c.add(Problem{File: name, Line: 1, Column: 1, What: what, Mend: mend})
		return f
	}
	if len(data) > MaxFileBytes {
		return whole(fmt.Sprintf("the file is larger than the limit of %d MB", MaxFileBytes>>20), "split it into several files")
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return whole("the file is UTF-16", "save it as UTF-8")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return whole("the file is not UTF-8 text", "save it as UTF-8")
	}
	docs := splitDocuments(data)
	if len(docs) > maxDocs {
		return whole(fmt.Sprintf("the file has more than %d documents", maxDocs), "split it into several files")
	}
	var global, last *yaml.Node
	for _, doc := range docs {
		n := c.parse(doc)
		if n == nil {
			continue
		}
		if n.Kind != yaml.MappingNode {
			c.fail(n, "begin with title:, logsource: and detection:", "the document is not a mapping")
			continue
		}
		action := child(n, "action")
		combined := global != nil
		if action != nil {
			switch action.Value {
			case "global":
				global = overlay(global, without(n, "action"))
				continue
			case "reset":
				global = nil
				continue
			case "repeat":
				if last == nil {
					c.fail(action, "put a rule before it", "there is no rule to repeat")
					continue
				}
				n, combined = overlay(last, without(n, "action")), true
			default:
				c.fail(action, "use global, reset or repeat", "unknown action %s", quote(action.Value))
				continue
			}
		} else {
			n = overlay(global, n)
		}
		last = n
		c.document(f, n, combined)
	}
	if len(f.rules)+len(f.filters) == 0 && c.errors == 0 {
		return whole("the file holds no rule", "begin with title:, logsource: and detection:")
	}
	return f
}

// document compiles one document: a rule, a correlation rule or a filter.
func (c *compiler) document(f *file, n *yaml.Node, combined bool) {
	switch {
	case child(n, "correlation") != nil:
		if r := c.correlationRule(n); r != nil {
			f.rules = append(f.rules, r)
		}
	case child(n, "filter") != nil:
		if flt := c.filter(n); flt != nil {
			f.filters = append(f.filters, flt)
		}
	default:
		if r := c.rule(n); r != nil {
			r.combined = combined
			f.rules = append(f.rules, r)
		}
	}
}

// overlay lays a mapping over another: mappings are joined at every depth, and
// any other value of the upper replaces that of the lower. The position is that
// of the upper.
func overlay(lower, upper *yaml.Node) *yaml.Node {
	if lower == nil || lower.Kind != yaml.MappingNode || upper.Kind != yaml.MappingNode {
		return upper
	}
	out := *upper
	out.Content = append([]*yaml.Node(nil), lower.Content...)
	for i := 0; i+1 < len(upper.Content); i += 2 {
		key, v := upper.Content[i], upper.Content[i+1]
		found := false
		for j := 0; j+1 < len(out.Content); j += 2 {
			if out.Content[j].Value == key.Value {
				out.Content[j], out.Content[j+1], found = key, overlay(out.Content[j+1], v), true
				break
			}
		}
		if !found {
			out.Content = append(out.Content, key, v)
		}
	}
	return &out
}

// without copies a mapping and leaves one key out.
func without(n *yaml.Node, key string) *yaml.Node {
	out := *n
	out.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			out.Content = append(out.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &out
}
