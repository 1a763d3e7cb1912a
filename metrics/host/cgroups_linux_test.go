package host

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// inGroup puts the files of one group into files.
func inGroup(files map[string]string, dir string, group map[string]string) {
	for name, text := range group {
		files[dir+"/"+name] = text
	}
}

const psiText = "some avg10=1.00 avg60=0.50 avg300=0.25 total=100\nfull avg10=0.10 avg60=0.00 avg300=0.00 total=10\n"

func TestCgroupsV2(t *testing.T) {
	files := make(map[string]string)
	base := "sys/fs/cgroup"
	inGroup(files, base, map[string]string{"cgroup.controllers": "cpu io memory pids\n", "cgroup.procs": "1\n2\n3\n",
		"cpu.stat": "usage_usec 900\nuser_usec 600\nsystem_usec 300\n", "io.stat": "8:0 rbytes=5 wbytes=6 rios=7 wios=8\n"})
	inGroup(files, base+"/system.slice", map[string]string{"cgroup.procs": "", "cpu.stat": "usage_usec 5\n"})
	inGroup(files, base+"/system.slice/web.service", map[string]string{
		"cgroup.procs": "10\n11\n",
		"cpu.stat":     "usage_usec 1000\nuser_usec 700\nsystem_usec 300\nnr_periods 9\nnr_throttled 4\nthrottled_usec 55\n",
		"cpu.max":      "150000 100000\n", "memory.current": "4096\n", "memory.max": "max\n", "memory.peak": "8192\n",
		"memory.swap.current": "512\n", "memory.events": "low 0\noom 3\noom_kill 2\noom_group_kill 1\n",
		"io.stat":      "8:0 rbytes=100 wbytes=200 rios=3 wios=4 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=1 wios=1\n",
		"pids.current": "7\n", "pids.max": "100\n", "cpu.pressure": psiText, "memory.pressure": psiText, "io.pressure": psiText,
	})
	r := NewCgroups(CgroupOptions{Root: writeTree(t, files)})
	var s metrics.System
	before := time.Now()
	gaps := readOne(t, r, &s)
	if s.CgroupV != "v2" || s.CgroupsAt.Before(before) || len(s.Cgroups) != 3 {
		t.Fatalf("version %q at %v: %+v", s.CgroupV, s.CgroupsAt, s.Cgroups)
	}
	root, slice, web := s.Cgroups[0], s.Cgroups[1], s.Cgroups[2]
	if root.Path != "/" || root.Processes != 3 || root.CPUMicros != 900 || root.WriteOps != 8 || root.Missing != nil {
		t.Errorf("root: %+v", root)
	}
	if slice.Path != "/system.slice" || slice.CPUMicros != 5 || !reflect.DeepEqual(slice.Missing, []string{"memory", "io", "pids", "pressure"}) {
		t.Errorf("slice: %+v", slice)
	}
	psi, full := metrics.PSI{Avg10: 1, Avg60: .5, Avg300: .25, TotalMicros: 100}, metrics.PSI{Avg10: .1, TotalMicros: 10}
	want := metrics.CgroupStat{ID: web.ID, Path: "/system.slice/web.service", Processes: 2, CPUMicros: 1000, UserMicros: 700,
		SystemMicros: 300, Throttled: 4, ThrottledMicros: 55, CPUQuota: 1.5, MemoryBytes: 4096, MemoryPeak: 8192, SwapBytes: 512,
		OOMKills: 2, ReadBytes: 101, WriteBytes: 202, ReadOps: 4, WriteOps: 5, PidsCurrent: 7, PidsMax: 100,
		Pressure: metrics.Pressure{Have: true, CPUSome: psi, MemorySome: psi, IOSome: psi, CPUFull: full, MemoryFull: full, IOFull: full}}
	if web.ID == 0 || !reflect.DeepEqual(web, want) {
		t.Errorf("got  %+v\nwant %+v", web, want)
	}
	if len(gaps) != 0 {
		t.Errorf("gaps %+v", gaps)
	}
}

func TestCgroupsHybrid(t *testing.T) {
	files := make(map[string]string)
	base := "sys/fs/cgroup"
	inGroup(files, base+"/unified", map[string]string{"cgroup.controllers": "", "cgroup.procs": "1\n", "cpu.stat": "usage_usec 1\n"})
	inGroup(files, base+"/unified/box", map[string]string{"cgroup.procs": "5\n6\n7\n", "cpu.stat": "usage_usec 1\n"})
	inGroup(files, base+"/memory", map[string]string{"cgroup.procs": "1\n", "cgroup.sane_behavior": "0\n",
		"memory.usage_in_bytes": "900\n", "memory.kmem.usage_in_bytes": "300\n", "memory.memsw.usage_in_bytes": "950\n"})
	inGroup(files, base+"/memory/box", map[string]string{"cgroup.procs": "5\n", "memory.usage_in_bytes": "1000\n", "memory.kmem.usage_in_bytes": "300\n",
		"memory.limit_in_bytes": "9223372036854771712\n", "memory.max_usage_in_bytes": "3000\n",
		"memory.memsw.usage_in_bytes": "1200\n", "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 6\n"})
	inGroup(files, base+"/memory/other", map[string]string{"cgroup.procs": "9\n", "memory.usage_in_bytes": "1\n", "memory.limit_in_bytes": "4096\n"})
	inGroup(files, base+"/cpu", map[string]string{"cgroup.procs": ""})
	inGroup(files, base+"/cpu/box", map[string]string{"cgroup.procs": "", "cpu.stat": "nr_periods 3\nnr_throttled 2\nthrottled_time 7000\n",
		"cpu.cfs_quota_us": "50000\n", "cpu.cfs_period_us": "100000\n"})
	inGroup(files, base+"/cpuacct", map[string]string{"cgroup.procs": ""})
	inGroup(files, base+"/cpuacct/box", map[string]string{"cgroup.procs": "", "cpuacct.usage": "5000000\n", "cpuacct.stat": "user 3\nsystem 2\n"})
	inGroup(files, base+"/blkio", map[string]string{"cgroup.procs": ""})
	inGroup(files, base+"/blkio/box", map[string]string{"cgroup.procs": "",
		"blkio.throttle.io_service_bytes":           "8:0 Read 1\n8:0 Write 1\nTotal 2\n",
		"blkio.throttle.io_service_bytes_recursive": "8:0 Read 10\n8:0 Write 20\n8:0 Total 30\n8:16 Read 1\nTotal 31\n",
		"blkio.throttle.io_serviced":                "8:0 Read 3\n8:0 Write 4\n"})
	var s metrics.System
	gaps := readOne(t, NewCgroups(CgroupOptions{Root: writeTree(t, files)}), &s)
	if s.CgroupV != "hybrid" || len(s.Cgroups) != 3 {
		t.Fatalf("version %q: %+v", s.CgroupV, s.Cgroups)
	}
	box, other := s.Cgroups[1], s.Cgroups[2]
	want := metrics.CgroupStat{ID: box.ID, Path: "/box", Processes: 3, CPUMicros: 5000, UserMicros: 30000, SystemMicros: 20000,
		Throttled: 2, ThrottledMicros: 7, CPUQuota: .5, MemoryBytes: 1000, MemoryPeak: 3000, SwapBytes: 200, OOMKills: 6,
		ReadBytes: 11, WriteBytes: 20, ReadOps: 3, WriteOps: 4, Missing: []string{"pids", "pressure"}}
	if !reflect.DeepEqual(box, want) {
		t.Errorf("got  %+v\nwant %+v", box, want)
	}
	if root := s.Cgroups[0]; root.MemoryBytes != 1200 || root.SwapBytes != 50 { // not less than what is in it
		t.Errorf("the root has %d bytes, %d swapped", root.MemoryBytes, root.SwapBytes)
	}
	if other.MemoryMax != 4096 || !reflect.DeepEqual(other.Missing, []string{"cpu", "io", "pids", "pressure"}) {
		t.Errorf("%+v", other)
	}
	if len(gaps) != 1 || !strings.Contains(gaps[0].What, "pids, pressure") || !strings.Contains(gaps[0].Needs, "unified") {
		t.Errorf("gaps %+v", gaps)
	}
}

func TestCgroupsBounds(t *testing.T) {
	files := map[string]string{"sys/fs/cgroup/cgroup.controllers": "", "sys/fs/cgroup/cgroup.procs": ""}
	for i := range 30 {
		files[fmt.Sprintf("sys/fs/cgroup/g%d/cgroup.procs", i)] = "1\n"
	}
	files["sys/fs/cgroup"+strings.Repeat("/d", maxCgroupDepth+5)+"/cgroup.procs"] = ""
	root := writeTree(t, files)
	for _, most := range []int{5, 1000} {
		var s metrics.System
		gaps := readOne(t, NewCgroups(CgroupOptions{Root: root, MaxGroups: most}), &s)
		if len(s.Cgroups) > most || most == 1000 && len(s.Cgroups) != 1+30+maxCgroupDepth {
			t.Errorf("limit %d: %d groups", most, len(s.Cgroups))
		}
		if !strings.Contains(fmt.Sprint(gaps), "there are more than") {
			t.Errorf("limit %d: gaps %+v", most, gaps)
		}
	}
}

func TestCgroupsAdapt(t *testing.T) {
	c := NewCgroups(CgroupOptions{}).(*cgroups)
	for took, want := range map[time.Duration]time.Duration{
		0: 2 * time.Second, time.Millisecond: 2 * time.Second, 10 * time.Millisecond: 10 * time.Second, time.Hour: 30 * time.Second,
	} {
		if c.took.Store(int64(took)); c.Every() != want {
			t.Errorf("after %v: every %v, want %v", took, c.Every(), want)
		}
	}
}

func TestCgroupsEnd(t *testing.T) {
	root := writeTree(t, map[string]string{"sys/fs/cgroup/cgroup.controllers": "", "sys/fs/cgroup/a/cgroup.procs": ""})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewCgroups(CgroupOptions{Root: root}).Read(ctx); err == nil {
		t.Error("no error after the context ended")
	}
}

// TestCgroupsLive reads those of this machine, of whatever version, twice: paths
// are kept, and a group that stays keeps its identity.
func TestCgroupsLive(t *testing.T) {
	r := NewCgroups(CgroupOptions{})
	var first, second metrics.System
	readOne(t, r, &first)
	if first.CgroupV == "" {
		t.Skip("no control groups are mounted in the usual place")
	}
	readOne(t, r, &second)
	if len(first.Cgroups) == 0 || first.Cgroups[0].Path != "/" {
		t.Fatalf("%+v", first.Cgroups)
	}
	if first.Cgroups[0].ID != second.Cgroups[0].ID || second.Cgroups[0].CPUMicros < first.Cgroups[0].CPUMicros {
		t.Errorf("the root was %+v and became %+v", first.Cgroups[0], second.Cgroups[0])
	}
}
