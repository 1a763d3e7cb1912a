package filter

import (
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
)

// cgroupFields can be asked of control groups. What belongs to a controller that
// a group lacks is not known.
var cgroupFields = []field{
	{name: "name", about: "last part of the path", text: func(r *row, t *textTest) bool {
		return t.match(r.cgroup.Path[strings.LastIndexByte(r.cgroup.Path, '/')+1:])
	}},
	{name: "path", about: "path in the hierarchy", text: pathText},
	{name: "cpu", about: "CPU, in percent of one core", unit: percent,
		number: ofCgroupRate("cpu", func(r *metrics.CgroupRate) float64 { return r.CPU })},
	{name: "cpu.limit", about: "limit of CPU, in cores; without one it is not known",
		number: ofCgroup("cpu", func(g *metrics.CgroupStat) (float64, bool) { return g.CPUQuota, g.CPUQuota > 0 })},
	{name: "throttled", about: "share of the time in which the limit of CPU was hit", unit: percent,
		number: ofCgroupRate("cpu", func(r *metrics.CgroupRate) float64 { return r.Throttled })},
	{name: "memory", about: "memory charged to it: programs, page cache, kernel", unit: bytes,
		number: ofCgroup("memory", func(g *metrics.CgroupStat) (float64, bool) { return float64(g.MemoryBytes), true })},
	{name: "memory.limit", about: "limit of memory; without one it is not known", unit: bytes,
		number: ofCgroup("memory", func(g *metrics.CgroupStat) (float64, bool) { return float64(g.MemoryMax), g.MemoryMax > 0 })},
	{name: "memory.used", about: "memory in percent of its limit", unit: percent,
		number: ofCgroup("memory", func(g *metrics.CgroupStat) (float64, bool) {
			return 100 * float64(g.MemoryBytes) / float64(max(g.MemoryMax, 1)), g.MemoryMax > 0
		})},
	{name: "swap", about: "memory swapped out", unit: bytes,
		number: ofCgroup("memory", func(g *metrics.CgroupStat) (float64, bool) { return float64(g.SwapBytes), true })},
	{name: "oom", about: "processes killed for lack of memory",
		number: ofCgroup("memory", func(g *metrics.CgroupStat) (float64, bool) { return float64(g.OOMKills), true })},
	{name: "read", about: "bytes read from storage per second", unit: bytes,
		number: ofCgroupRate("io", func(r *metrics.CgroupRate) float64 { return r.ReadBps })},
	{name: "write", about: "bytes written to storage per second", unit: bytes,
		number: ofCgroupRate("io", func(r *metrics.CgroupRate) float64 { return r.WriteBps })},
	{name: "io", about: "bytes read and written per second", unit: bytes,
		number: ofCgroupRate("io", func(r *metrics.CgroupRate) float64 { return r.ReadBps + r.WriteBps })},
	{name: "pids", about: "processes and threads", number: ofCgroup("pids", func(g *metrics.CgroupStat) (float64, bool) {
		if g.PidsCurrent > 0 {
			return float64(g.PidsCurrent), true
		}
		return float64(g.Processes), true // the root of the hierarchy does not count them
	})},
	{name: "pids.limit", about: "limit of processes and threads; without one it is not known",
		number: ofCgroup("pids", func(g *metrics.CgroupStat) (float64, bool) { return float64(g.PidsMax), g.PidsMax > 0 })},
	{name: "processes", about: "processes in the group itself", number: ofCgroup("", func(g *metrics.CgroupStat) (float64, bool) {
		return float64(g.Processes), true
	})},
	{name: "pressure", about: "the largest of its pressures", unit: percent,
		number: ofPressure(func(p *metrics.Pressure) float64 { return max(p.CPUSome.Avg10, p.MemorySome.Avg10, p.IOSome.Avg10) })},
	{name: "pressure.cpu", about: "share of the last 10 s in which some task waited for CPU", unit: percent,
		number: ofPressure(func(p *metrics.Pressure) float64 { return p.CPUSome.Avg10 })},
	{name: "pressure.memory", about: "share of the last 10 s in which some task waited for memory", unit: percent,
		number: ofPressure(func(p *metrics.Pressure) float64 { return p.MemorySome.Avg10 })},
	{name: "pressure.io", about: "share of the last 10 s in which some task waited for I/O", unit: percent,
		number: ofPressure(func(p *metrics.Pressure) float64 { return p.IOSome.Avg10 })},
	flag("limited", "has a limit of CPU, memory or tasks", func(r *row) bool {
		return r.cgroup.CPUQuota > 0 || r.cgroup.MemoryMax > 0 || r.cgroup.PidsMax > 0
	}),
}

func pathText(r *row, t *textTest) bool { return t.match(r.cgroup.Path) }

// ofCgroup is single for what a control group has, if it has the controller.
func ofCgroup(controller string, get func(g *metrics.CgroupStat) (float64, bool)) func(*row, numberTest) bool {
	return single(func(r *row) (float64, bool) {
		if slices.Contains(r.cgroup.Missing, controller) {
			return 0, false
		}
		return get(r.cgroup)
	})
}

// ofCgroupRate is ofCgroup for what a group did since the last snapshot.
func ofCgroupRate(controller string, get func(r *metrics.CgroupRate) float64) func(*row, numberTest) bool {
	return single(func(r *row) (float64, bool) {
		if r.rates == nil || r.i >= len(r.rates.Cgroups) || slices.Contains(r.cgroup.Missing, controller) {
			return 0, false
		}
		return get(&r.rates.Cgroups[r.i]), true
	})
}

func ofPressure(get func(p *metrics.Pressure) float64) func(*row, numberTest) bool {
	return ofCgroup("pressure", func(g *metrics.CgroupStat) (float64, bool) { return get(&g.Pressure), g.Pressure.Have })
}
