package monitor

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// fakeClock moves only when it is told to, or by the cost of what it times.
type fakeClock struct {
	mu   sync.Mutex
	now  time.Time
	wait chan time.Duration // each After asks here
	fire chan time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Unix(1e9, 0), wait: make(chan time.Duration, 100), fire: make(chan time.Time)}
}

func (c *fakeClock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *fakeClock) advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

func (c *fakeClock) After(d time.Duration) <-chan time.Time { c.wait <- d; return c.fire }

// fakeMachine collects and analyses, and takes as long as it is told.
type fakeMachine struct {
	clock           *fakeClock
	collect, detect time.Duration
	cycles          int
	cpuNS           uint64
	recycled        []*metrics.Snapshot
	extras          time.Duration
	throttle        int
	deep            bool   // deep checks spend their time
	spare           []byte // to be given up
}

func (f *fakeMachine) Collect(ctx context.Context, prev *metrics.Snapshot) (*metrics.Snapshot, error) {
	f.cycles++
	s := &metrics.Snapshot{At: f.clock.Now(), ProcessesAt: f.clock.Now()}
	f.cpuNS += 5e8
	s.Processes = []metrics.Process{{Key: metrics.ProcKey{PID: 1, Start: 1}, UserNS: f.cpuNS, ID: &metrics.Identity{}}}
	s.Sources = []metrics.SourceStat{{Name: "fake", At: s.At, Took: f.collect, Note: "fds of pid 812"}}
	f.clock.advance(f.collect)
	return s, ctx.Err()
}

func (f *fakeMachine) Recycle(s *metrics.Snapshot) { f.recycled = append(f.recycled, s) }
func (f *fakeMachine) SlowExtras(d time.Duration)  { f.extras = d }
func (f *fakeMachine) Slows(extras, cycles time.Duration) bool {
	return extras > cycles
}
func (f *fakeMachine) Caches() []metrics.CacheStat { return nil }
func (f *fakeMachine) Throttle(n int)              { f.throttle = n }
func (f *fakeMachine) Throttles(int) bool          { return f.deep }
func (f *fakeMachine) Shrink()                     { f.spare = nil }
func (f *fakeMachine) Analyse(_ context.Context, _, _ *metrics.Snapshot, _ *metrics.Rates) *threats.Report {
	f.clock.advance(f.detect)
	return &threats.Report{Detectors: []threats.DetectorStat{{ID: "slow.one", Took: f.detect}}}
}

func newTestMonitor(t *testing.T, o Options) (*Monitor, *fakeMachine, *fakeClock) {
	clock := newFakeClock()
	f := &fakeMachine{clock: clock, collect: 10 * time.Millisecond, detect: 2 * time.Millisecond}
	o.Collector, o.Analyser, o.Clock = f, f, clock
	if o.Interval == 0 {
		o.Interval = time.Second
	}
	m := New(o)
	t.Cleanup(m.Close)
	return m, f, clock
}

func cycle(t *testing.T, m *Monitor) *Frame {
	t.Helper()
	f, err := m.Cycle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestACycleMeasuresItself(t *testing.T) {
	m, f, clock := newTestMonitor(t, Options{Goals: Goals{Collect: 100 * time.Millisecond, Detect: time.Millisecond, CPUPercent: 5}})
	cycle(t, m).Release()
	clock.advance(time.Second)
	f.collect = 30 * time.Millisecond
	frame := cycle(t, m)
	c, d := frame.Self.KPI(KPICollect), frame.Self.KPI(KPIDetect)
	if c.Last != 30 || c.P50 != 10 || c.Max != 30 || !c.Met || c.Goal != 100 {
		t.Errorf("collect %+v", *c)
	}
	if d.Last != 2 || d.Met || d.Goal != 1 {
		t.Errorf("detect %+v", *d)
	}
	if frame.Seq != 2 || frame.Rates.Processes[0].CPU < 49 || frame.Rates.Processes[0].CPU > 51 {
		t.Errorf("frame %d, cpu %g", frame.Seq, frame.Rates.Processes[0].CPU)
	}
	if k := frame.Self.KPI(KPIRSS); !k.Known || k.Last <= 0 || k.Max < k.Last {
		t.Errorf("rss %+v", *k)
	}
}

func TestAMissedGoalIsDiagnosed(t *testing.T) {
	m, f, _ := newTestMonitor(t, Options{Goals: Goals{Collect: 100 * time.Millisecond, Detect: 50 * time.Millisecond}})
	if d := cycle(t, m).Self.Diagnosis; len(d) != 0 {
		t.Errorf("all goals are met, and yet: %q", d)
	}
	f.collect, f.detect = 180*time.Millisecond, 70*time.Millisecond
	d := cycle(t, m).Self.Diagnosis
	want := []string{
		"collect 180 ms against 100: 180.0 ms in fake (fds of pid 812)",
		"detect 70 ms against 50: 70.0 ms in slow.one",
	}
	if len(d) != 2 || d[0] != want[0] || d[1] != want[1] {
		t.Errorf("got %q, want %q", d, want)
	}
}

// What the program may take is kept even where the goal is higher: caches first,
// then history.
func TestMemoryLimitIsKept(t *testing.T) {
	m, machine, clock := newTestMonitor(t, Options{Goals: Goals{RSSBytes: 1 << 40, MemoryBytes: 1 << 20}, History: 2 * minHistory})
	machine.spare = make([]byte, 8<<20)
	var steps []Step
	for range 60 {
		f := cycle(t, m)
		steps = f.Self.Governor.Steps
		f.Release()
		clock.advance(time.Second)
	}
	if n := len(steps); n < 2 || steps[n-1].What != "caches emptied, memory given back" || steps[n-2].What != "history at half of its resolution" {
		t.Errorf("%+v", steps)
	}
}

func TestTheLatestFrameWins(t *testing.T) {
	m, f, _ := newTestMonitor(t, Options{})
	sub := m.Subscribe()
	for range 3 {
		m.publish(cycle(t, m))
	}
	if got := (<-sub.C).Seq; got != 3 {
		t.Errorf("frame %d", got)
	}
	if len(f.recycled) != 2 {
		t.Errorf("%d of the two frames that nobody took were recycled", len(f.recycled))
	}
	next := cycle(t, m)
	if k := next.Self.KPI("events_lost"); k == nil || k.Last != 2 {
		t.Errorf("lost: %+v", k)
	}
	m.publish(next)
	sub.Close()
	m.publish(cycle(t, m))
	select {
	case <-sub.C:
		t.Error("a closed subscription still delivers")
	default:
	}
}

func TestAHeldFrameIsNotRecycled(t *testing.T) {
	m, f, _ := newTestMonitor(t, Options{})
	sub := m.Subscribe()
	m.publish(cycle(t, m))
	held := <-sub.C
	for range 5 {
		m.publish(cycle(t, m))
	}
	for _, s := range f.recycled {
		if s == held.Snapshot {
			t.Fatal("the snapshot of a frame that is held was recycled")
		}
	}
	held.Release()
	if last := f.recycled[len(f.recycled)-1]; last != held.Snapshot {
		t.Error("after its release it was not recycled")
	}
}

func TestRunKeepsTheIntervalAndEnds(t *testing.T) {
	m, f, clock := newTestMonitor(t, Options{Interval: time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	if rest := <-clock.wait; rest != 988*time.Millisecond {
		t.Errorf("it rests %v after a cycle of 12 ms", rest)
	}
	f.collect = 3 * time.Second // longer than the interval: it still rests
	clock.fire <- clock.Now()
	if rest := <-clock.wait; rest != minRest {
		t.Errorf("it rests %v after a cycle that was too long", rest)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestSetIntervalBeginsAtOnce(t *testing.T) {
	m, _, clock := newTestMonitor(t, Options{Interval: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	<-clock.wait
	m.SetInterval(5 * time.Second)
	if rest := <-clock.wait; rest > 5*time.Second {
		t.Errorf("it rests %v", rest)
	}
	cancel()
	<-done
}

func TestSlopeFindsALeak(t *testing.T) {
	h := NewHistory(1200)
	var v [SeriesCount]float32
	for i := range 1200 {
		v[SeriesRSS] = 40 + float32(i)/3600*6 + float32(i%7)*0.1 // 6 MB an hour, with noise
		v[SeriesHeapForTest] = 40 + float32(i%7)*0.1
		h.Push(time.Unix(int64(i), 0), &v)
	}
	if got, ok := h.slope(SeriesRSS); !ok || got < 5.8 || got > 6.2 {
		t.Errorf("slope %g MB an hour, %v", got, ok)
	}
	if got, ok := h.slope(SeriesHeapForTest); !ok || got > 0.2 || got < -0.2 {
		t.Errorf("slope of noise %g", got)
	}
}

// SeriesHeapForTest is any other series.
const SeriesHeapForTest = SeriesLoad

func TestCPUShareIsOfTheLastMinute(t *testing.T) {
	var m cpuMinute
	at, cpu := time.Unix(0, 0), time.Duration(0)
	for range 300 {
		m.add(at, cpu)
		at, cpu = at.Add(time.Second), cpu+50*time.Millisecond
	}
	if s, ok := m.share(); !ok || s < 4.9 || s > 5.1 {
		t.Errorf("share %g, %v", s, ok)
	}
	for range 61 { // a minute of nothing: what was before is forgotten
		m.add(at, cpu)
		at = at.Add(time.Second)
	}
	if s, _ := m.share(); s != 0 {
		t.Errorf("share %g after an idle minute", s)
	}
	for range 1000 { // quick cycles: the ring still spans a minute
		m.add(at, cpu)
		at, cpu = at.Add(100*time.Millisecond), cpu+10*time.Millisecond
	}
	if s, _ := m.share(); s < 9.5 || s > 10.5 {
		t.Errorf("share %g with ten cycles a second", s)
	}
}

func BenchmarkCycleOverhead(b *testing.B) {
	clock := newFakeClock()
	f := &fakeMachine{clock: clock}
	m := New(Options{Collector: f, Analyser: f, Clock: clock, Interval: time.Second})
	defer m.Close()
	b.ReportAllocs()
	for b.Loop() {
		clock.advance(time.Second)
		frame, err := m.Cycle(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		frame.Release()
		f.recycled = f.recycled[:0]
	}
}
