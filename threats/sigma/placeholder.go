package sigma

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// nextPlaceholder finds the first %name% in s. A percent sign after a backslash
// is plain.
func nextPlaceholder(s string) (start, end int, name string) {
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i > 0 && s[i-1] == '\\' {
			continue
		}
		j := i + 1
		for j < len(s) && (s[j] == '_' || '0' <= s[j] && s[j] <= '9' || 'a' <= s[j]|0x20 && s[j]|0x20 <= 'z') {
			j++
		}
		if j > i+1 && j < len(s) && s[j] == '%' {
			return i, j + 1, s[i+1 : j]
		}
	}
	return -1, -1, ""
}

// placeholder looks up the values of a name. One that nobody has defined makes
// the rule not evaluable, so it is noted as a need.
func (c *compiler) placeholder(name string) []string {
	values := c.placeholders[name]
	if len(values) == 0 {
		c.need("placeholder %" + name + "%")
	}
	return values
}

// maxPlaceholders bounds the placeholders of one value.
const maxPlaceholders = 32

// expandParts replaces the placeholders in the literals of a value by each of
// their values, which may hold wildcards themselves.
func (c *compiler) expandParts(n *yaml.Node, parts []part) [][]part {
	variants := [][]part{nil}
	for _, p := range parts {
		choices := [][]part{{p}}
		if p.kind == partText {
			if strings.Count(p.text, "%") > 2*maxPlaceholders {
				c.fail(n, "split the value", "more than %d placeholders in one value", maxPlaceholders)
				return nil
			}
			choices = c.expandText(p.text)
		}
		if len(variants)*len(choices) > maxVariants {
			c.fail(n, "split the value", "placeholders give more than %d variants", maxVariants)
			return nil
		}
		variants = product(variants, choices)
	}
	return variants
}

// expandText gives every reading of a literal. It stops one step beyond the
// limit on variants, so that the caller sees that there are too many.
func (c *compiler) expandText(s string) [][]part {
	plain := func(s string) []part { return []part{{text: strings.ReplaceAll(s, `\%`, `%`)}} }
	start, end, name := nextPlaceholder(s)
	if start < 0 {
		return [][]part{plain(s)}
	}
	var out [][]part
	tails := c.expandText(s[end:])
	for _, value := range c.placeholder(name) {
		for _, tail := range tails {
			if len(out) > maxVariants {
				return out
			}
			v := append(plain(s[:start]), parseParts(value)...)
			out = append(out, append(v, tail...))
		}
	}
	return out
}

// expandRegex replaces the placeholders in a regular expression by an
// alternation of their values, taken literally.
func (c *compiler) expandRegex(n *yaml.Node, expr string) []string {
	var b strings.Builder
	for {
		start, end, name := nextPlaceholder(expr)
		if start < 0 {
			break
		}
		b.WriteString(strings.ReplaceAll(expr[:start], `\%`, `%`))
		b.WriteString("(?:")
		for i, v := range c.placeholder(name) {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(regexp.QuoteMeta(v))
		}
		b.WriteString(")")
		if expr = expr[end:]; b.Len() > maxRegexLen {
			c.fail(n, "shorten the list", "placeholders make the expression too long")
			return nil
		}
	}
	b.WriteString(strings.ReplaceAll(expr, `\%`, `%`))
	return []string{b.String()}
}
