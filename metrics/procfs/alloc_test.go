//go:build linux

package procfs

import (
	"context"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

// A cycle in which no process is new allocates for the cycle at most, and nothing
// for each process: not for the scan, and not for the counters of all of them.
func TestNoAllocationInSteadyState(t *testing.T) {
	tree := proctest.New(t)
	const n = 300
	exe := program(t, "p")
	for pid := int32(1); pid <= n; pid++ {
		tree.Process(pid, proctest.P{Comm: "x", Image: 0x5000, Cmdline: "x\x00", Exe: exe, Cwd: "/", Cgroup: "0::/a.service\n",
			UID: 7_000_000, Namespaces: map[string]uint32{"mnt": 1, "net": 2}})
	}
	s := source(t, Options{Root: tree.Root})
	list(t, s)
	procs := list(t, s)
	for _, p := range procs {
		if !p.Has(metrics.HasIO | metrics.HasCmdline | metrics.HasExeFile) {
			t.Fatalf("not complete: %+v", p)
		}
	}
	// All in each cycle, and their texts too.
	for _, tt := range []struct {
		what    string
		prepare func()
	}{
		{"counters", func() { s.last = time.Now().Add(-turnPeriod) }},
		{"texts", func() {
			s.last = time.Now().Add(-turnPeriod)
			for _, e := range s.entries {
				e.identityAt = -int64(time.Hour)
			}
		}},
	} {
		allocs := testing.AllocsPerRun(20, func() {
			tt.prepare()
			var err error
			if procs, err = s.Append(context.Background(), procs[:0]); err != nil || len(procs) != n {
				t.Fatal(len(procs), err)
			}
		})
		if allocs > 10 {
			t.Errorf("%s: %.0f allocations in a cycle of %d processes", tt.what, allocs, n)
		}
	}
}

// The same over the kernel's tree, where others come and go.
func TestNoAllocationLive(t *testing.T) {
	crowd := proctest.Crowd(t, 200)
	s := source(t, Options{})
	var procs []metrics.Process
	run := func() {
		var err error
		s.Watch(nil)
		s.last = time.Now().Add(-turnPeriod)
		if procs, err = s.Append(context.Background(), procs[:0]); err != nil {
			t.Fatal(err)
		}
	}
	run()
	run()
	best := 1e9
	for range 10 { // whatever others start costs allocations: the quietest counts
		best = min(best, testing.AllocsPerRun(3, run))
	}
	if best > float64(len(crowd))/10 {
		t.Errorf("%.0f allocations in a cycle of %d processes", best, len(procs))
	}
}
