package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/report"
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
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runBench(cmd, f, b) },
	}
	cmd.Flags().IntVarP(&b.cycles, "cycles", "n", 100, "cycles to measure, after the first")
	cmd.Flags().DurationVar(&b.pause, "pause", 20*time.Millisecond, "time between two cycles")
	cmd.Flags().StringVar(&b.format, "format", "text", "of the result: text, json")
	cmd.Flags().BoolVar(&b.strict, "strict", false, "exit with 3 when a goal is missed at the 95th percentile")
	f.profile.register(cmd.Flags())
	return cmd
}

// benchResult is what bench prints; durations are in milliseconds.
type benchResult struct {
	Time      time.Time    `json:"time"`
	Host      string       `json:"host"`
	Kernel    string       `json:"kernel"`
	Cores     int          `json:"cores"`
	Source    string       `json:"source"`
	SourceWhy string       `json:"source_why"`
	Cycles    int          `json:"cycles"`
	Processes int          `json:"processes"`
	Sockets   int          `json:"sockets"`
	First     benchFirst   `json:"first_cycle"`
	Goals     []benchGoal  `json:"goals"`
	Parts     []*benchPart `json:"parts"`
	Allocs    float64      `json:"allocs_per_cycle"`
	Bytes     float64      `json:"alloc_bytes_per_cycle"`
	CPU       float64      `json:"cpu_ms_per_cycle"`
	RSS       float64      `json:"rss_mb"`
	PeakRSS   float64      `json:"peak_rss_mb"`
	Heap      float64      `json:"heap_mb"`
}

type benchFirst struct {
	Build   float64 `json:"build_ms"` // opening sources, loading programs
	Collect float64 `json:"collect_ms"`
	Detect  float64 `json:"detect_ms"`
}

// benchPart is the time of one part over all cycles in which it ran.
type benchPart struct {
	Kind string  `json:"kind"` // cycle, source, detector
	Name string  `json:"name"`
	Runs int     `json:"runs"`
	P50  float64 `json:"p50_ms"`
	P95  float64 `json:"p95_ms"`
	P99  float64 `json:"p99_ms"`
	Max  float64 `json:"max_ms"`
	took []float64
}

type benchGoal struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Goal  float64 `json:"goal"`
	Unit  string  `json:"unit"`
	Met   bool    `json:"met"`
}

func runBench(cmd *cobra.Command, f *flags, b *benchFlags) (err error) {
	if b.cycles < 1 || b.cycles > 1_000_000 {
		return usagef("--cycles %d: choose 1 to 1000000", b.cycles)
	}
	if b.format != "text" && b.format != "json" {
		return usagef("--format %q is none; choose text or json", b.format)
	}
	c, _, err := f.settings(cmd)
	if err != nil {
		return err
	}
	profiles, err := f.profile.start(cmd.ErrOrStderr())
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
		return interrupted(cmd.Context(), "before the result was complete")
	}
	r.First.Build = ms(built)
	if b.format == "json" {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetIndent("", "  ")
		err = enc.Encode(r)
	} else {
		err = r.write(cmd.OutOrStdout())
	}
	if err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	if b.strict && slices.ContainsFunc(r.Goals, func(g benchGoal) bool { return !g.Met }) {
		return codeError(exitFindings)
	}
	return nil
}

// measure runs the cycles, and does between them what a monitor does: its memory and
// its processors are looked after as often, counted in cycles.
func (m *machine) measure(ctx context.Context, c *config.Config, b *benchFlags, stderr io.Writer) (*benchResult, error) {
	frame, err := m.monitor.Cycle(ctx)
	if err != nil {
		return nil, err
	}
	r := &benchResult{Source: frame.Self.Source, SourceWhy: frame.Self.SourceWhy, Cycles: b.cycles, Cores: runtime.NumCPU(), Time: frame.At,
		First: benchFirst{Collect: frame.Self.KPIs[0].Last, Detect: frame.Self.KPIs[1].Last}}
	frame.Release()
	bar := newProgress(stderr, b.cycles)
	defer bar.end()
	var memory tender
	procs := newProcessors()
	defer procs.reset()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range b.cycles {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(b.pause):
		}
		cpu := ownCPU()
		if frame, err = m.monitor.Cycle(ctx); err != nil {
			return nil, err
		}
		if tendsAfter(i+1, c.Monitor.Interval) {
			memory.tend()
		}
		r.CPU += ms(ownCPU() - cpu)
		procs.follow(frame.Self)
		r.add(frame)
		r.sum(frame)
		frame.Release()
		bar.step(i + 1)
	}
	runtime.ReadMemStats(&after)
	n := float64(b.cycles)
	r.Allocs = float64(after.Mallocs-before.Mallocs) / n
	r.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / n
	r.CPU /= n
	for _, p := range r.Parts {
		p.percentiles()
	}
	r.judge(c)
	return r, nil
}

// part finds or makes the line of a part.
func (r *benchResult) part(kind, name string) *benchPart {
	for _, p := range r.Parts {
		if p.Kind == kind && p.Name == name {
			return p
		}
	}
	p := &benchPart{Kind: kind, Name: name}
	r.Parts = append(r.Parts, p)
	return p
}

func (p *benchPart) add(v float64) { p.took = append(p.took, v) }

// add takes the times of one cycle.
func (r *benchResult) add(f *monitor.Frame) {
	r.part("cycle", "collect").add(f.Self.KPIs[0].Last)
	r.part("cycle", "detect").add(f.Self.KPIs[1].Last)
	for i := range f.Snapshot.Sources {
		if s := &f.Snapshot.Sources[i]; !s.At.Before(f.At) {
			r.part("source", s.Name).add(ms(s.Took))
		}
	}
	for i := range f.Threats.Detectors {
		if d := &f.Threats.Detectors[i]; !d.LastRun.Before(f.At) {
			r.part("detector", d.ID).add(ms(d.Took))
		}
	}
}

// sum takes what the last cycle says of the machine and of the memory.
func (r *benchResult) sum(f *monitor.Frame) {
	h := &f.Snapshot.System.Host
	r.Host, r.Kernel = h.Name, h.Kernel
	r.Processes, r.Sockets = len(f.Snapshot.Processes), len(f.Snapshot.Sockets)
	rt := &f.Self.Runtime
	r.RSS, r.PeakRSS, r.Heap = mb(rt.RSSBytes), mb(rt.PeakRSSBytes), mb(rt.HeapBytes)
}

// percentiles are the least values that the share of all does not exceed, as those of
// the monitor's KPIs.
func (p *benchPart) percentiles() {
	slices.Sort(p.took)
	at := func(q float64) float64 { return p.took[max(int(math.Ceil(q*float64(len(p.took))))-1, 0)] }
	p.Runs, p.P50, p.P95, p.P99, p.Max = len(p.took), at(0.5), at(0.95), at(0.99), at(1)
}

// judge compares the 95th percentiles with the goals. The CPU goal speaks of one
// cycle for each interval.
func (r *benchResult) judge(c *config.Config) {
	add := func(name string, value, goal float64, unit string) {
		r.Goals = append(r.Goals, benchGoal{name, value, goal, unit, goal == 0 || value <= goal})
	}
	add("collect", r.part("cycle", "collect").P95, c.Goals.CollectMS, "ms")
	add("detect", r.part("cycle", "detect").P95, c.Goals.DetectMS, "ms")
	add("rss", r.RSS, c.Goals.RSSMB, "MB")
	add("cpu", 100*r.CPU/ms(c.Monitor.Interval), c.Goals.CPUPercent, "%")
}

func (r *benchResult) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %d cores; %d processes, %d sockets; source %s (%s)\n", r.Host, r.Kernel, r.Cores, r.Processes, r.Sockets, r.Source, r.SourceWhy)
	fmt.Fprintf(&b, "first cycle: built in %.1f ms, collected in %.1f ms, analysed in %.1f ms\n", r.First.Build, r.First.Collect, r.First.Detect)
	fmt.Fprintf(&b, "a cycle: %.1f ms CPU, %.0f allocations, %s; memory %.1f MB, peak %.1f MB, heap %.1f MB\n\n",
		r.CPU, r.Allocs, report.Bytes(uint64(r.Bytes)), r.RSS, r.PeakRSS, r.Heap)
	fmt.Fprintf(&b, "%-8s %10s %10s\n", "goal", "measured", "goal")
	for _, g := range r.Goals {
		verdict := "met"
		if !g.Met {
			verdict = "MISSED"
		}
		fmt.Fprintf(&b, "%-8s %7.2f %-2s %7g %-2s %s\n", g.Name, g.Value, g.Unit, g.Goal, g.Unit, verdict)
	}
	fmt.Fprintf(&b, "\n%-9s %-36s %6s %9s %9s %9s %9s\n", "", "over "+fmt.Sprint(r.Cycles)+" cycles, ms", "runs", "p50", "p95", "p99", "max")
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "%-9s %-36s %6d %9.3f %9.3f %9.3f %9.3f\n", p.Kind, p.Name, p.Runs, p.P50, p.P95, p.P99, p.Max)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func mb(n uint64) float64 { return float64(n) / (1 << 20) }
