package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/detectors"
)

func TestBenchPercentilesAreRanks(t *testing.T) {
	p := &benchPart{}
	for i := range 100 {
		p.add(float64(100-i), 1)
	}
	p.percentiles()
	if p.P50 != 50 || p.P95 != 95 || p.P99 != 99 || p.Max != 100 || p.Runs != 100 {
		t.Errorf("%+v", *p)
	}
	p = &benchPart{took: []float64{7}}
	if p.percentiles(); p.P50 != 7 || p.Max != 7 {
		t.Errorf("%+v", *p)
	}
}

func TestBenchPrintsItsFigures(t *testing.T) {
	out, errs, code := output(t, "bench", "-n", "5", "--pause", "1ms", "--format", "json")
	var r benchResult
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 {
		t.Fatalf("exit code %d: %s %v", code, errs, err)
	}
	if r.Cycles != 5 || r.Processes == 0 || len(r.Goals) != 4 || r.Parts[0].Runs != 5 || r.Parts[0].P50 <= 0 || r.Interrupted {
		t.Errorf("%+v", r)
	}
	parts := map[string]bool{}
	for _, p := range r.Parts {
		parts[p.Name] = true
		if p.Runs == 0 && p.Note == "" {
			t.Errorf("%s has not run, and nothing says why", p.Name)
		}
	}
	for _, d := range detectors.All(detectors.Options{}) {
		if !parts[d.Info().ID] {
			t.Errorf("no word of %s", d.Info().ID)
		}
	}
	for _, s := range []string{"cpu", "host", "disks", "interfaces", "users", "sensors"} {
		if !parts[s] {
			t.Errorf("no word of the source %s", s)
		}
	}
	strict := file(t, "strict.toml", "[goals]\nrss_mb = 1\n")
	if _, errs, code := output(t, "bench", "-n", "2", "--strict", "--config", strict); code != exitFindings {
		t.Errorf("exit code %d though 1 MB cannot be enough: %s", code, errs)
	}
}

// TestInterruptedBench is interrupted when the bar shows that it measures.
func TestInterruptedBench(t *testing.T) {
	strict := file(t, "strict.toml", "[goals]\nrss_mb = 1\n")
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			master, tty, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer master.Close()
			cmd := command(t, "bench", "-n", "1000000", "--pause", "1ms", "--strict", "--format", "json", "--config", strict)
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, tty
			run(t, cmd)
			tty.Close()
			defer time.AfterFunc(patience, func() { cmd.Process.Kill() }).Stop()
			for buf, sent := make([]byte, 4096), false; ; {
				n, err := master.Read(buf)
				errs.Write(buf[:n])
				if err != nil { // the program has ended
					break
				}
				if !sent && strings.Contains(errs.String(), "1/1000000") {
					sent = true
					cmd.Process.Signal(signal)
				}
			}
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(errs.String(), "of 1000000 cycles") {
				t.Errorf("exit code %d: %q", code, &errs)
			}
			var r benchResult
			if err := json.Unmarshal(out.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			if !r.Interrupted || r.Asked != 1_000_000 || r.Cycles < 1 || r.Cycles >= r.Asked || r.Parts[0].Runs != r.Cycles || r.Goals[2].Met {
				t.Errorf("interrupted %v, %d of %d cycles; %+v %+v", r.Interrupted, r.Cycles, r.Asked, *r.Parts[0], r.Goals)
			}
			var text strings.Builder
			if err := r.write(&text); err != nil || !strings.Contains(text.String(), "\ninterrupted after ") {
				t.Errorf("the text does not say so: %s", &text)
			}
		})
	}
}

// burner is a collector and analyser whose background takes 5 ms of CPU time a
// cycle, while no cycle is on.
type burner struct{ done chan struct{} }

const burnt = 5 * time.Millisecond

func (b *burner) Collect(context.Context, *metrics.Snapshot) (*metrics.Snapshot, error) {
	if b.done != nil {
		<-b.done
	}
	return &metrics.Snapshot{At: time.Now()}, nil
}

func (b *burner) Analyse(context.Context, *metrics.Snapshot, *metrics.Snapshot, *metrics.Rates) *threats.Report {
	done := make(chan struct{})
	b.done = done
	go func() {
		defer close(done)
		for end := metrics.ProcessCPU() + burnt; metrics.ProcessCPU() < end; {
		}
	}()
	return &threats.Report{}
}

func (b *burner) Recycle(*metrics.Snapshot)             {}
func (b *burner) SlowExtras(time.Duration)              {}
func (*burner) Slows(time.Duration, time.Duration) bool { return false }
func (b *burner) Caches() []metrics.CacheStat           { return nil }
func (b *burner) Throttle(int)                          {}
func (*burner) Throttles(int) bool                      { return false }
func (b *burner) Shrink()                               {}

func TestBenchCountsTheBackground(t *testing.T) {
	b := &burner{}
	e := threats.New(threats.Options{})
	defer e.Close()
	m := &machine{engine: e, monitor: monitor.New(monitor.Options{Collector: b, Analyser: b, Interval: time.Second, Ungoverned: true})}
	defer m.monitor.Close()
	c := config.Default()
	r, err := m.measure(t.Context(), &c, &benchFlags{cycles: 10, pause: 20 * time.Millisecond}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	// The background of the last cycle may go on after it.
	if least := ms(burnt) * 9 / 10; r.CPU < least {
		t.Errorf("%.2f ms CPU a cycle, though the background takes %.2f", r.CPU, least)
	}
}

// TestBenchTakesWhatRanBetweenFrames: what takes long, or comes seldom, is counted
// once, wherever it ran.
func TestBenchTakesWhatRanBetweenFrames(t *testing.T) {
	now := time.Unix(1000, 0)
	var book benchBook
	frame := func(disks, cpu time.Duration, runs ...uint64) {
		f := &monitor.Frame{Snapshot: &metrics.Snapshot{}, Self: &monitor.Self{}, Threats: &threats.Report{}}
		f.Snapshot.Sources = []metrics.SourceStat{
			{Name: "disks", At: now.Add(disks), Took: 7 * time.Millisecond},
			{Name: "cpu", At: now.Add(cpu), Took: time.Millisecond},
			{Name: "users", Err: "utmp is broken"},
		}
		for i, n := range runs {
			f.Threats.Detectors = append(f.Threats.Detectors, threats.DetectorStat{ID: []string{"deep", "host", "spared"}[i],
				Cost: threats.Deep, Runs: n, Total: time.Duration(n*n) * time.Millisecond})
		}
		book.take(f)
	}
	frame(0, 0, 0, 1, 0)
	book.begin()
	frame(0, 1, 1, 1, 0)
	frame(0, 2, 1, 1, 0)
	frame(0, 3, 3, 1, 0)
	want := map[string]benchPart{
		"disks":  {Runs: 1, P50: 7, Max: 7, Note: warmNote},
		"cpu":    {Runs: 3, P50: 1, Max: 1},
		"users":  {Note: "utmp is broken"},
		"deep":   {Runs: 3, P50: 4, Max: 4}, // 1 ms once, and 8 ms for two
		"host":   {Runs: 1, P50: 1, Max: 1, Note: warmNote},
		"spared": {Note: "no process has what calls for a deep look"},
	}
	for _, p := range book.close()[2:] {
		if w := want[p.Name]; p.Runs != w.Runs || p.P50 != w.P50 || p.Max != w.Max || p.Note != w.Note {
			t.Errorf("%s: %+v, want %+v", p.Name, *p, w)
		}
	}
}

func TestBenchJudgesTheMostMemory(t *testing.T) {
	r := &benchResult{Parts: []*benchPart{{}, {}}}
	for _, n := range []uint64{10, 60, 20} {
		r.sum(&monitor.Frame{Snapshot: &metrics.Snapshot{}, Self: &monitor.Self{Runtime: monitor.Runtime{RSSBytes: n << 20}}})
	}
	c := config.Default()
	r.judge(&c)
	if g := r.Goals[2]; g.Value != 60 || g.Met || g.Statistic != "max" {
		t.Errorf("%+v", g)
	}
}
