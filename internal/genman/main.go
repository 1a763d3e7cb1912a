// Command genman writes the manual pages of the commands, and that of the filter
// language, to the directory that is its argument, for packagers: make man. It is apart from the program so that
// what makes manual pages is not linked into that.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/smoothtask/smoothtask/internal/cli"
	"github.com/spf13/cobra/doc"
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
	root := cli.Command()
	root.DisableAutoGenTag = true
	if err := os.WriteFile(filepath.Join(dir, "smoothtask-filter.7"), filterPage(), 0o644); err != nil {
		return err
	}
	return doc.GenManTree(root, &doc.GenManHeader{Title: "SMOOTHTASK", Section: "1", Source: "Smoothtask"}, dir)
}
