package monitor

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// growing is a history of a quarter of an hour in which memory grows by so many MB
// an hour, as a sawtooth.
func growing(perHour float32) *History {
	h := NewHistory(900)
	var v [SeriesCount]float32
	for i := range 900 {
		v[SeriesRSS] = 40 + perHour*float32(i)/3600 + float32(i%9)*0.002
		h.Push(time.Unix(int64(i), 0), &v)
	}
	return h
}

func TestBigMemoryIsDiagnosed(t *testing.T) {
	const mb = 1 << 20
	caches := []metrics.CacheStat{
		{Name: "verdicts", Bytes: 2 * mb, Entries: 10_000},
		{Name: "program identities", Bytes: 6 * mb, Entries: 9000},
		{Name: "open stat files", Entries: 16_000},
	}
	for _, c := range []struct {
		name    string
		caches  []metrics.CacheStat
		history *History
		want    string
	}{
		{"nothing but the heap", nil, nil, "heap 30 MB of 60 MB"},
		{"a large cache", caches, nil, "heap 30 MB of 60 MB, caches 8.0 MB, the largest of them program identities with 6.0 MB in 9000 entries"},
		{"a cache that tells no size", caches[2:], nil, "heap 30 MB of 60 MB"},
		{"a large history", nil, NewHistory(100_000), "heap 30 MB of 60 MB, history 7.2 MB"},
		{"a leak", nil, growing(6), "heap 30 MB of 60 MB, history 0.1 MB; it grows by 6.01 MB an hour, which looks like a leak"},
		{"no leak", nil, growing(0), "heap 30 MB of 60 MB, history 0.1 MB"},
		{"too short for a leak", nil, func() *History {
			h := NewHistory(900)
			for i := range 300 {
				h.Push(time.Unix(int64(i), 0), &[SeriesCount]float32{SeriesRSS: float32(i)})
			}
			return h
		}(), "heap 30 MB of 60 MB, history 0.1 MB"},
	} {
		s := &Self{Caches: c.caches, History: c.history, Runtime: Runtime{HeapBytes: 30 * mb, RSSBytes: 60 * mb}}
		if got := bigMemory(s); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		s.KPIs[2] = KPI{Name: KPIRSS, Unit: "MB", Last: 60, Goal: 50, Known: true}
		if got := diagnose(&evidence{Self: s, report: &threats.Report{}}); len(got) != 1 || got[0] != "rss 60 MB against 50: "+c.want {
			t.Errorf("%s: the diagnosis is %q", c.name, got)
		}
	}
}

func TestBlockedSourcesAreNamed(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	for _, c := range []struct {
		name string
		stat metrics.SourceStat
		want []string
	}{
		{"in time", metrics.SourceStat{Name: "netlink", At: at}, nil},
		{"a read", metrics.SourceStat{Name: "procfs", At: at.Add(-time.Minute), Late: true, Since: at},
			[]string{"procfs does not answer since 03:04:05: a blocked read; its last values are shown"}},
		{"the network", metrics.SourceStat{Name: "netlink", At: at.Add(-time.Second), Late: true, Since: at},
			[]string{"netlink does not answer since 03:04:05: blocked network operations; its last values are shown"}},
		{"a disk, from the start", metrics.SourceStat{Name: "disks", Late: true, Since: at},
			[]string{"disks has not answered yet: blocked disk I/O"}},
		{"an error", metrics.SourceStat{Name: "cgroups", At: at, Late: true, Err: "panic: x\ngoroutine 1"},
			[]string{"cgroups failed: panic: x"}},
	} {
		if got := blocked([]metrics.SourceStat{c.stat}); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestValuesAndBoundsStayApart(t *testing.T) {
	for _, c := range []struct {
		v, bound float64
		want     string
	}{
		{8, 5, "8 against 5"}, {7.4, 5, "7 against 5"}, {0.14, 0.1, "0.14 against 0.1"}, {5.04, 5, "5.04 against 5"},
		{100.4, 100, "100.4 against 100"}, {0.7, 0.1, "1 against 0.1"}, {460.85, 460.79999923, "461 against 460.8"},
		{2 << 20, 1 << 20, "2097152 against 1048576"},
	} {
		if got := above(c.v, c.bound) + " against " + plain(c.bound); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Only the means against a goal are told with it.
func TestHeldBackIsOfTheGoal(t *testing.T) {
	held := []held{{means: &means{name: "deep", against: onCPU | onDetect}}, {means: &means{name: "history", against: onRSS}},
		{means: &means{name: "interval", against: onCPU}}}
	for _, c := range []struct {
		goal int // of the KPIs
		want string
	}{{0, ""}, {1, "; held back now: deep"}, {2, "; held back now: history"}, {3, "; held back now: deep, interval"}} {
		e := newEvidence(KPI{Name: [...]string{KPICollect, KPIDetect, KPIRSS, KPICPU}[c.goal], Last: 70, Goal: 50, Known: true})
		e.held = held
		got := diagnose(e)
		if len(got) != 1 {
			t.Fatalf("%q", got)
		}
		if _, after, _ := strings.Cut(got[0], "; "); after != strings.TrimPrefix(c.want, "; ") {
			t.Errorf("got %q, want %q at its end", got[0], c.want)
		}
	}
}

// What the program may take is a bound of its own, with a goal that is met or missed.
func TestMemoryBoundIsDiagnosed(t *testing.T) {
	const mb = 1 << 20
	const line = "memory 600 MB against the 512 MB that it may take, max_memory_mb or nine tenths of the control group's limit"
	history := []held{{means: &means{name: "history", against: onRSS}}, {means: &means{name: "interval", against: onCPU}}}
	for _, c := range []struct {
		name   string
		rss    uint64
		goal   float64
		memory uint64
		held   []held
		want   []string
	}{
		{"within both", 512 * mb, 1000, 512 * mb, history, nil},
		{"no bound", 600 * mb, 1000, 0, nil, nil},
		{"above the bound", 600 * mb, 1000, 512 * mb, history, []string{line + ": heap 30 MB of 600 MB; held back now: history"}},
		{"no goal", 600 * mb, 0, 512 * mb, nil, []string{line + ": heap 30 MB of 600 MB"}},
		{"above both", 600 * mb, 550, 512 * mb, nil, []string{"rss 600 MB against 550: heap 30 MB of 600 MB", line}},
		{"by little", 512*mb + mb/2, 1000, 512 * mb, nil, []string{strings.Replace(line, "600", "512.5", 1) + ": heap 30 MB of 512 MB"}},
	} {
		v := float64(c.rss) / mb
		e := newEvidence(KPI{Name: KPIRSS, Unit: "MB", Last: v, Goal: c.goal, Known: true, Met: c.goal == 0 || v <= c.goal})
		e.Runtime, e.memory, e.held = Runtime{HeapBytes: 30 * mb, RSSBytes: c.rss}, c.memory, c.held
		if got := diagnose(e); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// newEvidence is that of a cycle in which all but the one KPI are met.
func newEvidence(k KPI) *evidence {
	at := time.Unix(1e9, 0)
	e := &evidence{Self: &Self{}, report: &threats.Report{At: at}, at: at, ledger: newLedger(at, 0)}
	for i, name := range [...]string{KPICollect, KPIDetect, KPIRSS, KPICPU} {
		e.KPIs[i] = KPI{Name: name, Met: true, Known: true}
		if name == k.Name {
			e.KPIs[i] = k
		}
	}
	e.KPIs[4].Met = true
	return e
}
