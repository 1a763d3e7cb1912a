package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"github.com/smoothtask/smoothtask/action"
	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui"
)

// sshInterval is the refresh over ssh, unless an interval was set.
const sshInterval = 2 * time.Second

// runLive shows the screen until the operator or the terminal goes.
func runLive(cmd *cobra.Command, f *flags, stdin io.Reader, stdout io.Writer) (err error) {
	in, out := terminal(stdin), terminal(stdout)
	if in == nil || out == nil {
		return usagef("the live screen needs a terminal, and there is none: use smoothtask --once for a report")
	}
	c, origins, err := f.settings(cmd)
	if err != nil {
		return err
	}
	remote := os.Getenv("SSH_CONNECTION") != ""
	if remote && origins.IsDefault("monitor.interval") {
		c.Monitor.Interval = sshInterval
	}
	meter := &monitor.Meter{}
	profiles, err := f.profile.start(cmd.ErrOrStderr(), meter)
	if err != nil {
		return err
	}
	defer func() { err = profiles.end(err) }()

	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	l := &live{cfg: &c, origins: origins, frames: make(chan *monitor.Frame, 1), meter: meter}
	o := l.options(f, remote)
	if profiles.url != "" {
		o.Notice = "profiles at " + profiles.url
	}
	o.Input, o.Output = in, out
	ended := make(chan error, 1)
	go func() {
		err := l.run(ctx)
		if err != nil {
			cancel() // the screen shows nothing new any more: end it, and tell why
		}
		ended <- err
	}()
	err = ui.Run(ctx, o)
	cancel()
	return errors.Join(err, <-ended)
}

// terminal is the stream if it is a terminal, else nil.
func terminal(stream any) *os.File {
	if f, ok := stream.(*os.File); ok && term.IsTerminal(f.Fd()) {
		return f
	}
	return nil
}

// live runs the monitor beside the screen. The screen is up before the machine
// is built: what it asks for until then is not there yet.
type live struct {
	cfg     *config.Config
	origins config.Origins
	frames  chan *monitor.Frame
	meter   *monitor.Meter
	machine atomic.Pointer[machine]
}

// run builds the machine, makes frames until ctx ends, and takes it down.
func (l *live) run(ctx context.Context) (err error) {
	m, err := build(l.cfg, purpose{deadline: max(2*l.cfg.Monitor.Interval, 2*time.Second), meter: l.meter})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	l.machine.Store(m)
	defer l.machine.Store(nil)
	sub := m.monitor.Subscribe()
	defer sub.Close()
	go l.forward(ctx, sub)
	go tendMemory(ctx)
	if err := m.monitor.Run(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// forward hands frames to the screen, the latest wins.
func (l *live) forward(ctx context.Context, sub *monitor.Subscription) {
	procs := newProcessors()
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-sub.C:
			procs.follow(f.Self)
			select {
			case old := <-l.frames:
				l.meter.AddLostFrame()
				old.Release()
			default:
			}
			l.frames <- f
		}
	}
}

// options fills what the screen is given.
func (l *live) options(f *flags, remote bool) ui.Options {
	c := l.cfg
	o := ui.Options{
		Frames: l.frames, Version: version, Meter: l.meter, Remote: remote,
		Inspect: l.inspect, SetInterval: l.setInterval, Watch: l.watch,
		ExportDir: c.Export.Directory, StatePath: statePath(os.Getenv),
		Theme: c.UI.Theme, ASCII: ascii(c.UI.ASCII, os.Getenv), NoColor: !f.color(), Mouse: c.UI.Mouse,
		Readonly: c.ReadOnly, Root: os.Geteuid() == 0, Keys: c.Keys, Filters: savedFilters(c),
	}
	// What nobody has set is what was remembered.
	if !l.origins.IsDefault("ui.view") {
		o.View = c.UI.View
	}
	if !l.origins.IsDefault("ui.sort") {
		o.Sort = c.UI.Sort
	}
	if len(c.UI.Columns) > 0 {
		o.Columns = c.UI.Columns
	}
	if !c.ReadOnly {
		o.Operator, o.AllowEntry, o.Allow = action.New(action.Options{}), l.allowEntry, l.allow
	}
	return o
}

func (l *live) inspect(ctx context.Context, key metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	m := l.machine.Load()
	if m == nil || m.sources.inspector == nil {
		return nil, errors.New("details of a process cannot be read on this system")
	}
	return m.sources.inspector.Inspect(ctx, key, parts)
}

func (l *live) setInterval(d time.Duration) {
	if m := l.machine.Load(); m != nil {
		m.monitor.SetInterval(d)
	}
}

func (l *live) watch(pids []int32) {
	if m := l.machine.Load(); m != nil && m.sources.watch != nil {
		m.sources.watch(pids)
	}
}

// allowEntry shows what an allow entry for the finding would say and cover.
func (l *live) allowEntry(f *threats.Finding) (string, error) {
	m := l.machine.Load()
	if m == nil {
		return "", errors.New("the monitor has not started yet")
	}
	a := threats.AllowFor(f)
	covered := m.engine.Preview(a)
	var b strings.Builder
	entry := configAllow(&a, ui.AllowTerms{})
	b.WriteString(entry.TOML())
	b.WriteString("\nNow it would cover:\n")
	count := map[string]int{}
	for i := range covered {
		count[covered[i].Info.ID+"  "+covered[i].Title]++
	}
	for _, what := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(&b, "%3d × %s\n", count[what], what)
	}
	return b.String(), nil
}

// allow writes the entry to the operator's configuration, and puts it into force.
func (l *live) allow(f *threats.Finding, terms ui.AllowTerms) (string, error) {
	m := l.machine.Load()
	if m == nil {
		return "", errors.New("the monitor has not started yet")
	}
	path := l.origins.File
	if path == "" {
		if path = config.UserPath(os.Getenv); path == "" {
			return "", errors.New("no place for a configuration: set HOME or XDG_CONFIG_HOME, or use --config")
		}
	}
	a := threats.AllowFor(f)
	entry := configAllow(&a, terms)
	if err := config.AppendAllow(path, entry); err != nil {
		return "", err
	}
	l.cfg.Threats.Allow = append(l.cfg.Threats.Allow, entry)
	m.engine.SetAllow(threatsAllow(l.cfg.Threats.Allow))
	return path, nil
}

// configAllow turns an entry of the engine into one of the configuration.
func configAllow(a *threats.Allow, terms ui.AllowTerms) config.Allow {
	return config.Allow{Detector: a.Detector, Exe: a.Exe, SHA256: a.SHA256, User: a.User, Cmdline: a.Cmdline,
		Image: a.Image, Subject: a.Subject, Reason: terms.Reason, Expires: terms.Expires}
}

// statePath is where the screen remembers itself, after the XDG base directory
// specification; "" where the environment names no home.
func statePath(getenv func(string) string) string {
	dir := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		home := getenv("HOME")
		if !filepath.IsAbs(home) {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "smoothtask", "state.json")
}

// ascii decides whether the terminal gets ASCII only: auto looks at the locale,
// as locale(7) orders its variables, and at the kind of terminal.
func ascii(setting string, getenv func(string) string) bool {
	switch setting {
	case "always":
		return true
	case "never":
		return false
	}
	if t := getenv("TERM"); t == "dumb" || t == "linux" || strings.HasPrefix(t, "vt") {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			v = strings.ToLower(v)
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}
