package detectors

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

const sleeperRule = `title: A sleeper
id: 11111111-2222-4333-8444-555555555555
logsource: {category: process_creation, product: linux}
detection:
  s:
    CommandLine|contains: mysleep123
  condition: s
level: high
`

// changing is a rule source whose set is replaced.
type changing struct{ set *sigma.Set }

func (c *changing) Set() *sigma.Set { return c.set }

// TestNewRulesJudgeWhatRunsAlready loads a rule while the process it speaks of runs.
func TestNewRulesJudgeWhatRunsAlready(t *testing.T) {
	dir := t.TempDir()
	load := func() *sigma.Set { return sigma.Load(sigma.Options{}, sigma.Path(dir)) }
	rules := &changing{load()}
	e := threats.New(threats.Options{Detectors: sigmaFamily(Options{Rules: rules}, &traffic{}), Root: t.TempDir()})
	defer e.Close()
	at := time.Unix(1e9, 0)
	id := &metrics.Identity{Comm: "sleep", Exe: "/usr/bin/sleep", Cmdline: "mysleep123\x0020\x00", User: "root"}
	cycle := func() *threats.Report {
		at = at.Add(time.Second)
		s := &metrics.Snapshot{At: at, Uptime: time.Hour, ProcessesAt: at,
			Processes: []metrics.Process{{Key: metrics.ProcKey{PID: 7, Start: 1}, ExecID: 1, ID: id}}}
		return e.Analyse(t.Context(), s, nil, nil)
	}
	found := func(r *threats.Report) bool {
		return slices.ContainsFunc(r.Findings, func(f threats.Finding) bool { return f.Info.Title == "A sleeper" && !f.Gone })
	}
	if found(cycle()) {
		t.Fatal("found without a rule")
	}
	if err := os.WriteFile(filepath.Join(dir, "a.yml"), []byte(sleeperRule), 0o644); err != nil {
		t.Fatal(err)
	}
	rules.set = load()
	if !found(cycle()) {
		t.Error("the new rule does not see what runs already")
	}
	if !found(cycle()) {
		t.Error("the finding does not last")
	}
	if err := os.Remove(filepath.Join(dir, "a.yml")); err != nil {
		t.Fatal(err)
	}
	rules.set = load()
	if found(cycle()) {
		t.Error("the finding outlives its rule")
	}
}
