package config

import (
	"fmt"
	"strings"

	"github.com/smoothtask/smoothtask/internal/safetext"
)

// Error is one thing that is wrong in a configuration. Its text names the place,
// the key, what was found and what is allowed.
type Error struct {
	File    string // "" when the value came from no file; a flag such as --interval
	Line    int    // 1 is the first; 0 is unknown
	Column  int    // in bytes, 1 is the first; 0 is unknown
	Key     string // performance.parallel_workers, threats.allow[0].exe; "" for a syntax error
	Found   string
	Allowed string
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(safetext.Clean(e.File))
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
			if e.Column > 0 {
				fmt.Fprintf(&b, ":%d", e.Column)
			}
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(safetext.Clean(e.Key) + ": ")
	}
	b.WriteString("found " + safetext.Clean(e.Found))
	if e.Allowed != "" {
		b.WriteString("; allowed: " + e.Allowed)
	}
	return b.String()
}

// Errors is everything that is wrong, in the order of the file; never empty.
type Errors []*Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As each Error.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}
