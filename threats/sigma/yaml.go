package sigma

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds for one rule file.
const (
	MaxFileBytes = 8 << 20
	maxDocBytes  = 1 << 20
	maxDocs      = 10000
	maxNodes     = 50000 // of one document, with aliases written out
	maxDepth     = 32
	maxProblems  = 100 // that are told of one file
)

// reader turns the nodes of one file into values and collects what is wrong.
type reader struct {
	file     string
	lines    int // before the current document
	nodes    int // that the current document may still hold
	problems []Problem
	errors   int // among the problems, notes apart
}

func (r *reader) add(p Problem) {
	if !p.Note {
		r.errors++
	}
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, p)
	}
}

// fail reports a problem at a node.
func (r *reader) fail(n *yaml.Node, mend, format string, args ...any) {
	r.add(Problem{File: r.file, Line: n.Line, Column: n.Column, What: fmt.Sprintf(format, args...), Mend: mend})
}

// note reports advice at a node.
func (r *reader) note(n *yaml.Node, mend, format string, args ...any) {
	r.add(Problem{File: r.file, Line: n.Line, Column: n.Column, What: fmt.Sprintf(format, args...), Mend: mend, Note: true})
}

// parse reads one document. Its aliases are written out, its merge keys merged
// and its positions are those of the file. It is nil when the document is empty
// or broken.
func (r *reader) parse(doc document) *yaml.Node {
	r.lines, r.nodes = doc.lines, maxNodes
	if len(doc.text) > maxDocBytes {
		r.add(Problem{File: r.file, Line: doc.lines + 1, Column: 1,
			What: fmt.Sprintf("a document of %d bytes is larger than the limit of %d", len(doc.text), maxDocBytes), Mend: "split it into several rules"})
		return nil
	}
	var root yaml.Node
	if err := yaml.Unmarshal(withoutVersion(doc.text), &root); err != nil {
		r.syntax(doc, err)
		return nil
	}
	if len(root.Content) == 0 {
		return nil
	}
	n := root.Content[0]
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return nil
	}
	errors := r.errors
	aliases, _ := r.inspect(n, 0)
	if r.errors != errors {
		return nil
	}
	if !aliases {
		return n
	}
	r.nodes = maxNodes
	return r.expand(n, 0)
}

var yamlErrorLine = regexp.MustCompile(`line (\d+): `)

// syntax reports an error of the YAML parser. It tells at most a line, so the
// column is that of the tab it stumbled over, or where the line's text begins.
func (r *reader) syntax(doc document, err error) {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := yamlErrorLine.FindStringSubmatchIndex(what); m != nil {
		line, _ = strconv.Atoi(what[m[2]:m[3]])
		what = what[:m[0]] + what[m[1]:]
	}
	p := Problem{File: r.file, Line: doc.lines + max(line, 1), Column: 1, What: "not valid YAML: " + what,
		Mend: "check the indentation, quotes and colons here and on the line before"}
	for i, text := range bytes.Split(doc.text, []byte("\n")) {
		indent := len(text) - len(bytes.TrimLeft(text, " \t"))
		if tab := bytes.IndexByte(text[:indent], '\t'); tab >= 0 && i+1 >= line-1 {
			p.Line, p.Column, p.Mend = doc.lines+i+1, tab+1, "indent with spaces: YAML allows no tabs there"
			break
		}
		if i+1 == line {
			p.Column = indent + 1
		}
		if i > line {
			break
		}
	}
	r.add(p)
}

// inspect goes through a node and all below it: positions become those of the
// file, and duplicate keys, deep nesting and too many values are refused. It
// does not follow aliases, and reports whether there are any.
func (r *reader) inspect(n *yaml.Node, depth int) (aliases, ok bool) {
	n.Line += r.lines
	if !r.spend(n, depth) {
		return false, false
	}
	if n.Kind == yaml.AliasNode {
		return true, true
	}
	for _, c := range n.Content {
		more, ok := r.inspect(c, depth+1)
		if !ok {
			return false, false
		}
		aliases = aliases || more
	}
	if n.Kind == yaml.MappingNode {
		return aliases || child(n, "<<") != nil, r.keys(n)
	}
	return aliases, true
}

// spend counts a node against the bounds of a document.
func (r *reader) spend(n *yaml.Node, depth int) bool {
	if r.nodes--; r.nodes < 0 {
		r.fail(n, "a rule needs a small part of that: remove nested anchors and aliases", "the document holds more than %d values", maxNodes)
		return false
	}
	if depth > maxDepth {
		r.fail(n, "flatten it", "nested more than %d levels deep", maxDepth)
		return false
	}
	return true
}

// manyKeys is from where a map finds duplicates faster than comparing does.
const manyKeys = 32

// keys checks the keys of a mapping. Keys that are given twice are an error
// that leaves the first one in force for further checks.
func (r *reader) keys(n *yaml.Node) bool {
	var seen map[string]int
	if len(n.Content) > 2*manyKeys {
		seen = make(map[string]int, len(n.Content)/2)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			r.fail(key, "use a plain name", "a key is not a name")
			return false
		}
		first := seen[key.Value]
		if seen != nil {
			seen[key.Value] = key.Line
		} else {
			for j := 0; j < i; j += 2 {
				if n.Content[j].Value == key.Value {
					first = n.Content[j].Line
				}
			}
		}
		if first != 0 {
			r.fail(key, "remove one, or join their values in one list", "the key %s is given twice, first on line %d", quote(key.Value), first)
		}
	}
	return true
}

// child finds the value of a key in a mapping, nil when it has none.
func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// text reads an optional scalar.
func (r *reader) text(n *yaml.Node, key string) string {
	v := child(n, key)
	switch {
	case v == nil || v.ShortTag() == "!!null":
		return ""
	case v.Kind != yaml.ScalarNode:
		r.fail(v, "write one text", "%s is not a text", key)
		return ""
	}
	return strings.TrimSpace(v.Value)
}

// texts reads an optional list of scalars; one scalar counts as a list of one.
func (r *reader) texts(n *yaml.Node, key string) []string {
	v := child(n, key)
	switch {
	case v == nil || v.ShortTag() == "!!null":
		return nil
	case v.Kind == yaml.ScalarNode:
		return []string{v.Value}
	case v.Kind != yaml.SequenceNode:
		r.fail(v, "write a list", "%s is not a list", key)
		return nil
	}
	out := make([]string, 0, len(v.Content))
	for _, c := range v.Content {
		if c.Kind != yaml.ScalarNode {
			r.fail(c, "write one text for each entry", "an entry of %s is not a text", key)
			continue
		}
		out = append(out, c.Value)
	}
	return out
}
