package monitor

import (
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// program is a simulated one, a cycle of which costs what it is told each second.
type program struct {
	*evidence
	cost          cycleCost
	perCycle      cycleCost
	file, ordered time.Duration // of sigma.file-event, in the background, and of a rule
	held          time.Duration // of what passes in the background, without the processor
	busy          time.Duration
}

func newProgram(source metrics.SourceStat) *program {
	p := &program{evidence: newEvidence(KPI{Name: KPICPU, Unit: "%", Last: 30, Goal: 5, Known: true})}
	p.Sources = []metrics.SourceStat{{Name: "ebpf"}, source}
	p.report.Detectors = []threats.DetectorStat{
		{ID: "sigma.process-creation", Cost: threats.Identity}, {ID: "sigma.file-event", Cost: threats.Host}}
	return p
}

func (p *program) run(seconds int) string {
	for range seconds {
		p.at = p.at.Add(time.Second)
		p.report.At = p.at
		for i := range p.Sources {
			p.Sources[i].At = p.at
		}
		p.cost.own += p.perCycle.own
		p.cost.drawing += p.perCycle.drawing
		p.cost.collect, p.cost.detect = p.perCycle.collect, p.perCycle.detect
		d := p.report.Detectors
		d[0].Total += p.perCycle.detect
		d[1].Total += p.file + p.held
		d[1].Busy = p.busy
		p.report.Background += p.file
		p.ledger.cycle(p.at, p.cost, p.Sources, p.report, func(dst []threats.RuleCost) []threats.RuleCost {
			return append(dst, threats.RuleCost{ID: "x", Title: "X", Detector: "sigma.file-event", Time: time.Duration(p.at.Unix()-1e9) * p.ordered})
		})
		p.ledger.sum.in[inGC] = p.ledger.kept[0].in[inGC] // the collector of the test is no part of it
	}
	return busyParts(p.evidence)
}

// The cause of a high CPU share is named down to the source, detector or rule.
func TestHighCPUIsDiagnosed(t *testing.T) {
	p := newProgram(metrics.SourceStat{Name: "netlink", Took: 40 * ms})
	p.Sources[0].Took = 9 * ms
	p.perCycle = cycleCost{own: 172 * ms, collect: 50 * ms, detect: 2 * ms}
	p.file, p.ordered = 120*ms, 42*ms
	want := `120.0 ms a second in deep looks and checks of the host (most in sigma.file-event, 42.0 ms a second of it in the rule "X"), ` +
		"50.0 ms a second in collection (most in network operations of netlink), 2.0 ms a second in detection (most in sigma.process-creation)"
	if got := p.run(100); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	e := p.evidence
	if got := diagnose(e); len(got) != 1 || got[0] != "cpu 30 % against 5: "+want {
		t.Errorf("%q", got)
	}
}

// What counts is the minute of the CPU share, not the mean since the start.
func TestHighCPUAfterAQuietDay(t *testing.T) {
	p := newProgram(metrics.SourceStat{Name: "netlink"})
	p.perCycle = cycleCost{own: 2 * ms, collect: ms, detect: ms}
	p.run(24 * 3600)
	p.file, p.perCycle.own = 300*ms, 302*ms
	if got, want := p.run(80), "300.0 ms a second in deep looks and checks of the host (most in sigma.file-event), "; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q first", got, want)
	}
	p.file, p.perCycle.own = 0, 2*ms
	if got := p.run(80); strings.Contains(got, "deep looks") {
		t.Errorf("a minute after it ended: %q", got)
	}
}

// Processor time that no part accounts for is told as such, and only that.
func TestCPUOutsideOfTheParts(t *testing.T) {
	const outside = " ms a second outside of all measured parts (take a --cpuprofile)"
	p := newProgram(metrics.SourceStat{Name: "netlink"})
	p.perCycle = cycleCost{own: 1000 * ms, collect: 3 * ms, detect: ms, drawing: 26 * ms}
	want := "970.0" + outside + ", 26.0 ms a second in drawing the screen, 3.0 ms a second in collection"
	if got := p.run(5); got != want {
		t.Errorf("a tight loop: got %q, want %q", got, want)
	}
	p.busy = 35 * time.Second
	if got, want := p.run(5), "(sigma.file-event has been at work for 35s; take a --cpuprofile)"; !strings.Contains(got, want) {
		t.Errorf("a detector that does not end: got %q, want %q in it", got, want)
	}

	p = newProgram(metrics.SourceStat{Name: "disks", Beside: true, Took: 500 * ms, CPU: 8 * ms})
	p.perCycle = cycleCost{own: 70 * ms, collect: 30 * ms, detect: ms}
	p.file, p.held = 31*ms, 400*ms
	want = "38.0 ms a second in collection (most in disk I/O of disks), " +
		"31.0 ms a second in deep looks and checks of the host (most in sigma.file-event), 1.0 ms a second in detection (most in sigma.process-creation)"
	if got := p.run(100); got != want {
		t.Errorf("all is accounted, and some was held up: got %q, want %q", got, want)
	}

	p = newProgram(metrics.SourceStat{Name: "netlink"})
	p.perCycle = cycleCost{own: 20 * ms, collect: 30 * ms}
	p.file = 15 * ms
	if got, want := p.run(100), "20.0 ms a second in collection"; got != want {
		t.Errorf("parts that overlap are more than the whole: got %q, want %q", got, want)
	}
	p.perCycle.collect = 8 * ms
	want = "12.0 ms a second in deep looks and checks of the host (most in sigma.file-event), 8.0 ms a second in collection"
	if got := p.run(100); got != want {
		t.Errorf("the background holds some of the cycle: got %q, want %q", got, want)
	}
}

// Before there is a minute, and in quick or rare cycles, a second is a second.
func TestMinuteOfTheLedger(t *testing.T) {
	for _, every := range []time.Duration{100 * ms, time.Second, 4 * time.Second, 2 * time.Minute} {
		l := newLedger(time.Unix(0, 0), 0)
		at, own := time.Unix(0, 0), time.Duration(0)
		for range 3000 {
			at, own = at.Add(every), own+every/10
			l.cycle(at, cycleCost{own: own}, nil, &threats.Report{}, nil)
			age := l.sum.at.Sub(l.minuteAgo().at)
			if most := max(time.Minute+keepEvery+every, every); age > most || age < min(at.Sub(time.Unix(0, 0)), time.Minute) {
				t.Fatalf("a cycle each %v, after %v: %v", every, at.Sub(time.Unix(0, 0)), age)
			}
			if spent := l.sum.own - l.minuteAgo().own; spent != age/10 {
				t.Fatalf("%v spent in %v", spent, age)
			}
		}
	}
	if got := busyParts(newEvidence(KPI{})); got != "no part was measured that explains it" {
		t.Errorf("before the first cycle: %q", got)
	}
}

// The costs of the cycle come from the system: all of it is the program's own.
func TestCycleIsAccounted(t *testing.T) {
	m, _, clock := newTestMonitor(t, Options{})
	for range 3 {
		clock.advance(time.Second)
		cycle(t, m).Release()
	}
	s := &m.ledger.sum
	if s.own < s.in[inCollection]+s.in[inDetection] || s.own <= 0 || !s.at.Equal(clock.Now()) {
		t.Errorf("%+v", s)
	}
	if len(s.sources) != 1 || s.sources[0] != 30*ms {
		t.Errorf("three readings of 10 ms are %v", s.sources)
	}
}
