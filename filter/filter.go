// Package filter is the query language over processes, sockets, findings and
// control groups, one for the screen and for the command line:
//
//	user!=root and exe.deleted and listen>1024
//	rss>100MB (cpu>5% or age<5m) not kernel
//	nginx
//
// A comparison is a field, an operator (= != ~ !~ < <= > >=) and a value.
// Comparisons are joined by and, or, not and parentheses; terms side by side
// mean and. A word that is no comparison is looked for in the main text of a
// row, whatever its case; quotes make a word of anything. A regular expression
// after ~ is RE2 and ignores case. != and !~ are true exactly where = and ~ are
// not. A field with several values, such as the ports of a process, compares
// true when any value does. What is not known compares false.
//
// The package knows the shape of rows. It must not know where they come from or
// how they are shown.
package filter

import (
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// Kind says what rows a filter is for.
type Kind uint8

// The kinds of row.
const (
	Processes Kind = iota
	Sockets
	Findings
	Cgroups
)

// Kinds lists all kinds of row.
func Kinds() []Kind { return []Kind{Processes, Sockets, Findings, Cgroups} }

func (k Kind) String() string {
	return [...]string{"processes", "sockets", "findings", "control groups"}[min(k, Cgroups)]
}

// MaxText bounds the bytes of a filter.
const MaxText = 4096

// Filter is a compiled expression. It is immutable and may be shared. A nil
// Filter passes every row.
type Filter struct {
	kind Kind
	text string
	root *node // nil passes everything
}

// Compile reads an expression for rows of a kind. An empty one passes every row.
// The error is an *Error.
func Compile(kind Kind, text string) (*Filter, error) {
	p := parser{kind: kind, lexer: lexer{text: text}}
	root, err := p.parse()
	if err != nil {
		err.Text = text
		return nil, err
	}
	return &Filter{kind: kind, text: text, root: root}, nil
}

// String is the text that the filter was compiled from.
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	return f.text
}

// Empty reports whether the filter passes every row.
func (f *Filter) Empty() bool { return f == nil || f.root == nil }

// Process reports whether process i of the snapshot in d passes. The filter is
// one for Processes. Matching does not allocate.
func (f *Filter) Process(d *Data, i int) bool {
	if f.Empty() {
		return true
	}
	p := &d.snapshot.Processes[i]
	d.row = row{Data: d, i: i, process: p, identity: p.ID}
	return f.root.match(&d.row)
}

// Socket reports whether socket i of the snapshot in d passes. The filter is one
// for Sockets.
func (f *Filter) Socket(d *Data, i int) bool {
	if f.Empty() {
		return true
	}
	d.row = row{Data: d, i: i, socket: &d.snapshot.Sockets[i]}
	if p := d.owner(i); p != nil {
		d.row.process, d.row.identity = p, p.ID
	}
	return f.root.match(&d.row)
}

// Finding reports whether finding i of those in d passes. The filter is one for
// Findings.
func (f *Filter) Finding(d *Data, i int) bool {
	if f.Empty() {
		return true
	}
	d.row = row{Data: d, i: i, finding: &d.findings[i]}
	if ref := d.row.finding.Process; ref != nil {
		d.row.identity = ref.ID
	}
	return f.root.match(&d.row)
}

// Cgroup reports whether control group i of the snapshot in d passes. The filter
// is one for Cgroups.
func (f *Filter) Cgroup(d *Data, i int) bool {
	if f.Empty() {
		return true
	}
	d.row = row{Data: d, i: i, cgroup: &d.snapshot.System.Cgroups[i]}
	return f.root.match(&d.row)
}

// node is one part of an expression: a logical operator over others, or a test.
type node struct {
	op          logic
	left, right *node // right is nil for not
	test        func(*row) bool
}

type logic uint8

const (
	leaf logic = iota
	and
	or
	not
)

func (n *node) match(r *row) bool {
	switch n.op {
	case and:
		return n.left.match(r) && n.right.match(r)
	case or:
		return n.left.match(r) || n.right.match(r)
	case not:
		return !n.left.match(r)
	}
	return n.test(r)
}

// row is what one row offers to tests. What does not belong to its kind is nil.
type row struct {
	*Data
	i        int // in the list of its kind
	process  *metrics.Process
	socket   *metrics.Socket
	finding  *threats.Finding
	cgroup   *metrics.CgroupStat
	identity *metrics.Identity // of the process, the owner, or the process concerned
}

// word makes the test for a bare word: it stands somewhere in the main text, or
// it is the process id of a row that has one.
func word(kind Kind, s string) (func(*row) bool, error) {
	p, err := newPattern(quoteMeta(s))
	if err != nil {
		return nil, err
	}
	t := &textTest{op: opMatch, pattern: p}
	texts := mainTexts[kind]
	pid, notNumber := strconv.Atoi(s)
	ofPID, samePID := fieldOf(kind, "pid"), numberTest{opEqual, float64(pid)}
	return func(r *row) bool {
		for _, text := range texts {
			if text(r, t) {
				return true
			}
		}
		return notNumber == nil && ofPID != nil && ofPID.number(r, samePID)
	}, nil
}

// Quote writes s so that it is one word or value in an expression, where that
// can be done: a text that holds both kinds of quotes cannot.
func Quote(s string) string {
	if strings.Contains(s, `"`) {
		return "'" + s + "'"
	}
	return `"` + s + `"`
}
