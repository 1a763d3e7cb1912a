package sigma

import (
	"fmt"
	"io"
	"strings"
)

// Check reads rules as Load does and writes every problem, one a line, and a
// summary of what can be evaluated on a live system. It returns how many
// problems there are, notes apart.
func Check(w io.Writer, options Options, paths ...string) (problems int, err error) {
	sources := make([]Source, len(paths))
	for i, p := range paths {
		sources[i] = Path(p)
	}
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
		switch {
		case !e.Evaluable():
			fmt.Fprintf(&b, "%s:%d:%d: note: %s is not evaluable: needs %s\n", Printable(e.File), e.Line, max(e.Column, 1), quote(e.Title), strings.Join(e.Needs, ", "))
		case len(e.Without) > 0:
			fmt.Fprintf(&b, "%s:%d:%d: note: %s is evaluated without %s\n", Printable(e.File), e.Line, max(e.Column, 1), quote(e.Title), strings.Join(e.Without, ", "))
		}
	}
	rules, evaluable := len(set.Entries()), set.Evaluable()
	fmt.Fprintf(&b, "%d rules: %d evaluable, %d not; %d problems\n", rules, evaluable, rules-evaluable, problems)
	_, err = io.WriteString(w, b.String())
	return problems, err
}
