package sigma

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// List writes a table of all rules of a set, one a line.
func List(w io.Writer, set *Set) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tLEVEL\tEVALUABLE\tHITS\tTIME\tTAGS\tSOURCE\tTITLE")
	for _, e := range set.Entries() {
		stats := e.Stats()
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s:%d\t%s\n", Printable(e.ID), e.Level, e.Verdict(), stats.Hits, stats.Time,
			Printable(strings.Join(e.Tags, ",")), Printable(e.File), e.Line, Printable(e.Title))
	}
	return t.Flush()
}

// Verdict says whether the rule is evaluable, and else what it needs.
func (e *Entry) Verdict() string {
	switch {
	case !e.Evaluable():
		return "not evaluable: needs " + strings.Join(e.Needs, ", ")
	case len(e.Without) > 0:
		return "yes, without " + strings.Join(e.Without, ", ")
	}
	return "yes"
}
