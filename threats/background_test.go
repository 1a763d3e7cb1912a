package threats_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// inspector answers from the World, slowly where told.
type inspector struct {
	mu    sync.Mutex
	seen  []int32
	delay map[int32]time.Duration
	block chan struct{} // reading pid 666 waits for it, whatever its deadline
}

func (n *inspector) Inspect(_ context.Context, k metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	if parts == metrics.PartHash {
		return &metrics.Detail{Key: k, Read: parts, SHA256: strings.Repeat("ab", 32)}, nil
	}
	n.mu.Lock()
	n.seen = append(n.seen, k.PID)
	d := n.delay[k.PID]
	n.mu.Unlock()
	time.Sleep(d)
	if k.PID == 666 && n.block != nil {
		<-n.block
	}
	return &metrics.Detail{Key: k, Read: parts}, nil
}

func (n *inspector) looked() []int32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.seen)
}

type goPool struct{ running atomic.Int32 }

func (p *goPool) Submit(task func()) bool {
	p.running.Add(1)
	go func() {
		defer p.running.Add(-1)
		task()
	}()
	return true
}

func (p *goPool) wait(t *testing.T, n int32) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); p.running.Load() > n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d background tasks do not end", p.running.Load())
		}
	}
}

func deepDetector(id string) *fake {
	d := detector(id, threats.Deep, nil)
	d.info.Parts = metrics.PartMaps
	d.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		if in.Process(in.Look[0]).ID.Comm == "evil" && in.Detail.Key == in.Process(in.Look[0]).Key {
			dst = append(dst, in.OnProcess(in.Look[0], &d.info))
		}
		return dst
	}
	return d
}

func TestDeepLooksStayWithinTheBudget(t *testing.T) {
	insp := &inspector{delay: map[int32]time.Duration{}}
	m := start(t, threats.Options{
		Detectors: []threats.Detector{deepDetector("a.deep"), named("a.state", threats.State, "suspect")},
		Inspector: insp, DeepBudget: 20 * time.Millisecond,
	})
	for pid := int32(200); pid < 220; pid++ {
		m.Run("p", PID(pid))
		insp.delay[pid] = 15 * time.Millisecond
	}
	m.Run("evil", PID(300))
	m.Run("suspect", PID(301))
	r := m.step(time.Second)
	first := len(insp.looked())
	if first == 0 || first > 5 {
		t.Errorf("%d looks of 15 ms in a budget of 20 ms", first)
	}
	if insp.looked()[0] != 301 {
		t.Errorf("the suspect must come first, not %d", insp.looked()[0])
	}
	if c := r.Coverage; c.Checked != 1 || c.Total != 2 || c.DeepQueue == 0 {
		t.Errorf("coverage %+v", c)
	}
	for range 30 {
		r = m.step(time.Second)
	}
	expect(t, r, "a.deep/medium a.state/medium")
	if c := r.Coverage; c.Checked != 2 || c.DeepQueue != 0 {
		t.Errorf("coverage %+v", c)
	}
	seen := insp.looked()
	slices.Sort(seen)
	if slices.Contains(seen, 2) {
		t.Error("looked into a kernel thread")
	}
	if n := len(seen); len(slices.Compact(seen)) != n {
		t.Errorf("looked twice at a process in the first pass: %v", insp.looked())
	}
	before := len(insp.looked())
	for range 40 {
		m.step(5 * time.Second)
	}
	if after := len(insp.looked()); after < before+23 {
		t.Errorf("%d looks, then %d: processes must be looked at again in turns", before, after)
	}
}

func TestSlowInspectHoldsNothingUp(t *testing.T) {
	t.Parallel()
	insp := &inspector{block: make(chan struct{})}
	pool := &goPool{}
	m := start(t, threats.Options{Detectors: []threats.Detector{deepDetector("a.deep")}, Inspector: insp, Submit: pool})
	m.Run("stuck", PID(666))
	m.Run("evil", PID(700))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 3 {
			m.step(time.Second)
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the analysis waits for a slow inspect")
	}
	// Once it is given up, the others have their turn.
	var r *threats.Report
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		r = m.step(time.Second)
		if strings.Contains(ids(r), "a.deep") {
			break
		}
		if time.Now().After(end) {
			t.Fatal("a process that cannot be read holds up all others")
		}
	}
	if u := r.Coverage.Unavailable; len(u) != 1 || !strings.Contains(u[0].Why, "pid 666") {
		t.Errorf("unavailable %+v", u)
	}
	close(insp.block)
	pool.wait(t, 0)
}

func TestHostDetectorsTakeTurns(t *testing.T) {
	var runs [6]int
	var list []threats.Detector
	for i := range runs {
		d := detector(fmt.Sprint("host.", i), threats.Host, nil)
		d.info.Every = 30 * time.Second
		d.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
			runs[i]++
			return append(dst, threats.OnFile(fmt.Sprint("/etc/", i), &d.info).With("file", "/etc", "x"))
		}
		list = append(list, d)
	}
	m := start(t, threats.Options{Detectors: list})
	m.step(time.Second)
	r := m.step(time.Second)
	if len(r.Findings) != 6 || r.Coverage.Checked != 6 {
		t.Errorf("findings %s, coverage %+v", ids(r), r.Coverage)
	}
	for range 28 {
		r = m.step(time.Second)
	}
	if runs != [6]int{1, 1, 1, 1, 1, 1} {
		t.Errorf("within the interval they ran %v times", runs)
	}
	m.step(5 * time.Second)
	if runs != [6]int{2, 2, 2, 2, 2, 2} {
		t.Errorf("after the interval they ran %v times", runs)
	}
	if len(r.Findings) != 6 || r.Findings[0].Count < 28 {
		t.Error("the outcome of a turn must hold until the next one")
	}
}

func TestStuckHostDetectorLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	stuck := detector("host.stuck", threats.Host, func(_ *threats.Input, dst []threats.Finding) []threats.Finding { <-hold; return dst })
	good := detector("host.good", threats.Host, nil)
	good.detect = func(_ *threats.Input, dst []threats.Finding) []threats.Finding {
		return append(dst, threats.OnHost("", &good.info))
	}
	pool := &goPool{}
	m := start(t, threats.Options{Detectors: []threats.Detector{stuck, good}, Submit: pool})
	var r *threats.Report
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		r = m.step(time.Second)
		if strings.Contains(ids(r), "host.good") && len(r.Coverage.Unavailable) == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%s %+v", ids(r), r.Coverage)
		}
	}
	if u := r.Coverage.Unavailable[0]; u.Detector != "host.stuck" || !strings.Contains(u.Why, "has been looking") {
		t.Errorf("unavailable %+v", u)
	}
	close(hold)
	pool.wait(t, 0)
}

func TestCoverageSaysWhy(t *testing.T) {
	needy := named("a.needy", threats.State, "x")
	needy.info.Needs = metrics.ReadFiles
	failing := named("a.failing", threats.State, "x")
	failing.fail = "cannot read /etc/shadow: permission denied"
	m := start(t, threats.Options{
		Detectors:  []threats.Detector{needy, failing, deepDetector("a.deep")},
		Privileged: func(metrics.Privilege) bool { return false },
	})
	r := m.step(time.Second)
	c := r.Coverage
	if c.Total != 3 || c.Checked != 2 || c.Partial != 2 || len(c.Unavailable) != 3 {
		t.Fatalf("coverage %+v", c)
	}
	if c.Unavailable[0].Needs != metrics.ReadFiles.String() || c.Unavailable[1].Why != failing.fail || c.Unavailable[2].Detector != "a.deep" {
		t.Errorf("unavailable %+v", c.Unavailable)
	}
}

func TestFirstTurnsKnowNoBudget(t *testing.T) {
	var list []threats.Detector
	for i := range 4 {
		d := detector(fmt.Sprint("host.", i), threats.Host, func(_ *threats.Input, dst []threats.Finding) []threats.Finding {
			time.Sleep(60 * time.Millisecond)
			return dst
		})
		d.info.Every = time.Second
		list = append(list, d)
	}
	m := start(t, threats.Options{Detectors: list})
	m.step(time.Second)
	r := m.step(0)
	if r.Coverage.Checked != 4 {
		t.Errorf("%d of 4 slow detectors had their first turn in the first task", r.Coverage.Checked)
	}
	m.step(2 * time.Second) // now all are due again
	r = m.step(0)
	n := uint64(0)
	for _, d := range r.Detectors {
		n += d.Runs
	}
	if n >= 8 {
		t.Error("later turns must keep to the budget of a task")
	}
}

// Throttling is worth something only where deep looks take their time.
func TestThrottlesWhatDeepLooksTake(t *testing.T) {
	for _, c := range []struct {
		budget time.Duration
		want   bool
	}{{time.Hour, false}, {2 * time.Millisecond, true}} {
		insp := &inspector{delay: map[int32]time.Duration{300: time.Millisecond}}
		m := start(t, threats.Options{Detectors: []threats.Detector{deepDetector("a.deep")}, Inspector: insp, DeepBudget: c.budget})
		if m.e.Throttles(4) {
			t.Errorf("budget %v: before any look", c.budget)
		}
		m.Run("p", PID(300))
		for range 3 {
			m.step(time.Second)
		}
		if got := m.e.Throttles(4); got != c.want {
			t.Errorf("budget %v, a look of a millisecond: %v", c.budget, got)
		}
		for range 100 { // within the minute in which nobody is looked at again
			m.step(time.Second / 2)
		}
		if m.e.Throttles(4) {
			t.Errorf("budget %v: nobody has been looked at for most of a minute", c.budget)
		}
	}
}
