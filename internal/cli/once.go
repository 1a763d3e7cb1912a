package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/report"
	"github.com/smoothtask/smoothtask/threats"
)

// formats are the encoders of --format.
var formats = map[string]func(io.Writer, *monitor.Frame, report.Options) error{
	"text":       report.Text,
	"json":       report.JSON,
	"ndjson":     report.NDJSON,
	"ocsf":       report.OCSF,
	"ecs":        report.ECS,
	"prometheus": report.Prometheus,
}

// onceDeadline is how long a single report waits for its sources.
const onceDeadline = 5 * time.Second

// settleAtMost is how long a single report waits for checks in the background,
// beyond its window.
const settleAtMost = 2 * time.Second

// paperWidth is the width of a text report where no terminal tells one.
const paperWidth = 120

// runOnce prints one report: two cycles one window apart, or one when rates are
// since the start of each process.
func runOnce(cmd *cobra.Command, f *flags) (err error) {
	encode, ok := formats[f.format]
	if !ok {
		return usagef("--format %q is none; choose text, json, ndjson, ocsf, ecs or prometheus", f.format)
	}
	c, _, err := f.settings(cmd)
	if err != nil {
		return err
	}
	var view report.Options
	var keep *selection
	if f.filter != "" {
		if keep, err = newSelection(f.filter); err != nil {
			return err
		}
	}
	profiles, err := f.profile.start(cmd.ErrOrStderr(), nil)
	if err != nil {
		return err
	}
	defer func() { err = profiles.end(err) }()
	window := c.Monitor.Window
	m, err := build(&c, purpose{once: true, sinceStart: window == 0, deadline: onceDeadline})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	frame, err := m.once(cmd.Context(), window)
	if err != nil {
		return interrupted(cmd.Context(), "before the report was complete")
	}
	if keep != nil {
		keep.apply(frame, &view)
	}
	out := cmd.OutOrStdout()
	view.Width = paperWidth
	if file := terminal(out); file != nil {
		view.Color = f.color()
		if w, _, err := term.GetSize(file.Fd()); err == nil {
			view.Width = w
		}
	}
	view.ASCII = c.UI.ASCII == "always"
	if err := encode(out, frame, view); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return failOn(&c, frame)
}

// once makes the frame of a single report. An error means that ctx ended.
func (m *machine) once(ctx context.Context, window time.Duration) (*monitor.Frame, error) {
	frame, err := m.monitor.Cycle(ctx)
	if err != nil || window == 0 {
		return frame, err
	}
	frame.Release()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(window):
	}
	m.settle(ctx, settleAtMost)
	return m.monitor.Cycle(ctx)
}

// failOn gives the exit code that the findings ask for.
func failOn(c *config.Config, f *monitor.Frame) error {
	if c.Threats.FailOn == "none" {
		return nil
	}
	least, err := threats.ParseSeverity(c.Threats.FailOn)
	if err != nil {
		return usageError{err}
	}
	if worst, any := f.Threats.Worst(); any && worst >= least {
		return codeError(exitFindings)
	}
	return nil
}
