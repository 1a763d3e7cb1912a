package filter

import (
	"slices"
	"strings"
)

// field is one thing that can be asked of a row. One of number, text and address
// is set; each tells whether any value of the row passes the test.
type field struct {
	name, about string
	number      func(r *row, t numberTest) bool
	text        func(r *row, t *textTest) bool
	address     func(r *row, t *addressTest) bool
	is          func(r *row) bool // the field stands alone: yes or no
	unit        unit
	names       []name // the values of an enumeration
	ordered     bool   // < and > make sense for names
}

// name is one value of an enumeration.
type name struct {
	text  string
	value float64
}

// Field describes a field, for help and documentation.
type Field struct {
	Name      string
	About     string
	Operators []string // none: it stands alone
	Values    []string // of an enumeration
	Alone     bool     // it may stand alone, as yes or no
}

// Fields lists the fields of a kind by name. The caller owns the list.
func Fields(kind Kind) []Field {
	var out []Field
	for i := range fields[kind] {
		f := &fields[kind][i]
		out = append(out, Field{f.name, f.about, f.Operators(), f.values(), f.is != nil})
	}
	slices.SortFunc(out, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// fields holds the fields of each kind.
var fields = [...][]field{
	Processes: slices.Concat(identityFields, processFields),
	Sockets:   slices.Concat(identityFields, socketFields),
	Findings:  slices.Concat(identityFields, findingFields),
	Cgroups:   cgroupFields,
}

// fieldOf finds a field by its name, in any case; nil without one.
func fieldOf(kind Kind, name string) *field {
	for i := range fields[kind] {
		if strings.EqualFold(fields[kind][i].name, name) {
			return &fields[kind][i]
		}
	}
	return nil
}

func (f *field) values() []string {
	var out []string
	for _, n := range f.names {
		out = append(out, n.text)
	}
	return out
}

// Operators lists what may follow the field.
func (f *field) Operators() []string {
	var out []string
	for op := opEqual; op <= opGreaterEqual; op++ {
		if f.allows(op) {
			out = append(out, op.String())
		}
	}
	return out
}

func (f *field) allows(op operator) bool {
	switch op {
	case opEqual, opNotEqual:
		return true
	case opMatch, opNotMatch:
		return f.number == nil
	}
	return f.number != nil && (f.names == nil || f.ordered)
}

// expects says what may follow the operator.
func (f *field) expects(op operator) string {
	switch {
	case op == opMatch || op == opNotMatch:
		return "a regular expression (RE2)"
	case f.address != nil:
		return "an address or network such as 10.0.0.0/8"
	case f.text != nil:
		return "a text"
	case f.names != nil:
		return "one of " + strings.Join(f.values(), ", ")
	}
	return f.unit.expects()
}

// compile makes the test of a comparison; false when the value does not fit.
func (f *field) compile(op operator, value string) (func(*row) bool, bool) {
	op, negated := op.positive()
	var test func(*row) bool
	switch {
	case f.number != nil:
		v, ok := f.parse(value)
		if !ok {
			return nil, false
		}
		get, t := f.number, numberTest{op, v}
		test = func(r *row) bool { return get(r, t) }
	case f.address != nil:
		t, ok := newAddressTest(op, value)
		if !ok {
			return nil, false
		}
		get := f.address
		test = func(r *row) bool { return get(r, t) }
	default:
		t, ok := newTextTest(op, value)
		if !ok {
			return nil, false
		}
		get := f.text
		test = func(r *row) bool { return get(r, t) }
	}
	if negated {
		positive := test
		test = func(r *row) bool { return !positive(r) }
	}
	return test, true
}

// parse reads a number in the unit of the field, or the name of a value. The
// exact spelling of a name goes first: the letters of process states differ in
// case alone.
func (f *field) parse(value string) (float64, bool) {
	if f.names == nil {
		return f.unit.parse(value)
	}
	for _, n := range f.names {
		if n.text == value {
			return n.value, true
		}
	}
	for _, n := range f.names {
		if strings.EqualFold(n.text, value) {
			return n.value, true
		}
	}
	return 0, false
}

// suggest names the field that was probably meant.
func suggest(kind Kind, name string) string {
	name = strings.ToLower(name)
	for i := range fields[kind] {
		f := fields[kind][i].name
		if len(name) > 1 && (strings.HasPrefix(f, name) || strings.HasPrefix(name, f) || near(f, name)) {
			return ", such as " + f
		}
	}
	return ""
}

// near reports whether one letter was left out, added, changed or swapped with
// the next.
func near(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 1:
		return a[i:] == b[i+1:]
	case 0:
		return i == len(a) || a[i+1:] == b[i+1:] ||
			i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	}
	return false
}
