package monitor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/report"
	"github.com/smoothtask/smoothtask/threats"
)

// overloaded is a machine in which all means hold something back, and none is enough.
type overloaded struct {
	now   time.Time
	spare []byte
}

func (o *overloaded) Now() time.Time                       { return o.now }
func (o *overloaded) After(time.Duration) <-chan time.Time { return nil }
func (o *overloaded) Collect(ctx context.Context, _ *metrics.Snapshot) (*metrics.Snapshot, error) {
	return &metrics.Snapshot{At: o.now, ProcessesAt: o.now}, ctx.Err()
}
func (o *overloaded) Analyse(context.Context, *metrics.Snapshot, *metrics.Snapshot, *metrics.Rates) *threats.Report {
	return &threats.Report{}
}
func (o *overloaded) Recycle(*metrics.Snapshot)     {}
func (o *overloaded) SlowExtras(time.Duration)      {}
func (o *overloaded) Slows(_, _ time.Duration) bool { return true }
func (o *overloaded) Throttle(int)                  {}
func (o *overloaded) Throttles(int) bool            { return true }
func (o *overloaded) Caches() []metrics.CacheStat   { return nil }
func (o *overloaded) Shrink()                       { o.spare = nil }

// All that the governor holds back, and each step to that, is in the report.
func TestWhatIsHeldBackIsInTheReport(t *testing.T) {
	o := &overloaded{now: time.Unix(1e9, 0), spare: make([]byte, 8<<20)}
	m := monitor.New(monitor.Options{Collector: o, Analyser: o, Clock: o, Interval: time.Second, History: 1000,
		Goals: monitor.Goals{CPUPercent: 1e-9, RSSBytes: 1}})
	defer m.Close()
	var f *monitor.Frame
	for range 60 {
		var err error
		if f, err = m.Cycle(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(f.Interval)
	}
	var buf bytes.Buffer
	if err := report.JSON(&buf, f, report.Options{}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Self struct {
			Governor struct {
				Level  int
				Active []string
				Steps  []struct {
					Time     time.Time
					HeldBack bool `json:"held_back"`
					What     string
					Reason   string
				}
			}
		}
	}
	if err := json.Unmarshal(buf.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	g := got.Self.Governor
	if g.Level != 5 || len(g.Active) != g.Level || !slices.Equal(g.Active, f.Self.Governor.Active) {
		t.Errorf("level %d, active %q", g.Level, g.Active)
	}
	for _, what := range append(g.Active, "caches emptied, memory given back") {
		i := slices.IndexFunc(f.Self.Governor.Steps, func(s monitor.Step) bool { return s.What == what })
		if i < 0 || i >= len(g.Steps) || g.Steps[i].What != what || !g.Steps[i].HeldBack || g.Steps[i].Reason == "" || g.Steps[i].Time.IsZero() {
			t.Errorf("no step tells of %q: %+v", what, g.Steps)
		}
	}
	if f.Interval != 4*time.Second || f.Asked != time.Second {
		t.Errorf("a frame every %v, asked for every %v", f.Interval, f.Asked)
	}
}
