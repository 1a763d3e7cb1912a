package monitor

import (
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

const ms = time.Millisecond

// A slow collection is explained by what it waited for, in words.
func TestSlowCollection(t *testing.T) {
	at := time.Unix(1e9, 0)
	note := "fds of pid 812: 90000 files, 130.0 ms, goes on in the next cycle"
	for _, c := range []struct {
		name    string
		took    float64 // ms
		sources []metrics.SourceStat
		want    string
	}{
		{"in words", 180, []metrics.SourceStat{
			{Name: "ebpf", At: at, Took: 9 * ms}, {Name: "netlink", At: at, Took: 140 * ms, Note: note},
			{Name: "disks", At: at, Took: 20 * ms}, {Name: "cpu", At: at, Took: ms}},
			"140.0 ms in network operations of netlink (" + note + "), 20.0 ms in disk I/O of disks, 10.0 ms outside of all sources"},
		{"not what was read nine seconds ago", 120, []metrics.SourceStat{
			{Name: "procfs", At: at, Took: 115 * ms}, {Name: "disks", At: at.Add(-9 * time.Second), Took: 900 * ms}},
			"115.0 ms in procfs, 5.0 ms outside of all sources"},
		{"nor what it did not wait for", 120, []metrics.SourceStat{
			{Name: "procfs", At: at, Took: 120 * ms}, {Name: "disks", At: at, Took: 110 * ms, Beside: true},
			{Name: "cgroups", At: at.Add(-time.Minute), Late: true, Since: at.Add(-9 * time.Second), Beside: true}},
			"120.0 ms in procfs"},
		{"what began before, as far as it lasted", 120, []metrics.SourceStat{
			{Name: "netlink", At: at.Add(-200 * ms), Took: 310 * ms}, {Name: "procfs", At: at.Add(-200 * ms), Took: 190 * ms}},
			"110.0 ms in network operations of netlink, 10.0 ms outside of all sources"},
		{"one that hangs", 2000, []metrics.SourceStat{
			{Name: "procfs", At: at.Add(-3 * time.Second), Took: ms, Late: true, Since: at, Note: "of another cycle"}, {Name: "cpu", At: at, Took: ms}},
			"2000.0 ms in procfs (it has not answered), 1.0 ms in cpu"},
		{"one that failed after a while", 1900, []metrics.SourceStat{
			{Name: "netlink", At: at.Add(-time.Second), Took: 1890 * ms, Late: true, Since: at.Add(5 * ms), Err: "timeout"}},
			"1890.0 ms in network operations of netlink, 10.0 ms outside of all sources"},
		{"beside each other", 120, []metrics.SourceStat{{Name: "procfs", At: at, Took: 110 * ms}, {Name: "netlink", At: at, Took: 100 * ms}},
			"110.0 ms in procfs, 100.0 ms in network operations of netlink"},
		{"none", 120, nil, "120.0 ms outside of all sources"},
	} {
		e := newEvidence(KPI{Name: KPICollect, Unit: "ms", Last: c.took, Goal: 100, Known: true})
		e.Sources = c.sources
		if got := slowSources(e); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// A slow analysis is explained by the detectors that ran in it, and their rules.
func TestSlowAnalysis(t *testing.T) {
	at := time.Unix(1e9, 0)
	before := at.Add(-time.Second)
	rules := func(dear, cheap time.Duration) []threats.RuleCost {
		return []threats.RuleCost{
			{ID: "a", Title: "Cheap", Detector: "sigma.process-creation", Time: cheap},
			{ID: "b", Title: "Dear", Detector: "sigma.process-creation", Time: dear},
			{ID: "c", Title: "Of Files", Detector: "sigma.file-event", Time: 10 * dear},
		}
	}
	for _, c := range []struct {
		name        string
		detectors   []threats.DetectorStat
		rules, were []threats.RuleCost
		want        string
	}{
		{"not those beside it", []threats.DetectorStat{
			{ID: "network.beacon", Cost: threats.State, Took: 65 * ms, LastRun: at},
			{ID: "sigma.file-event", Cost: threats.Host, Took: 200 * ms, LastRun: at},
			{ID: "memory.rwx", Cost: threats.Deep, Took: 80 * ms, LastRun: at}},
			nil, nil, "65.0 ms in network.beacon, 5.0 ms outside of all detectors"},
		{"nor those that had nothing to look at", []threats.DetectorStat{
			{ID: "process.odd-name", Cost: threats.Identity, Took: 300 * ms, LastRun: before},
			{ID: "network.beacon", Cost: threats.State, Took: 69 * ms, LastRun: at}},
			nil, nil, "69.0 ms in network.beacon, 1.0 ms outside of all detectors"},
		{"its rule", []threats.DetectorStat{{ID: "sigma.process-creation", Cost: threats.Identity, Took: 70 * ms, LastRun: at}},
			rules(142*ms, 1200*ms), rules(100*ms, 1199*ms), `70.0 ms in sigma.process-creation (42.0 ms of it in the rule "Dear")`},
		{"no rule stands out", []threats.DetectorStat{{ID: "sigma.process-creation", Cost: threats.Identity, Took: 70 * ms, LastRun: at}},
			rules(106*ms, 1202*ms), rules(100*ms, 1199*ms), "70.0 ms in sigma.process-creation"},
		{"a new set of rules", []threats.DetectorStat{{ID: "sigma.process-creation", Cost: threats.Identity, Took: 70 * ms, LastRun: at}},
			rules(42*ms, 3*ms), rules(100*ms, 1199*ms), `70.0 ms in sigma.process-creation (42.0 ms of it in the rule "Dear")`},
		{"the analysis itself", []threats.DetectorStat{{ID: "network.beacon", Cost: threats.State, Took: 10 * time.Microsecond, LastRun: at}},
			nil, nil, "70.0 ms outside of all detectors"},
	} {
		e := newEvidence(KPI{Name: KPIDetect, Unit: "ms", Last: 70, Goal: 50, Known: true})
		e.report.Detectors = c.detectors
		e.ledger.sum.rules, e.ledger.before = c.rules, c.were
		want := "detect 70 ms against 50: " + c.want
		if got := strings.Join(diagnose(e), "\n"); got != want {
			t.Errorf("%s: got %q, want %q", c.name, got, want)
		}
	}
}
