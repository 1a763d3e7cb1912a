package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/threats"
)

func newBaseline(f *flags) *cobra.Command {
	cmd := &cobra.Command{Use: "baseline", Short: "remember a machine in known good order, to see what changes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "save FILE",
		Short: "save listeners, root's programs, start-up files, modules and accounts",
		Long: `Save writes what the machine is like now: who listens, which programs run as
root, the files from which things are started, kernel modules, accounts. Give
the file to --baseline later to see what has changed since.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return saveBaseline(cmd, f, args[0]) },
	})
	return cmd
}

func saveBaseline(cmd *cobra.Command, f *flags, path string) (err error) {
	c, _, err := f.settings(cmd)
	if err != nil {
		return err
	}
	c.Threats.Enabled = false
	m, err := build(&c, purpose{once: true, sinceStart: true, deadline: onceDeadline})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	frame, err := m.monitor.Cycle(cmd.Context())
	if err != nil {
		return interrupted(cmd.Context(), "before anything was saved")
	}
	b := threats.Capture(frame.Snapshot, m.engine.Files())
	if err := writeFile(path, b); err != nil {
		return fmt.Errorf("cannot save the baseline: %w", err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "smoothtask: saved %s to %s\n", b.Counts(), path)
	if os.Geteuid() != 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "smoothtask: not all could be read: save it as root to compare everything")
	}
	return nil
}

// writeFile writes beside the file and renames, so that a full disk leaves the
// old one. What is in it is for its owner only.
func writeFile(path string, b *threats.Baseline) (err error) {
	t, err := os.CreateTemp(filepath.Dir(path), ".baseline-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(t.Name()))
		}
	}()
	if err := errors.Join(b.Write(t), t.Sync(), t.Close()); err != nil {
		return err
	}
	return os.Rename(t.Name(), path)
}

// loadBaseline reads the file that the settings name; nil when they name none.
func loadBaseline(c *config.Config) (*threats.Baseline, error) {
	if c.Threats.Baseline == "" {
		return nil, nil
	}
	info, err := os.Stat(c.Threats.Baseline)
	if err == nil && !info.Mode().IsRegular() { // a FIFO would wait for a writer
		err = fmt.Errorf("%s: not a regular file", c.Threats.Baseline)
	}
	if err != nil {
		return nil, usagef("cannot read the baseline: %w", err)
	}
	f, err := os.Open(c.Threats.Baseline)
	if err != nil {
		return nil, usagef("cannot read the baseline: %w", err)
	}
	defer f.Close()
	b, err := threats.ReadBaseline(f, c.Threats.Baseline)
	if err != nil {
		return nil, usageError{err}
	}
	return b, nil
}
