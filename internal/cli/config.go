package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/smoothtask/smoothtask/config"
)

func newConfig(f *flags) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "show or check the settings", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "show",
		Short: "print the settings in force and where each came from",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, origins, err := f.settings(cmd)
			if err != nil {
				return err
			}
			return config.Render(cmd.OutOrStdout(), &c, origins)
		},
	}, &cobra.Command{
		Use:   "check [FILE]",
		Short: "check a configuration file, or the one in use",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := f.config
			if len(args) > 0 {
				path = args[0]
			}
			c, origins, err := config.Load(path, os.Getenv)
			if err != nil {
				return usageError{err}
			}
			if err := checkScreen(&c, origins); err != nil {
				return err
			}
			file := origins.File
			if file == "" {
				file = "no file: the defaults"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: ok\n", file)
			return nil
		},
	})
	return cmd
}
