package sigma

import (
	"fmt"
	"io"
	"strings"
)

// Check reads rules as Load does and writes every problem, one a line, and a
// summary of what can be evaluated on a live system. It returns how many
// problems there are, notes apart.
func Check(w io.Writer, options Options, sources ...Source) (problems int, err error) {
	set := Load(options, sources...)
	var b strings.Builder
	for i := range set.Problems() {
		p := &set.Problems()[i]
		if !p.Note {
			problems++
		}
		b.WriteString(p.Error() + "\n")
	}
	for _, e := range set.Entries() {
		if verdict := e.Verdict(); verdict != "yes" {
			p := Problem{File: e.File, Line: e.Line, Column: e.Column, Note: true, What: "rule " + quote(e.Title) + ": evaluable: " + verdict}
			if !e.Evaluable() {
				p.What = "rule " + quote(e.Title) + " is " + verdict
			}
			b.WriteString(p.Error() + "\n")
		}
	}
	rules, evaluable := len(set.Entries()), set.Evaluable()
	fmt.Fprintf(&b, "%s: %d evaluable, %d not evaluable; %s\n", plural(rules, "rule"), evaluable, rules-evaluable, plural(problems, "problem"))
	_, err = io.WriteString(w, b.String())
	return problems, err
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
