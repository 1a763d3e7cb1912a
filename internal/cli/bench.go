package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// benchFlags are those of the bench command.
type benchFlags struct {
	cycles int
	pause  time.Duration
	format string
	strict bool
}

// newBench makes the command that measures the program on this machine.
func newBench(f *flags) *cobra.Command {
	b := &benchFlags{}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "measure collection and detection on this machine, against the goals",
		Long: `Bench makes cycles as the monitor does, and measures them as a whole and by
source and detector. The first cycle and the checks that it begins are not among
them; what comes so seldom that it runs in none has its time from there. Against
the goals stand

  collect, detect   the 95th percentile of the measured cycles
  rss               the most resident memory after a measured cycle
  cpu               the mean of a cycle, user and system, with the checks in the
                    background, as a share of the interval

An interrupt prints what was measured until then.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd, f, b) },
	}
	cmd.Flags().IntVarP(&b.cycles, "cycles", "n", 100, "cycles to measure, after the first")
	cmd.Flags().DurationVar(&b.pause, "pause", 20*time.Millisecond, "time between two cycles; checks in the background come by the clock, so that 1s shows their usual share")
	cmd.Flags().StringVar(&b.format, "format", "text", "of the result: text, json")
	cmd.Flags().BoolVar(&b.strict, "strict", false, "exit with 3 when a goal is missed, each by its statistic above")
	f.profile.register(cmd.Flags())
	return cmd
}

func (b *benchFlags) check() error {
	if b.cycles < 1 || b.cycles > 1_000_000 {
		return usagef("--cycles %d: choose 1 to 1000000", b.cycles)
	}
	if b.pause < 0 {
		return usagef("--pause %s: choose 0 or more", b.pause)
	}
	if b.format != "text" && b.format != "json" {
		return usagef("--format %q is none; choose text or json", b.format)
	}
	return nil
}

func runBench(cmd *cobra.Command, f *flags, b *benchFlags) (err error) {
	if err := b.check(); err != nil {
		return err
	}
	c, _, err := f.settings(cmd)
	if err != nil {
		return err
	}
	profiles, err := f.profile.start(cmd.ErrOrStderr(), nil)
	if err != nil {
		return err
	}
	defer func() { err = profiles.end(err) }()
	start := time.Now()
	m, err := build(&c, purpose{deadline: onceDeadline, ungoverned: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	built := time.Since(start)
	r, err := m.measure(cmd.Context(), &c, b, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	r.First.Build = ms(built)
	if err := r.print(cmd.OutOrStdout(), b.format); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	if r.Interrupted {
		return interrupted(cmd.Context(), fmt.Sprintf("after %d of %d cycles", r.Cycles, r.Asked))
	}
	if b.strict && slices.ContainsFunc(r.Goals, func(g benchGoal) bool { return !g.Met }) {
		return codeError(exitFindings)
	}
	return nil
}
