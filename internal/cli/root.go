package cli

import (
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker in a release build.
var version = "dev"

func newRoot(stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	f := &flags{}
	root := &cobra.Command{
		Use:   "smoothtask",
		Short: "terminal monitor for Linux servers that finds threats and shows its own cost",
		Long: `Smoothtask is a terminal monitor for Linux servers. It shows what the machine
does, finds threats in its live state with evidence, and shows its own cost
against goals. Without a terminal, use --once.`,
		Example: `  smoothtask                          the live screen
  smoothtask --once                   one report on stdout
  smoothtask --once --format json     the same for programs
  smoothtask --once --fail-on high    exit 3 when something bad is found
  smoothtask --once --filter 'user!=root and exe.deleted'`,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       versionText(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.once {
				return runOnce(cmd, f)
			}
			return runLive(cmd, f, stdin, stdout)
		},
	}
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	f.register(root)
	root.AddCommand(newBaseline(f), newBench(f), newConfig(f), newRules(f), newServe(f))
	strictArgs(root)
	return root
}

// Command is the tree of commands, for what describes them: Run executes it.
func Command() *cobra.Command { return newRoot(os.Stdin, os.Stdout, os.Stderr) }

// strictArgs makes wrong arguments a usage error, in all subcommands.
func strictArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usagef("%w; see %s --help", err, c.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		strictArgs(sub)
	}
}

// versionText tells the version, and the revision it was built from where the
// build knows it.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return version + " (" + s.Value[:12] + ", " + info.GoVersion + ")"
		}
	}
	return version + " (" + info.GoVersion + ")"
}
