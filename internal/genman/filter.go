package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/smoothtask/smoothtask/filter"
)

// filterPage is the manual page of the filter language, with its fields as the
// package has them.
func filterPage() []byte {
	var b bytes.Buffer
	b.WriteString(`.TH SMOOTHTASK\-FILTER 7 "" "Smoothtask" ""
.SH NAME
smoothtask\-filter \- what the filters of smoothtask(1) are made of
.SH DESCRIPTION
A term is a field, an operator and a value:
.BR = ,
.BR != ,
.B ~
(regular expression, RE2, whatever the case),
.BR !~ ,
.BR < ,
.BR <= ,
.BR > ,
.BR >= .
Terms are joined by
.BR and ,
.BR or ,
.B not
and parentheses; side by side they mean
.BR and .
A word alone is looked for in the row. Sizes are written as 100MB, shares as 5%, times as 5m or 1h30m. What is not
known compares false. A field with several values, such as the ports of a process, compares true when any value does.
.SH EXAMPLES
.nf
`)
	for _, text := range []string{"user!=root and exe.deleted and listen>1024", "rss>100MB (cpu>5% or age<5m) not kernel",
		"severity>=high or technique~^T1574", "memory.used>90% or throttled>5%"} {
		b.WriteString(roff(text) + "\n")
	}
	b.WriteString(".fi\n")
	for _, kind := range filter.Kinds() {
		fmt.Fprintf(&b, ".SH FIELDS OF %s\n", strings.ToUpper(kind.String()))
		for _, f := range filter.Fields(kind) {
			about := f.About
			if len(f.Values) > 0 {
				about += ": " + strings.Join(f.Values, ", ")
			}
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(f.Name), roff(about))
		}
	}
	b.WriteString(".SH SEE ALSO\nsmoothtask(1)\n")
	return b.Bytes()
}

// roff writes text so that none of it is taken for a request.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
