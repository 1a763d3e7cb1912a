package cli

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/smoothtask/smoothtask/config"
)

// flags are those of the command itself and of its subcommands.
type flags struct {
	config   string
	interval time.Duration
	window   time.Duration
	source   string
	failOn   string
	rules    []string
	baseline string
	filter   string
	format   string
	theme    string
	once     bool
	noColor  bool
	ascii    bool
	readonly bool
	profile  profileFlags
}

func (f *flags) register(cmd *cobra.Command) {
	p := cmd.PersistentFlags()
	p.StringVar(&f.config, "config", "", "read the settings from `FILE` instead of the usual places")
	p.StringVar(&f.source, "source", "auto", "read processes from `SOURCE`: auto, ebpf, procfs, gopsutil")
	p.StringArrayVar(&f.rules, "rules", nil, "also load the Sigma rules in `DIR`; may be repeated")
	p.BoolVar(&f.noColor, "no-color", false, "no colour; the same as NO_COLOR in the environment")

	l := cmd.Flags()
	l.BoolVar(&f.once, "once", false, "print one report and exit; needs no terminal")
	l.StringVar(&f.format, "format", "text", "`FORMAT` of the report: text, json, ndjson, ocsf, ecs, prometheus")
	l.DurationVar(&f.window, "window", time.Second, "`TIME` over which --once measures rates; 0: since the start of each process")
	l.StringVar(&f.filter, "filter", "", "report only what matches `EXPRESSION`, as on the screen")
	l.StringVar(&f.failOn, "fail-on", "none", "exit with 3 when --once finds a threat of this `SEVERITY` or above")
	l.StringVar(&f.baseline, "baseline", "", "report what changed since the baseline in `FILE`")
	l.DurationVar(&f.interval, "interval", time.Second, "`TIME` between two refreshes of the screen; over ssh 2s unless set")
	l.BoolVar(&f.readonly, "readonly", false, "no signals, priorities or allow entries: only look")
	l.StringVar(&f.theme, "theme", "auto", "`THEME` of the screen: auto, dark, light, high-contrast, okabe-ito, mono")
	l.BoolVar(&f.ascii, "ascii", false, "draw with ASCII characters only")
	f.profile.register(l)
}

// settings loads the configuration and lays the flags over it.
func (f *flags) settings(cmd *cobra.Command) (config.Config, config.Origins, error) {
	c, origins, err := config.Load(f.config, os.Getenv)
	if err != nil {
		return c, origins, usageError{err}
	}
	set := func(flag, key string, apply func()) {
		if fl := cmd.Flag(flag); fl != nil && fl.Changed {
			apply()
			origins.SetFlag(key, "--"+flag)
		}
	}
	set("interval", "monitor.interval", func() { c.Monitor.Interval = f.interval })
	set("window", "monitor.window", func() { c.Monitor.Window = f.window })
	set("source", "monitor.source", func() { c.Monitor.Source = f.source })
	set("fail-on", "threats.fail_on", func() { c.Threats.FailOn = f.failOn })
	set("rules", "threats.rules_dirs", func() { c.Threats.RulesDirs = append(c.Threats.RulesDirs, f.rules...) })
	set("baseline", "threats.baseline", func() { c.Threats.Baseline = f.baseline })
	set("readonly", "readonly", func() { c.ReadOnly = f.readonly })
	set("theme", "ui.theme", func() { c.UI.Theme = f.theme })
	set("ascii", "ui.ascii", func() {
		if c.UI.ASCII = "never"; f.ascii {
			c.UI.ASCII = "always"
		}
	})
	if err := c.Validate(origins); err != nil {
		return c, origins, usageError{err}
	}
	return c, origins, checkScreen(&c, origins)
}

// color reports whether output to a terminal may be coloured: NO_COLOR counts
// when it is present and not empty, https://no-color.org.
func (f *flags) color() bool {
	return !f.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
