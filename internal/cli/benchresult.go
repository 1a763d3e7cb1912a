package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/report"
)

// benchResult is what bench prints; durations are in milliseconds.
type benchResult struct {
	Time        time.Time    `json:"time"`
	Host        string       `json:"host"`
	Kernel      string       `json:"kernel"`
	Cores       int          `json:"cores"`
	Source      string       `json:"source"`
	SourceWhy   string       `json:"source_why"`
	Cycles      int          `json:"cycles"` // that were measured
	Asked       int          `json:"cycles_asked"`
	Interrupted bool         `json:"interrupted"`
	Processes   int          `json:"processes"`
	Sockets     int          `json:"sockets"`
	First       benchFirst   `json:"first_cycle"`
	Goals       []benchGoal  `json:"goals"`
	Parts       []*benchPart `json:"parts"`
	Allocs      float64      `json:"allocs_per_cycle"`
	Bytes       float64      `json:"alloc_bytes_per_cycle"`
	CPU         float64      `json:"cpu_ms_per_cycle"` // with the background, without the progress bar
	RSS         float64      `json:"rss_mb"`           // the most after a measured cycle
	PeakRSS     float64      `json:"peak_rss_mb"`      // since the program began
	Heap        float64      `json:"heap_mb"`          // after the last cycle
}

type benchFirst struct {
	Build   float64 `json:"build_ms"` // opening sources, loading programs
	Collect float64 `json:"collect_ms"`
	Detect  float64 `json:"detect_ms"`
}

type benchGoal struct {
	Name      string  `json:"name"`
	Statistic string  `json:"statistic"` // which of the measured cycles is judged: p95, max, mean
	Value     float64 `json:"value"`
	Goal      float64 `json:"goal"`
	Unit      string  `json:"unit"`
	Met       bool    `json:"met"`
}

// sum takes what a cycle says of the machine and of the memory.
func (r *benchResult) sum(f *monitor.Frame) {
	h := &f.Snapshot.System.Host
	r.Host, r.Kernel = h.Name, h.Kernel
	r.Processes, r.Sockets = len(f.Snapshot.Processes), len(f.Snapshot.Sockets)
	rt := &f.Self.Runtime
	r.RSS, r.PeakRSS, r.Heap = max(r.RSS, mb(rt.RSSBytes)), mb(rt.PeakRSSBytes), mb(rt.HeapBytes)
}

// judge compares with the goals. The CPU goal speaks of one cycle for each interval.
func (r *benchResult) judge(c *config.Config) {
	add := func(name, statistic string, value, goal float64, unit string) {
		r.Goals = append(r.Goals, benchGoal{name, statistic, value, goal, unit, goal == 0 || value <= goal})
	}
	add("collect", "p95", r.Parts[0].P95, c.Goals.CollectMS, "ms")
	add("detect", "p95", r.Parts[1].P95, c.Goals.DetectMS, "ms")
	add("rss", "max", r.RSS, c.Goals.RSSMB, "MB")
	add("cpu", "mean", 100*r.CPU/ms(c.Monitor.Interval), c.Goals.CPUPercent, "%")
}

func (r *benchResult) print(w io.Writer, format string) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return r.write(w)
}

func (r *benchResult) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %d cores; %d processes, %d sockets; source %s (%s)\n", r.Host, r.Kernel, r.Cores, r.Processes, r.Sockets, r.Source, r.SourceWhy)
	if r.Interrupted {
		fmt.Fprintf(&b, "interrupted after %d of %d cycles\n", r.Cycles, r.Asked)
	}
	fmt.Fprintf(&b, "first cycle: built in %.1f ms, collected in %.1f ms, analysed in %.1f ms\n", r.First.Build, r.First.Collect, r.First.Detect)
	fmt.Fprintf(&b, "a cycle: %.1f ms CPU, %.0f allocations, %s; memory at most %.1f MB, since the start %.1f MB, heap %.1f MB\n\n",
		r.CPU, r.Allocs, report.Bytes(uint64(r.Bytes)), r.RSS, r.PeakRSS, r.Heap)
	fmt.Fprintf(&b, "%-8s %10s %10s\n", "goal", "measured", "goal")
	for _, g := range r.Goals {
		verdict := "met"
		if !g.Met {
			verdict = "MISSED"
		}
		fmt.Fprintf(&b, "%-8s %7.2f %-2s %7g %-2s %-6s  %s\n", g.Name, g.Value, g.Unit, g.Goal, g.Unit, verdict, g.Statistic)
	}
	fmt.Fprintf(&b, "\n%-9s %-36s %6s %9s %9s %9s %9s\n", "", fmt.Sprintf("over %d cycles, ms", r.Cycles), "runs", "p50", "p95", "p99", "max")
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "%-9s %-36s %6d", p.Kind, p.Name, p.Runs)
		if p.Runs > 0 {
			fmt.Fprintf(&b, " %9.3f %9.3f %9.3f %9.3f", p.P50, p.P95, p.P99, p.Max)
		}
		if p.Note != "" {
			b.WriteString("  " + p.Note)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func mb(n uint64) float64 { return float64(n) / (1 << 20) }
