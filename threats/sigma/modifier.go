package sigma

import (
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// modifiers is the chain after a field name, sorted into what each link does.
type modifiers struct {
	all, neq, cased, expand bool
	kind                    valueKind // what the values become; kindExact without one
	flags                   string    // of a regular expression
	op                      compareOp
	unit                    timeUnit
	as                      []valueKind // contains, startswith and endswith, in order
	encode                  []string    // text encodings, in order
}

// exclusive modifiers make another type of the value, so that a field has at
// most one of them.
var exclusive = map[string]modifiers{
	"re":       {kind: kindRegex},
	"cidr":     {kind: kindCIDR},
	"exists":   {kind: kindExists},
	"fieldref": {kind: kindFieldRef},
	"lt":       {kind: kindCompare, op: opLess},
	"lte":      {kind: kindCompare, op: opLessEqual},
	"gt":       {kind: kindCompare, op: opGreater},
	"gte":      {kind: kindCompare, op: opGreaterEqual},
	"minute":   {kind: kindTime, unit: unitMinute},
	"hour":     {kind: kindTime, unit: unitHour},
	"day":      {kind: kindTime, unit: unitDay},
	"week":     {kind: kindTime, unit: unitWeek},
	"month":    {kind: kindTime, unit: unitMonth},
	"year":     {kind: kindTime, unit: unitYear},
}

var places = map[string]valueKind{"contains": kindContains, "startswith": kindPrefix, "endswith": kindSuffix}

var encodings = []string{"base64", "base64offset", "wide", "utf16", "utf16le", "utf16be", "windash"}

// regexFlags are the sub-modifiers of re, by their short and long names.
var regexFlags = map[string]string{"i": "i", "ignorecase": "i", "m": "m", "multiline": "m", "s": "s", "dotall": "s"}

// parseModifiers reads the chain of a key such as Field|base64offset|contains.
func (r *reader) parseModifiers(key *yaml.Node, chain []string) (m modifiers, ok bool) {
	errors := r.errors
	for i, name := range chain {
		ex, isExclusive := exclusive[name]
		place, isPlace := places[name]
		flag, isFlag := regexFlags[name]
		switch {
		case isExclusive && m.kind == kindTime && ex.kind == kindCompare:
			m.op = ex.op // hour|gte: a time of day from then on
		case isExclusive && m.kind != kindExact:
			r.fail(key, "keep one of them", "the modifier %s cannot be joined with another that changes the type", name)
		case isExclusive:
			if name == "re" && (len(m.encode) > 0 || len(m.as) > 0) {
				r.fail(key, "put re first", "the modifier re applies to an unmodified value")
			}
			m.kind, m.op, m.unit = ex.kind, ex.op, ex.unit
		case isPlace:
			m.as = append(m.as, place)
		case isFlag:
			if m.kind != kindRegex {
				r.fail(key, "write re|"+name, "the modifier %s belongs to a regular expression", name)
			} else if !strings.Contains(m.flags, flag) {
				m.flags += flag
			}
		case slices.Contains(encodings, name):
			m.encode = append(m.encode, name)
			if len(m.encode) > 4 {
				r.fail(key, "use fewer", "too many encodings")
			}
		case name == "all":
			m.all = true
		case name == "neq":
			m.neq = true
		case name == "cased":
			m.cased = true
		case name == "expand":
			m.expand = true
		case name == "":
			r.fail(key, "remove the |", "modifier %d of %s is empty", i+1, quote(key.Value))
		default:
			r.fail(key, "modifiers are contains, startswith, endswith, all, cased, exists, neq, re (i, m, s), cidr, base64, base64offset, wide, utf16, utf16le, utf16be, windash, lt, lte, gt, gte, minute, hour, day, week, month, year, fieldref, expand", "unknown modifier %s", quote(name))
		}
	}
	if m.kind != kindExact && len(m.encode) > 0 {
		r.fail(key, "encode text values only", "an encoding cannot be joined with a modifier that changes the type")
	}
	if len(m.as) > 0 && m.kind != kindExact && m.kind != kindRegex && m.kind != kindFieldRef {
		r.fail(key, "remove one of them", "contains, startswith and endswith apply to texts only")
	}
	return m, r.errors == errors
}

// place wraps parts in the wildcards that contains, startswith and endswith stand for.
func (m *modifiers) place(parts []part) []part {
	for _, as := range m.as {
		if as != kindPrefix {
			parts = prependAny(parts)
		}
		if as != kindSuffix {
			parts = appendAny(slices.Clip(parts))
		}
	}
	return parts
}

// compile turns one scalar of a rule into the values it stands for, of which
// any matches. It reports what is wrong at the scalar and then returns none.
func (c *compiler) compile(m *modifiers, n *yaml.Node) []value {
	if n.Kind != yaml.ScalarNode {
		c.fail(n, "write a text, a number, or a list of them", "a value is neither a text nor a number")
		return nil
	}
	if len(n.Value) > maxValueLen {
		c.fail(n, "shorten it", "a value is longer than %d bytes", maxValueLen)
		return nil
	}
	tag := n.ShortTag()
	if tag == "!!null" {
		if m.kind != kindExact || len(m.as)+len(m.encode) > 0 {
			c.fail(n, "remove the modifiers, or write '' for an empty text", "null cannot be modified")
			return nil
		}
		return []value{{kind: kindNull}}
	}
	raw, literal := n.Value, false
	switch tag {
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			raw = formatInt(i)
		}
		literal = true
	case "!!bool":
		raw, literal = strings.ToLower(raw), true
	case "!!str", "!!float", "!!timestamp":
	default:
		c.fail(n, "write the value as text", "a value of type %s", quote(tag))
		return nil
	}
	switch m.kind {
	case kindRegex:
		return c.regex(m, n, raw)
	case kindCIDR:
		return c.network(n, raw)
	case kindCompare, kindTime:
		num, ok := parseNumber(raw)
		if !ok {
			c.fail(n, "write a number", "%s is not a number", quote(raw))
			return nil
		}
		return []value{{kind: m.kind, more: &detail{op: m.op, num: num, unit: m.unit}}}
	case kindExists:
		if tag != "!!bool" && raw != "true" && raw != "false" {
			c.fail(n, "write true or false", "exists has the value %s", quote(raw))
			return nil
		}
		return []value{{kind: kindExists, more: &detail{exists: raw == "true"}}}
	case kindFieldRef:
		return c.fieldRef(m, n, raw)
	}
	parts := []part{{text: raw}}
	if !literal {
		parts = parseParts(raw)
	}
	variants := [][]part{parts}
	if m.expand {
		variants = c.expandParts(n, parts)
	}
	for _, name := range m.encode {
		if variants = c.encode(n, name, variants); variants == nil {
			return nil
		}
	}
	values := make([]value, 0, len(variants))
	for _, parts := range variants {
		values = append(values, textValue(m.place(parts), m.cased))
	}
	return values
}

// encode applies one text encoding to every variant of a value.
func (c *compiler) encode(n *yaml.Node, name string, variants [][]part) [][]part {
	var out [][]part
	for _, parts := range variants {
		switch name {
		case "wide", "utf16le":
			out = append(out, utf16Parts(parts, binary.LittleEndian))
		case "utf16be":
			out = append(out, utf16Parts(parts, binary.BigEndian))
		case "utf16":
			out = append(out, append([]part{{text: utf16Mark}}, utf16Parts(parts, binary.LittleEndian)...))
		case "windash":
			more, ok := dashVariants(parts)
			if !ok || len(out)+len(more) > maxVariants {
				c.fail(n, "split the value", "windash gives more than %d variants", maxVariants)
				return nil
			}
			out = append(out, more...)
		default:
			plain, ok := plainText(parts)
			if !ok {
				c.fail(n, `escape a wildcard with \ if it is meant as a character`, "%s cannot encode a value with wildcards", name)
				return nil
			}
			if name == "base64" {
				out = append(out, []part{{text: base64.StdEncoding.EncodeToString([]byte(plain))}})
				continue
			}
			offsets := base64Offsets(plain)
			if len(offsets) < 3 {
				c.fail(n, "use a longer value", "%s is too short to be recognized inside base64", quote(plain))
				return nil
			}
			for _, text := range offsets {
				out = append(out, []part{{text: text}})
			}
		}
	}
	return out
}

func (c *compiler) regex(m *modifiers, n *yaml.Node, raw string) []value {
	exprs := []string{raw}
	if m.expand {
		exprs = c.expandRegex(n, raw)
	}
	flags := m.flags
	var values []value
	for _, expr := range exprs {
		for _, as := range m.as {
			switch as {
			case kindPrefix:
				expr = `\A(?:` + expr + `)`
			case kindSuffix:
				expr = `(?:` + expr + `)\z`
			}
		}
		re, err := c.compileRegex(expr, flags)
		if err != nil {
			c.fail(n, mendRegex(err), "regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
			return nil
		}
		values = append(values, value{kind: kindRegex, more: &detail{re: re, literals: regexLiterals(re.String())}})
	}
	return values
}

func (c *compiler) network(n *yaml.Node, raw string) []value {
	raw = strings.TrimSpace(raw)
	if addr, err := netip.ParseAddr(raw); err == nil && addr.Zone() == "" {
		return []value{{kind: kindCIDR, more: &detail{net: netip.PrefixFrom(addr, addr.BitLen())}}}
	}
	net, err := netip.ParsePrefix(raw)
	if err != nil {
		c.fail(n, "write it like 10.0.0.0/8 or fe80::/10", "%s is not a network", quote(raw))
		return nil
	}
	if net != net.Masked() {
		c.note(n, "write "+net.Masked().String(), "%s has bits set after its prefix", quote(raw))
	}
	return []value{{kind: kindCIDR, more: &detail{net: net.Masked()}}}
}

func (c *compiler) fieldRef(m *modifiers, n *yaml.Node, raw string) []value {
	f, ok := c.field(n, raw)
	if !ok {
		return nil
	}
	as := kindExact
	for _, a := range m.as {
		if as != kindExact && as != a {
			a = kindContains
		}
		as = a
	}
	return []value{{kind: kindFieldRef, cased: m.cased, more: &detail{ref: f, refAs: as}}}
}
