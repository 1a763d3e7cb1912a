package threats_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
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
		o.Privileged = func(metrics.Privilege) bool { return true }
	}
	m := &machine{w, threats.New(o)}
	t.Cleanup(func() { m.e.Close() })
	return m
}

func (m *machine) step(d time.Duration) *threats.Report {
	m.Now = m.Now.Add(d)
	return m.e.Analyse(context.Background(), m.Snapshot(), nil, nil)
}

// Giving up memory loses no verdict and no finding, and looks go on.
func TestShrinkKeepsVerdicts(t *testing.T) {
	judged := 0
	d := detector("a.one", threats.Identity, nil)
	d.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		judged += len(in.Look)
		for _, i := range in.Look {
			if in.Process(i).ID.Comm == "bad" {
				dst = append(dst, in.OnProcess(i, &d.info).With("x", "/proc", "y"))
			}
		}
		return dst
	}
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	m.Run("bad")
	m.Run("good")
	m.step(time.Second)
	m.e.Files().Peek("/etc/passwd")
	judged = 0
	m.e.Shrink()
	for _, c := range m.e.Caches() {
		if c.Name == "file peeks" && c.Entries != 0 {
			t.Errorf("%+v", c)
		}
	}
	m.Run("later")
	if r := m.step(time.Second); len(r.Findings) != 1 || judged != 1 {
		t.Errorf("%s, %d processes judged", ids(r), judged)
	}
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
