package ui

import (
	"errors"

	"github.com/smoothtask/smoothtask/filter"
	"github.com/smoothtask/smoothtask/metrics"
)

// query is the filter of one view. While the text has an error, what passed
// before goes on to pass.
type query struct {
	kind  filter.Kind
	plain bool // rows that are no more than a name: the text is looked for in it
	text  string
	lower []byte
	good  *filter.Filter
	err   error

	joint    bool           // rows of processes and of findings
	findings *filter.Filter // of both: good as one for findings; nil where it cannot be asked of them
}

// newQueries makes the filters of all views.
func newQueries() (q [viewCount]query) {
	q[overviewView].joint = true
	q[networkView].kind = filter.Sockets
	q[threatView].kind = filter.Findings
	q[cgroupView].kind = filter.Cgroups
	q[performanceView].plain = true
	return q
}

// set takes a new text.
func (q *query) set(text string) {
	q.text, q.err = text, nil
	q.lower = q.lower[:0]
	for i := range len(text) {
		q.lower = append(q.lower, lowerByte(text[i]))
	}
	if q.plain {
		return
	}
	f, err := filter.Compile(q.kind, text)
	if err != nil {
		q.err = err
		return
	}
	q.good = f
	if q.joint {
		q.findings, _ = filter.Compile(filter.Findings, text)
	}
}

// inForce is the text that rows are chosen by now.
func (q *query) inForce() string {
	if q.plain {
		return q.text
	}
	return q.good.String()
}

// takes reports whether a text is a filter for the rows of the view.
func (q *query) takes(text string) bool {
	if q.plain {
		return false
	}
	_, err := filter.Compile(q.kind, text)
	return err == nil
}

// problem is where and why the text is wrong; column is in characters, from 0.
func (q *query) problem() (column int, why string) {
	var e *filter.Error
	if errors.As(q.err, &e) {
		return e.Column() - 1, "expected " + e.Expected
	}
	return 0, q.err.Error()
}

// names reports whether a row that is no more than a name passes.
func (q *query) names(s string) bool {
	n := len(q.lower)
	for i := 0; i+n <= len(s); i++ {
		k := 0
		for k < n && lowerByte(s[i+k]) == q.lower[k] {
			k++
		}
		if k == n {
			return true
		}
	}
	return n == 0
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// gone has filters look at processes that have just ended.
func (q *query) gone(d *filter.Data, list []goneProcess) []int32 {
	var index []int32
	snap, rates := &metrics.Snapshot{}, &metrics.Rates{}
	for i := range list {
		snap.Processes = append(snap.Processes, list[i].process)
		rates.Processes = append(rates.Processes, list[i].rate)
	}
	d.Reset(snap, rates, nil)
	for i := range list {
		if q.good.Process(d, i) {
			index = append(index, int32(i))
		}
	}
	return index
}
