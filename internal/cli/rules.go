package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/smoothtask/smoothtask/internal/safetext"
	"github.com/smoothtask/smoothtask/threats/rules"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

func newRules(f *flags) *cobra.Command {
	var placeholders []string
	cmd := &cobra.Command{Use: "rules", Short: "check, list or try Sigma rules", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.PersistentFlags().StringArrayVar(&placeholders, "placeholder", nil, "a value for %NAME% in rules, as `NAME=VALUE`; may be repeated")
	cmd.AddCommand(&cobra.Command{
		Use:   "check PATH...",
		Short: "say what is wrong with rules, where, and how to mend it",
		Long: `Reads rule files and directories and prints each problem as file:line:column.
Rules that need what a live system does not have are no problem: they are listed
as not evaluable. Exits with 2 when there is a problem.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := ruleOptions(placeholders)
			if err != nil {
				return err
			}
			problems, err := sigma.Check(cmd.OutOrStdout(), options, rulePaths(args)...)
			if err == nil && problems > 0 {
				err = codeError(exitUsage)
			}
			return err
		},
	}, &cobra.Command{
		Use:   "list",
		Short: "list the rules that are in force",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := f.settings(cmd)
			if err != nil {
				return err
			}
			options, err := ruleOptions(placeholders)
			if err != nil {
				return err
			}
			set := sigma.Load(options, append(rulePaths(c.Threats.RulesDirs), sigma.Embedded(rules.Name, rules.FS))...)
			problems := showProblems(cmd.ErrOrStderr(), set)
			if err := sigma.List(cmd.OutOrStdout(), set); err != nil {
				return err
			}
			return badRules(problems)
		},
	}, &cobra.Command{
		Use:   "eval [FILE|-]",
		Short: "try rules on events",
		Long: `Reads events, one JSON object a line, from FILE or standard input:

  {"category": "process_creation", "event": {"Image": "/bin/sh", "CommandLine": "sh -c id"}}

and prints for each, in order, the ids of the rules that match it:

  {"match": ["d292e0af-9a18-420c-9525-ec0ac3936892"]}

With --rules DIR only the rules there are tried, without it the built-in ones.
Events may have fields and categories of any name; "time" beside "event" gives
correlation rules their clock.`,
		Example: `  smoothtask rules eval --rules ./rules events.ndjson`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := ruleOptions(placeholders)
			if err != nil {
				return err
			}
			options.AnyField = true
			sources := rulePaths(f.rules)
			if len(sources) == 0 {
				sources = []sigma.Source{sigma.Embedded(rules.Name, rules.FS)}
			}
			in := cmd.InOrStdin()
			if len(args) > 0 && args[0] != "-" {
				file, err := os.Open(args[0])
				if err != nil {
					return usagef("cannot read events: %w", err)
				}
				defer file.Close()
				in = file
			}
			set := sigma.Load(options, sources...)
			problems := showProblems(cmd.ErrOrStderr(), set)
			if err := sigma.Eval(in, cmd.OutOrStdout(), set); err != nil {
				return err
			}
			return badRules(problems)
		},
	})
	return cmd
}

func rulePaths(paths []string) []sigma.Source {
	var sources []sigma.Source
	for _, p := range paths {
		sources = append(sources, sigma.Path(p))
	}
	return sources
}

// ruleOptions reads NAME=VALUE pairs.
func ruleOptions(pairs []string) (sigma.Options, error) {
	o := sigma.Options{Placeholders: make(map[string][]string)}
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if name = strings.Trim(name, "%"); !ok || name == "" {
			return o, usagef("--placeholder %q: write NAME=VALUE", pair)
		}
		o.Placeholders[name] = append(o.Placeholders[name], value)
	}
	return o, nil
}

// showProblems prints what is wrong with the rules of a set, notes apart, and
// counts it.
func showProblems(w io.Writer, set *sigma.Set) (n int) {
	for _, p := range set.Problems() {
		if !p.Note {
			n++
			fmt.Fprintf(w, "smoothtask: %s\n", safetext.Clean(p.Error()))
		}
	}
	return n
}

// badRules is the error for rules that were left out, once the others were used.
func badRules(problems int) error {
	if problems > 0 {
		return codeError(exitUsage)
	}
	return nil
}
