package cli

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

// BenchmarkCrowd measures what the program costs as a whole on a machine with 10,000
// processes and 18,000 sockets, or with a tenth of them, for each process source: the
// first cycle with all that comes before it, later ones after a pause, and a single
// report against ps(1).
func BenchmarkCrowd(b *testing.B) {
	if testing.Short() {
		b.Skip("a crowd of processes is not for -short")
	}
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			proctest.Crowd(b, n)
			proctest.Connections(b, n*9/10)
			for _, source := range []string{"ebpf", "procfs"} {
				b.Run("first/"+source, func(b *testing.B) { benchFirstCycle(b, source) })
				b.Run("cycle/"+source, func(b *testing.B) { benchCycles(b, source) })
			}
			b.Run("once", benchOnce)
		})
	}
}

// benchMachine is the program with one process source.
func benchMachine(b *testing.B, source string) *machine {
	b.Helper()
	c := config.Default()
	c.Monitor.Source = source
	m, err := build(&c, purpose{deadline: onceDeadline, ungoverned: true})
	if err != nil && source == "ebpf" && os.Geteuid() != 0 {
		b.Skip("needs root, or CAP_BPF with CAP_PERFMON: ", err)
	}
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// cycle returns the time of collecting, that of the process source and that of the
// socket source.
func (m *machine) cycle(b *testing.B) (collect, processes, sockets time.Duration) {
	b.Helper()
	f, err := m.monitor.Cycle(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer f.Release()
	for i := range f.Snapshot.Sources {
		switch s := &f.Snapshot.Sources[i]; s.Name {
		case m.sources.processes.Name():
			processes = s.Took
		case m.sources.sockets.Name():
			sockets = s.Took
		}
	}
	return time.Duration(f.Self.KPIs[0].Last * float64(time.Millisecond)), processes, sockets
}

func benchFirstCycle(b *testing.B, source string) {
	var collects, processes []time.Duration
	for more(b, 5, collects) {
		m := benchMachine(b, source)
		collect, procs, _ := m.cycle(b)
		collects, processes = append(collects, collect), append(processes, procs)
		if err := m.close(); err != nil {
			b.Fatal(err)
		}
	}
	percentiles(b, "collect", collects)
	percentiles(b, "processes", processes)
}

// benchCycles has a pause before each cycle, in which others use the caches of the
// processor, as in life.
func benchCycles(b *testing.B, source string) {
	const pause = 20 * time.Millisecond
	m := benchMachine(b, source)
	defer func() {
		if err := m.close(); err != nil {
			b.Error(err)
		}
	}()
	for range 5 {
		m.cycle(b)
	}
	var collects, processes, sockets []time.Duration
	cpu := metrics.ProcessCPU()
	for more(b, 60, collects) {
		time.Sleep(pause)
		collect, procs, socks := m.cycle(b)
		collects, processes, sockets = append(collects, collect), append(processes, procs), append(sockets, socks)
	}
	b.ReportMetric(ms(metrics.ProcessCPU()-cpu)/float64(len(collects)), "cpu-ms/op")
	percentiles(b, "collect", collects)
	percentiles(b, "processes", processes)
	percentiles(b, "sockets", sockets)
}

// benchOnce runs a report and ps in turn.
func benchOnce(b *testing.B) {
	ps, err := exec.LookPath("ps")
	if err != nil {
		b.Skip("needs ps: ", err)
	}
	wall := func(name string, args ...string) time.Duration {
		cmd := exec.Command(name, args...) // its output goes to the null device
		begun := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatalf("%s: %v", cmd, err)
		}
		return time.Since(begun)
	}
	wall(binary, "--once", "--window", "0", "--format", "json")
	var ours []time.Duration
	var ratios []float64
	for more(b, 7, ours) {
		them := wall(ps, "aux")
		us := wall(binary, "--once", "--window", "0", "--format", "json")
		ours = append(ours, us)
		ratios = append(ratios, float64(us)/float64(them))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "of-ps")
	percentiles(b, "once", ours)
}

// more reports whether to go on: it measures at least so often, which percentiles
// need, and then as long as the benchmark wants to.
func more(b *testing.B, least int, took []time.Duration) bool { return len(took) < least || b.Loop() }

// percentiles reports the median and the 95th percentile in milliseconds.
func percentiles(b *testing.B, name string, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(ms(took[len(took)/2]), name+"-p50-ms")
	b.ReportMetric(ms(took[len(took)*95/100]), name+"-p95-ms")
}
