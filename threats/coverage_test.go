package threats_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// gaps is an inspector that can read some parts only.
type gaps struct {
	read metrics.Parts
	fail error
	sum  string // of every program
}

func (g *gaps) Inspect(_ context.Context, k metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	if g.fail != nil {
		return nil, g.fail
	}
	d := &metrics.Detail{Key: k, Read: parts & g.read, SHA256: g.sum}
	for part := metrics.Parts(1); part&metrics.PartsAll != 0; part <<= 1 {
		if parts&part&^g.read != 0 {
			d.Gaps = append(d.Gaps, metrics.Gap{What: map[metrics.Parts]string{
				metrics.PartEnviron: "environment", metrics.PartFDs: "descriptors", metrics.PartMaps: "maps"}[part], Why: "denied", Needs: "root"})
		}
	}
	return d, nil
}

func sees(_ *threats.Input, dst []threats.Finding) []threats.Finding { return dst }

func deepOf(id string, number int, parts metrics.Parts) threats.Detector {
	d := detector(id, threats.Deep, sees)
	d.info.Number, d.info.Parts = number, parts
	return d
}

// A detector is told what it could not see itself, and not what others could not. Kinds
// of detection are counted, not detectors.
func TestCoverageOfParts(t *testing.T) {
	host := detector("d.host", threats.Host, sees)
	host.info.Number, host.info.Needs = 3, metrics.ReadFiles
	insp := &gaps{read: metrics.PartFDs}
	m := start(t, threats.Options{Inspector: insp, Privileged: func(metrics.Privilege) bool { return false }, DeepBudget: time.Minute, Detectors: []threats.Detector{
		deepOf("a.environ", 1, metrics.PartEnviron), deepOf("a.maps", 1, metrics.PartMaps), deepOf("b.fds", 2, metrics.PartFDs), host}})
	p := m.Run("x")
	m.step(time.Second)
	r := m.step(time.Second)
	why := map[string]string{}
	for _, u := range r.Coverage.Unavailable {
		why[u.Detector] = u.Why
	}
	if why["a.environ"] != "environment: denied" || why["a.maps"] != "maps: denied" || why["b.fds"] != "" {
		t.Errorf("reasons %q", why)
	}
	if s := r.Coverage.String(); s != "checked 3 of 3, 2 need root" {
		t.Errorf("%q: %+v", s, r.Coverage)
	}
	// What is read after all, or gone, is no gap.
	insp.read = metrics.PartsAll
	p.Key.Start++ // another process with its pid
	m.step(time.Second)
	if r = m.step(time.Second); len(r.Coverage.Unavailable) != 1 || r.Coverage.String() != "checked 3 of 3, 1 needs root" {
		t.Errorf("%q: %+v", r.Coverage.String(), r.Coverage)
	}
	insp.fail = errors.New("no memory")
	m.Run("y")
	m.step(time.Second)
	if r = m.step(time.Second); len(r.Coverage.Unavailable) != 4 || !strings.Contains(r.Coverage.Unavailable[0].Why, "no memory") {
		t.Errorf("%+v", r.Coverage.Unavailable)
	}
}

// An entry that names a hash covers in the one report that there is, and the report
// tells the hash.
func TestAllowByHashInASingleReport(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	for want, allow := range map[string]threats.Allow{
		"!a.one/medium": {Detector: "a.one", SHA256: sum, Reason: "ours"},
		"a.one/medium":  {Detector: "a.one", SHA256: strings.Repeat("cd", 32), Reason: "another program"},
	} {
		m := start(t, threats.Options{Detectors: signals(), Allow: []threats.Allow{allow}, Inspector: &gaps{read: metrics.PartsAll, sum: sum}, Eager: true})
		m.Run("x a.one=medium")
		r := m.step(time.Second)
		expect(t, r, want)
		if got := r.Findings[0].Process.SHA256; got != sum {
			t.Errorf("the report tells the hash %q", got)
		}
	}
}

// Of a live monitor, the hash comes in a later report, and the entry applies then.
func TestAllowByHashLater(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	m := start(t, threats.Options{Detectors: signals(), Allow: []threats.Allow{{SHA256: sum, Reason: "ours"}}, Inspector: &gaps{read: metrics.PartsAll, sum: sum}})
	m.Run("x a.one=medium")
	expect(t, m.step(time.Second), "a.one/medium")
	expect(t, m.step(time.Second), "!a.one/medium")
	if !m.e.Settled() {
		t.Error("something is still being looked up")
	}
}
