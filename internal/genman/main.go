// Command genman writes the manual pages of the commands, and that of the filter
// language, to the directory that is its argument, for packagers: make man. It is
// apart from the program so that what makes manual pages is not linked into that.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/smoothtask/smoothtask/internal/cli"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "genman: found no directory to write to; give one: genman DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "genman: cannot write manual pages: %v\n", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "smoothtask-filter.7"), filterPage(), 0o644); err != nil {
		return err
	}
	root := cli.Command()
	root.DisableAutoGenTag = true
	root.InitDefaultHelpCmd()
	return writeCommand(root, dir)
}

// writeCommand writes the page of a command and those of the commands below it.
func writeCommand(cmd *cobra.Command, dir string) error {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" && c.Name() != "completion" {
			if err := writeCommand(c, dir); err != nil {
				return err
			}
		}
	}
	page, err := commandPage(cmd)
	if err != nil {
		return err
	}
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	return os.WriteFile(filepath.Join(dir, name+".1"), page, 0o644)
}

// commandPage is what cobra makes of a command, with the values of options under the
// names that the text calls them by, and with what holds for all commands on the page
// of the program.
func commandPage(cmd *cobra.Command) ([]byte, error) {
	var b strings.Builder
	title := strings.ToUpper(strings.ReplaceAll(cmd.CommandPath(), " ", "-"))
	if err := doc.GenMan(cmd, &doc.GenManHeader{Title: title, Section: "1", Source: "Smoothtask"}, &b); err != nil {
		return nil, err
	}
	page := b.String()
	named := func(f *pflag.Flag) {
		value, _ := pflag.UnquoteUsage(f)
		from, to := fmt.Sprintf(`\fB--%s\fP=`, f.Name), fmt.Sprintf(`\fB--%s\fP`, f.Name)
		if value != "" {
			to += ` \fI` + value + `\fP`
		}
		before, after, ok := strings.Cut(page, from)
		if !ok {
			before, after, ok = strings.Cut(page, to+"[=")
		}
		if !ok {
			return
		}
		_, after, _ = strings.Cut(after, "\n")
		if d := f.DefValue; value != "" && d != "" && d != "[]" {
			to += " (" + roff(d) + ")"
		}
		page = before + to + "\n" + after
	}
	cmd.NonInheritedFlags().VisitAll(named)
	cmd.InheritedFlags().VisitAll(named)
	if cmd.HasParent() {
		return []byte(page), nil
	}
	page = strings.Replace(page, `\fBsmoothtask [flags]\fP`, `\fBsmoothtask [flags] [command]\fP`, 1)
	head, also, ok := strings.Cut(page, ".SH SEE ALSO\n")
	if !ok {
		return nil, fmt.Errorf("the page of %s has no SEE ALSO", cmd.Name())
	}
	return []byte(head + common + "\n.SH SEE ALSO\n" + strings.TrimSuffix(also, "\n") + `, \fBsmoothtask-filter(7)\fP` + "\n"), nil
}
