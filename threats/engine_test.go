package threats_test

import (
	"cmp"
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

// fake is a detector made of a function.
type fake struct {
	info   threats.Info
	detect func(in *threats.Input, dst []threats.Finding) []threats.Finding
	fail   string
}

func (f *fake) Info() *threats.Info { return &f.info }
func (f *fake) Failure() string     { return f.fail }
func (f *fake) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	return f.detect(in, dst)
}

func detector(id string, cost threats.Cost, detect func(in *threats.Input, dst []threats.Finding) []threats.Finding) *fake {
	return &fake{info: threats.Info{ID: id, Title: id, Severity: threats.Medium, Confidence: threats.Weak, Cost: cost}, detect: detect}
}

// named finds processes by comm.
func named(id string, cost threats.Cost, comm string) *fake {
	f := detector(id, cost, nil)
	f.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		look := in.Look
		if cost == threats.State {
			look = threats.NewInput(in.Now, in.Snapshot, nil, nil, nil).Look
		}
		for _, i := range look {
			if p := in.Process(i); p.ID.Comm == comm {
				dst = append(dst, in.OnProcess(i, &f.info).With("name", threats.Proc(p.Key.PID, "comm"), comm))
			}
		}
		return dst
	}
	return f
}

// machine steps an engine through the seconds of a World.
type machine struct {
	*World
	e *threats.Engine
}

func start(t *testing.T, o threats.Options) *machine {
	w := New(t)
	o.Root = w.Root
	if o.Privileged == nil {
		o.Privileged = func() bool { return true }
	}
	m := &machine{w, threats.New(o)}
	t.Cleanup(func() { m.e.Close() })
	return m
}

func (m *machine) step(d time.Duration) *threats.Report {
	m.Now = m.Now.Add(d)
	return m.e.Analyse(context.Background(), m.Snapshot(), nil, nil)
}

// ids lists findings as "id/severity", with ~ for one that is gone and ! for one
// that is suppressed.
func ids(r *threats.Report) string {
	var out []string
	for i := range r.Findings {
		f := &r.Findings[i]
		s := f.Info.ID + "/" + f.Severity.String()
		if f.Gone {
			s = "~" + s
		}
		if f.SuppressedBy != "" {
			s = "!" + s
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func expect(t *testing.T, r *threats.Report, want string) {
	t.Helper()
	if got := ids(r); got != want {
		t.Errorf("findings %q, want %q%s", got, want, String(r.Findings))
	}
}

func TestIdentityIsJudgedOncePerExec(t *testing.T) {
	var looked []string
	d := detector("a.b", threats.Identity, func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for _, i := range in.Look {
			looked = append(looked, in.Process(i).ID.Comm)
		}
		return dst
	})
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	check := func(want string) {
		t.Helper()
		m.step(time.Second)
		if got := strings.Join(looked, " "); got != want {
			t.Errorf("looked at %q, want %q", got, want)
		}
		looked = nil
	}
	p := m.Run("one")
	check("systemd kthreadd one")
	check("")
	m.Run("two")
	check("two")
	p.ExecID++
	check("one")
	id := *p.ID
	id.Comm = "renamed"
	p.ID = &id
	check("renamed")
	p.Key.Start++ // another process with the same pid
	check("renamed")
}

func TestFindingOverTime(t *testing.T) {
	m := start(t, threats.Options{Detectors: []threats.Detector{named("a.identity", threats.Identity, "evil")}})
	expect(t, m.step(time.Second), "")
	shell := m.Run("bash")
	p := m.Run("/opt/evil", ChildOf(shell))
	first := m.step(time.Second)
	expect(t, first, "a.identity/medium")
	f := first.Findings[0]
	if f.Count != 1 || !f.First.Equal(m.Now) || len(f.Ancestry) != 2 || f.Ancestry[0].ID.Comm != "bash" || f.Process.ID != p.ID {
		t.Errorf("first sight: %+v", f)
	}
	if f.ID == "" || len(first.Detectors) != 1 || first.Detectors[0].Findings != 1 || first.Detectors[0].Runs != 2 {
		t.Errorf("id %q, stats %+v", f.ID, first.Detectors)
	}
	m.step(time.Second)
	third := m.step(time.Second)
	g := third.Findings[0]
	if g.ID != f.ID || g.Count != 3 || !g.First.Equal(f.First) || !g.Last.Equal(m.Now) {
		t.Errorf("third sight: %+v", g)
	}
	p.ID = &metrics.Identity{Comm: "good"} // it executes something else
	expect(t, m.step(time.Second), "~a.identity/medium")
	expect(t, m.step(25*time.Second), "~a.identity/medium")
	expect(t, m.step(10*time.Second), "")

	again := start(t, threats.Options{Detectors: []threats.Detector{named("a.identity", threats.Identity, "evil")}})
	again.Run("bash")
	again.Run("/opt/evil")
	if id := again.step(time.Second).Findings[0].ID; id != f.ID {
		t.Errorf("after a restart the id is %s, was %s", id, f.ID)
	}
}

func TestConfirmation(t *testing.T) {
	d := named("a.flaky", threats.State, "evil")
	d.info.Confirm = time.Second
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	p := m.Run("evil")
	expect(t, m.step(time.Second), "")
	p.ID.Comm = "good"
	expect(t, m.step(time.Second), "") // was a transient; not even gone
	p.ID.Comm = "evil"
	expect(t, m.step(time.Second), "")
	expect(t, m.step(time.Second), "a.flaky/medium")
}

func TestShortLivedProgramsAreJudged(t *testing.T) {
	m := start(t, threats.Options{Detectors: []threats.Detector{named("a.b", threats.Identity, "evil")}})
	m.step(time.Second)
	s := m.Snapshot()
	s.Execs = []metrics.Exec{
		{Key: metrics.ProcKey{PID: 900, Start: 5}, ID: &metrics.Identity{Comm: "evil"}},
		{Key: metrics.ProcKey{PID: 900, Start: 5}, ID: &metrics.Identity{Comm: "evil"}},
		{Key: s.Processes[0].Key, ID: &metrics.Identity{Comm: "evil"}}, // lives on as something else
	}
	expect(t, m.e.Analyse(context.Background(), s, nil, nil), "a.b/medium")
	expect(t, m.step(time.Second), "~a.b/medium")
}

func TestPanicIsContained(t *testing.T) {
	bad := detector("bad.identity", threats.Identity, nil)
	bad.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for _, i := range in.Look {
			switch in.Process(i).ID.Comm {
			case "hostile":
				panic("bad name")
			case "evil":
				dst = append(dst, in.OnProcess(i, &bad.info))
			}
		}
		return dst
	}
	always := detector("bad.state", threats.State, func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		_ = in.Process(1 << 30)
		return dst
	})
	m := start(t, threats.Options{Detectors: []threats.Detector{bad, always, named("good.identity", threats.Identity, "evil")}})
	m.Run("evil", PID(300))
	m.Run("hostile", PID(400))
	m.Run("evil", PID(500))
	r := m.step(time.Second)
	expect(t, r, "bad.identity/high bad.identity/high") // two independent signals each
	for i := range r.Findings {
		if len(r.Findings[i].Parts) != 2 { // good.identity found each as well
			t.Errorf("parts %+v", r.Findings[i].Parts)
		}
	}
	if s := r.Detectors[0]; s.Errors != 2 || !strings.Contains(s.LastErr, "bad name") || !strings.Contains(s.LastErr, "pid 400") || !strings.Contains(s.LastErr, "engine_test.go:") {
		t.Errorf("stat %+v", s)
	}
	if len(r.Errors) != 2 || !strings.Contains(r.Errors[1], "bad.state panicked") {
		t.Errorf("errors %q", r.Errors)
	}
	for range 100 {
		r = m.step(time.Second)
	}
	if n := r.Detectors[1].Errors; n < 4 || n > 9 {
		t.Errorf("a detector that always panics ran %d times in 100 s; its pauses must grow", n)
	}
	if r.Detectors[2].Errors != 0 {
		t.Error("a good detector has errors")
	}
}

func TestIdentityDetectorThatFailsCatchesUp(t *testing.T) {
	broken := true
	d := detector("a.b", threats.Identity, nil)
	d.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		if broken {
			panic("broken")
		}
		for _, i := range in.Look {
			dst = append(dst, in.OnProcess(i, &d.info))
		}
		return dst
	}
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	for i := range 50 {
		m.Run(fmt.Sprint("p", i))
	}
	r := m.step(time.Second)
	if n := r.Detectors[0].Errors; n == 0 || n > 12 {
		t.Errorf("%d panics over 52 processes", n)
	}
	broken = false
	for range 10 {
		r = m.step(time.Second)
	}
	if n := r.Detectors[0].Findings; n != 52 {
		t.Errorf("%d of 52 processes judged after the recovery", n)
	}
}

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
	needy.info.Needs = "root"
	failing := named("a.failing", threats.State, "x")
	failing.fail = "cannot read /etc/shadow: permission denied"
	m := start(t, threats.Options{
		Detectors:  []threats.Detector{needy, failing, deepDetector("a.deep")},
		Privileged: func() bool { return false },
	})
	r := m.step(time.Second)
	c := r.Coverage
	if c.Total != 3 || c.Checked != 2 || c.Partial != 2 || len(c.Unavailable) != 3 {
		t.Fatalf("coverage %+v", c)
	}
	if c.Unavailable[0].Needs != "root" || c.Unavailable[1].Why != failing.fail || c.Unavailable[2].Detector != "a.deep" {
		t.Errorf("unavailable %+v", c.Unavailable)
	}
}

func TestHostileCrowdIsBounded(t *testing.T) {
	d := detector("a.all", threats.Identity, nil)
	d.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for _, i := range in.Look {
			dst = append(dst, in.OnProcess(i, &d.info).With("x", "/proc", strings.Repeat("y", 10_000)))
		}
		return dst
	}
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	for range 5000 {
		m.Run("x")
	}
	r := m.step(time.Second)
	if n := len(r.Findings); n == 0 || n > 2048 {
		t.Errorf("%d findings", n)
	}
	if len(r.Findings[0].Evidence[0].Value) > threats.MaxEvidence {
		t.Error("unbounded evidence")
	}
	if len(r.Errors)+len(r.Coverage.Unavailable) == 0 {
		t.Error("nothing says that findings were left out")
	}
}

func TestWeakSignalsStayAtMedium(t *testing.T) {
	d := named("a.loud", threats.State, "evil")
	d.info.Severity = threats.Critical
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	m.Run("evil")
	expect(t, m.step(time.Second), "a.loud/medium")
}

func TestSteadyStateDoesNotAllocatePerProcess(t *testing.T) {
	allocs := func(n int) float64 {
		d := named("a.identity", threats.Identity, "evil")
		s := detector("a.state", threats.State, func(in *threats.Input, dst []threats.Finding) []threats.Finding {
			for i := range in.Snapshot.Processes {
				_ = in.Children(int32(i))
			}
			return dst
		})
		m := start(t, threats.Options{Detectors: []threats.Detector{d, s}})
		for range n {
			m.Run("x")
		}
		snaps := []*metrics.Snapshot{m.Snapshot(), m.Snapshot()}
		i := 0
		step := func() { m.e.Analyse(context.Background(), snaps[i%2], nil, nil); i++ }
		step()
		step()
		return testing.AllocsPerRun(20, step)
	}
	few, many := allocs(10), allocs(2000)
	if many > few+1 {
		t.Errorf("%.0f allocations with 10 processes, %.0f with 2000", few, many)
	}
}

// halves runs each half of a batch on a goroutine of its own.
type halves struct{}

func (halves) Each(ctx context.Context, n int, fn func(ctx context.Context, lo, hi int) error) error {
	done := make(chan error, 2)
	go func() { done <- fn(ctx, 0, n/2) }()
	go func() { done <- fn(ctx, n/2, n) }()
	return cmp.Or(<-done, <-done)
}

func TestParallelFirstLookAgreesWithSerial(t *testing.T) {
	look := func(b metrics.Batcher) string {
		var list []threats.Detector
		for i := range 5 {
			list = append(list, named(fmt.Sprint("a.", i), threats.Identity, fmt.Sprint("p", i)))
		}
		m := start(t, threats.Options{Detectors: list, Batch: b})
		for i := range 3000 {
			m.Run(fmt.Sprint("/opt/p", i%100))
		}
		r := m.step(time.Second)
		return String(r.Findings)
	}
	if serial, parallel := look(nil), look(halves{}); serial != parallel || serial == "" {
		t.Errorf("in parallel:%s\nserial:%s", parallel, serial)
	}
}

func TestRulesOfOneSetAreOneDetector(t *testing.T) {
	rules := []*threats.Info{
		{ID: "set.one", Set: "set", Title: "one", Severity: threats.Medium, Confidence: threats.Moderate},
		{ID: "set.two", Set: "set", Title: "two", Severity: threats.Medium, Confidence: threats.Moderate},
	}
	d := detector("set", threats.Identity, func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for _, i := range in.Look {
			if in.Process(i).ID.Comm == "evil" {
				dst = append(dst, in.OnProcess(i, rules[0]), in.OnProcess(i, rules[1]))
			}
		}
		return dst
	})
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	m.Run("evil")
	r := m.step(time.Second)
	expect(t, r, "set.one/medium") // joined, and no higher
	if len(r.Findings[0].Parts) != 2 || len(r.Detectors) != 1 || r.Detectors[0].Findings != 2 {
		t.Errorf("parts %+v, stats %+v", r.Findings[0].Parts, r.Detectors)
	}
}

func TestTheWorseOfTwoStays(t *testing.T) {
	d := detector("a.b", threats.State, nil)
	d.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		f := threats.OnHost("", &d.info).With("x", "y", "z")
		return append(dst, f.As(threats.Low, threats.Strong), f.As(threats.High, threats.Strong), f.As(threats.Medium, threats.Strong))
	}
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	for n := 1; n < 4; n++ {
		r := m.step(time.Second)
		expect(t, r, "a.b/high")
		if r.Findings[0].Count != n {
			t.Errorf("count %d, want %d", r.Findings[0].Count, n)
		}
	}
}
