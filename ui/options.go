package ui

import (
	"context"
	"os"
	"syscall"
	"time"

	"github.com/smoothtask/smoothtask/action"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

// Options is all that the screen is given. Every function may be nil: what it
// stands for is then not offered.
type Options struct {
	Frames  <-chan *monitor.Frame // the latest wins; closed when there will be no more
	Version string
	Notice  string // for the footer at the start; "" is nothing

	// Inspect reads the details of one process for its dossier.
	Inspect func(ctx context.Context, key metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error)
	// Operator does what the operator confirmed; nil, or Readonly, removes the actions.
	Operator Operator
	// AllowEntry tells what an allow entry for the finding would say and cover, and
	// Allow writes it for good.
	AllowEntry func(f *threats.Finding) (string, error)
	Allow      func(f *threats.Finding, terms AllowTerms) (where string, err error)
	// SetInterval asks for another time between frames.
	SetInterval func(d time.Duration)
	// Watch tells which processes are on the screen, so that their dear values are
	// read. The slice is only lent.
	Watch func(pids []int32)

	ExportDir string // where files are written; "" is the working directory
	StatePath string // remembers view, sort and columns; "" remembers nothing

	Theme    string              // name of a theme, or "auto"
	ASCII    bool                // printable ASCII only
	NoColor  bool                // no colour, but bold and underline
	Mouse    bool                // clicks and wheel
	Readonly bool                // no actions
	Remote   bool                // over a slow line: fewer changes
	Root     bool                // the program runs as root
	View     string              // the first view; "" is the one remembered
	Sort     string              // column of the process table to sort by; "" is the one remembered
	Columns  []string            // of the process table, in order; nil: by the width
	Keys     map[string][]string // action to keys, in place of its defaults
	Filters  []SavedFilter

	Meter *monitor.Meter   // counts what the screen costs; nil counts nothing
	Now   func() time.Time // nil is time.Now

	Input, Output *os.File                 // the terminal; nil is standard input and output
	Getenv        func(name string) string // nil is os.Getenv
}

// SavedFilter is a filter with a name.
type SavedFilter struct{ Name, Text string }

// Operator acts on processes; *action.Operator does.
type Operator interface {
	Signal(t action.Target, sig syscall.Signal) action.Result
	Renice(t action.Target, nice int) action.Result
}

// withDefaults fills what was left out.
func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Theme == "" {
		o.Theme = "auto"
	}
	if o.Readonly {
		o.Operator, o.Allow, o.AllowEntry = nil, nil, nil
	}
	return o
}
