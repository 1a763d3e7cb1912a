package cli

import (
	"errors"

	"github.com/smoothtask/smoothtask/filter"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/report"
)

// selection is what --filter keeps of a report. The expression is read for
// processes, sockets and findings each. Lists for which it makes no sense, since
// it names fields that they do not have, keep what belongs to the processes that
// are kept.
type selection struct {
	process, socket, finding *filter.Filter // nil: the expression makes no sense there
	data                     filter.Data
}

// newSelection compiles the expression; it must make sense for at least one list.
func newSelection(text string) (*selection, error) {
	s := &selection{}
	var first error
	for _, k := range []struct {
		kind filter.Kind
		at   **filter.Filter
	}{{filter.Processes, &s.process}, {filter.Sockets, &s.socket}, {filter.Findings, &s.finding}} {
		f, err := filter.Compile(k.kind, text)
		if err == nil {
			*k.at = f
		} else if first == nil {
			first = err
		}
	}
	if s.process == nil && s.socket == nil && s.finding == nil {
		var e *filter.Error
		if errors.As(first, &e) {
			return nil, usagef("%w\n%s", e, e.Caret())
		}
		return nil, usagef("--filter: %w", first)
	}
	return s, nil
}

// apply chooses what a report of the frame shows.
func (s *selection) apply(f *monitor.Frame, o *report.Options) {
	snap := f.Snapshot
	s.data.Reset(snap, f.Rates, f.Threats.Findings)
	sockets := make([]bool, len(snap.Sockets))
	findings := make([]bool, len(f.Threats.Findings))
	processes := make([]bool, len(snap.Processes))
	mark := func(k metrics.ProcKey) {
		if i := snap.Find(k.PID); i >= 0 && snap.Processes[i].Key == k {
			processes[i] = true
		}
	}
	for i := range sockets {
		if sockets[i] = s.socket != nil && s.socket.Socket(&s.data, i); sockets[i] && s.process == nil {
			mark(snap.Sockets[i].Owner)
		}
	}
	for i := range findings {
		if findings[i] = s.finding != nil && s.finding.Finding(&s.data, i); findings[i] && s.process == nil {
			mark(f.Threats.Findings[i].Subject.Key)
		}
	}
	kept := func(k metrics.ProcKey) bool {
		i := snap.Find(k.PID)
		return i >= 0 && processes[i] && snap.Processes[i].Key == k
	}
	if s.process != nil {
		for i := range processes {
			processes[i] = s.process.Process(&s.data, i)
		}
	}
	if s.socket == nil {
		for i := range sockets {
			sockets[i] = kept(snap.Sockets[i].Owner)
		}
	}
	if s.finding == nil {
		for i := range findings {
			findings[i] = kept(f.Threats.Findings[i].Subject.Key)
		}
	}
	o.Process = func(i int) bool { return processes[i] }
	o.Socket = func(i int) bool { return sockets[i] }
	o.Finding = func(i int) bool { return findings[i] }
}
