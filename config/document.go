package config

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// position is a place in a file, both from 1.
type position struct{ line, column int }

// document is a TOML file, decoded, with the place of every key in it.
type document struct {
	tree map[string]any
	at   map[string]position // by key path, as join makes it; array elements as [i]
}

// parseDocument decodes TOML. A syntax error or a key that is defined twice
// gives an *Error without File.
func parseDocument(data []byte) (*document, error) {
	d := &document{at: map[string]position{}}
	if err := toml.Unmarshal(data, &d.tree); err != nil {
		bad := &Error{Found: "invalid TOML: " + strings.TrimPrefix(err.Error(), "toml: ")}
		if de := (*toml.DecodeError)(nil); errors.As(err, &de) {
			bad.Line, bad.Column = de.Position()
		}
		return nil, bad
	}
	d.locate(data)
	return d, nil
}

// locate fills in the places. The data is known to parse.
func (d *document) locate(data []byte) {
	var p unstable.Parser
	p.Reset(data)
	l := locator{at: d.at, data: data}
	elements := map[string]int{} // of each array of tables so far
	table := ""
	for p.NextExpression() {
		switch n := p.Expression(); n.Kind {
		case unstable.Table:
			table = l.key("", n.Key(), elements)
		case unstable.ArrayTable:
			name := l.key("", n.Key(), nil)
			table = element(name, elements[name])
			d.at[table] = l.last
			elements[name]++
		case unstable.KeyValue:
			l.keyValue(table, n)
		}
	}
}

// locator turns offsets into places, in one pass over the file.
type locator struct {
	at   map[string]position
	data []byte
	last position // of the key that was added last

	offset, line, lineStart int
}

// keyValue adds a key with its value, and all that is inside.
func (l *locator) keyValue(table string, n *unstable.Node) {
	l.value(l.key(table, n.Key(), nil), n.Value())
}

func (l *locator) value(key string, v *unstable.Node) {
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			if n := it.Node(); n.Kind == unstable.KeyValue {
				l.keyValue(key, n)
			}
		}
	case unstable.Array:
		at, i := l.last, 0
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			e := element(key, i)
			l.at[e] = at
			l.value(e, it.Node())
			i++
		}
	}
}

// key adds the parts of a dotted key below table and returns its path. Where a
// part names an array of tables, its newest element is meant.
func (l *locator) key(table string, parts unstable.Iterator, elements map[string]int) string {
	path := table
	for parts.Next() {
		n := parts.Node()
		path = join(path, string(n.Data))
		l.last = l.place(int(n.Raw.Offset))
		if _, known := l.at[path]; !known {
			l.at[path] = l.last
		}
		if i := elements[path]; i > 0 {
			path = element(path, i-1)
		}
	}
	return path
}

// place is the place of an offset; offsets mostly rise.
func (l *locator) place(offset int) position {
	if offset < l.offset {
		l.offset, l.line, l.lineStart = 0, 0, 0
	}
	for {
		i := bytes.IndexByte(l.data[l.offset:offset], '\n')
		if i < 0 {
			break
		}
		l.offset += i + 1
		l.line++
		l.lineStart = l.offset
	}
	return position{l.line + 1, offset - l.lineStart + 1}
}

// join makes the path of a key in a table, as TOML would write it.
func join(table, name string) string {
	if strings.Trim(name, bareKey) != "" || name == "" {
		name = quote(name)
	}
	if table == "" {
		return name
	}
	return table + "." + name
}

const bareKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

func element(array string, i int) string { return array + "[" + strconv.Itoa(i) + "]" }
