package monitor

import (
	"slices"
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
		if got := diagnose(s, &threats.Report{}); len(got) != 1 || got[0] != "rss 60 MB against 50: "+c.want {
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

// A slow collection is told by what it waits for.
func TestSlowSourcesAreNamedInWords(t *testing.T) {
	got := slowSources([]metrics.SourceStat{
		{Name: "ebpf", Took: 9e6},
		{Name: "netlink", Took: 140e6, Note: "fds of pid 812: 90000 files, 130.0 ms, goes on in the next cycle"},
		{Name: "disks", Took: 20e6}, {Name: "cpu", Took: 1e6},
	})
	want := "140.0 ms in network operations of netlink (fds of pid 812: 90000 files, 130.0 ms, goes on in the next cycle), " +
		"20.0 ms in disk I/O of disks, 9.0 ms in ebpf"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
