package ui

import (
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// cgroups is the view of control groups: units and containers.
type cgroups struct {
	list  table
	snap  *metrics.Snapshot
	rates *metrics.Rates
	index []int32
}

func newCgroups() *cgroups {
	c := &cgroups{snap: &metrics.Snapshot{}, rates: &metrics.Rates{}}
	c.list = table{rows: c, sortBy: "cpu"}
	return c
}

func (c *cgroups) name() string  { return "Cgroups" }
func (c *cgroups) scope() scope  { return lists }
func (c *cgroups) table() *table { return &c.list }
func (c *cgroups) count() int    { return len(c.snap.System.Cgroups) }

func (c *cgroups) refresh(m *Model) {
	c.snap, c.rates = m.frame.Snapshot, m.frame.Rates
	q := m.filterOf(cgroupView)
	c.index = c.index[:0]
	for i := range c.snap.System.Cgroups {
		if q.good.Cgroup(&m.data, i) {
			c.index = append(c.index, int32(i))
		}
	}
	c.list.setRows(c.index)
}

func (c *cgroups) draw(m *Model, a area) {
	if len(c.snap.System.Cgroups) == 0 {
		a.text(1, 0, "no control groups are known", stDim)
		m.drawGaps(a, "control groups")
		return
	}
	c.list.resize(a.h - 1)
	c.list.draw(a, true, nil)
}

// The columns of control groups, by number.
const (
	groupCPU = iota
	groupQuota
	groupThrottled
	groupMemory
	groupMemoryMax
	groupRead
	groupWrite
	groupPids
	groupPSICPU
	groupPSIMemory
	groupPSIIO
	groupOOM
	groupPath
)

var cgroupColumns = []column{
	groupCPU:       {id: "cpu", title: "CPU%", about: "share of one core", width: 6, right: true, desc: true},
	groupQuota:     {id: "quota", title: "QUOTA", about: "limit in cores", width: 5, right: true, desc: true, rank: 5},
	groupThrottled: {id: "throttled", title: "THR%", about: "share of the time in which the limit was hit", width: 5, right: true, desc: true, rank: 4},
	groupMemory:    {id: "memory", title: "MEM", about: "memory charged to it and to those below: programs, page cache, kernel", width: 6, right: true, desc: true},
	groupMemoryMax: {id: "max", title: "MAX", about: "limit of memory", width: 6, right: true, desc: true, rank: 4},
	groupRead:      {id: "read", title: "READ/s", about: "read from storage", width: 6, right: true, desc: true, rank: 2},
	groupWrite:     {id: "write", title: "WRIT/s", about: "written to storage", width: 6, right: true, desc: true, rank: 2},
	groupPids:      {id: "pids", title: "TASKS", about: "processes and threads", width: 6, right: true, desc: true, rank: 1},
	groupPSICPU:    {id: "psicpu", title: "PCPU", about: "pressure on CPU, 10 s", width: 5, right: true, desc: true, rank: 6},
	groupPSIMemory: {id: "psimem", title: "PMEM", about: "pressure on memory, 10 s", width: 5, right: true, desc: true, rank: 6},
	groupPSIIO:     {id: "psiio", title: "PIO", about: "pressure on I/O, 10 s", width: 5, right: true, desc: true, rank: 6},
	groupOOM:       {id: "oom", title: "OOM", about: "processes killed for lack of memory", width: 4, right: true, desc: true, rank: 3},
	groupPath:      {id: "path", title: "CGROUP", about: "path in the hierarchy", width: 16, flex: true},
}

// cgroupControllers are the controllers that the columns need. How many tasks
// there are is known of the processes, too.
var cgroupControllers = [...]string{
	groupCPU: "cpu", groupQuota: "cpu", groupThrottled: "cpu", groupMemory: "memory", groupMemoryMax: "memory", groupOOM: "memory",
	groupRead: "io", groupWrite: "io", groupPSICPU: "pressure", groupPSIMemory: "pressure", groupPSIIO: "pressure", groupPath: "",
}

func (c *cgroups) columns() []column { return cgroupColumns }

func (c *cgroups) rate(row int32) metrics.CgroupRate {
	if int(row) < len(c.rates.Cgroups) {
		return c.rates.Cgroups[row]
	}
	return metrics.CgroupRate{}
}

func (c *cgroups) value(row int32, col int) float64 {
	g := &c.snap.System.Cgroups[row]
	r := c.rate(row)
	switch col {
	case groupCPU:
		return r.CPU
	case groupQuota:
		return g.CPUQuota
	case groupThrottled:
		return r.Throttled
	case groupMemory:
		return float64(g.MemoryBytes)
	case groupMemoryMax:
		return float64(g.MemoryMax)
	case groupRead:
		return r.ReadBps
	case groupWrite:
		return r.WriteBps
	case groupPids:
		if g.PidsCurrent > 0 {
			return float64(g.PidsCurrent)
		}
		return float64(g.Processes)
	case groupPSICPU:
		return g.Pressure.CPUSome.Avg10
	case groupPSIMemory:
		return g.Pressure.MemorySome.Avg10
	case groupPSIIO:
		return g.Pressure.IOSome.Avg10
	case groupOOM:
		return float64(g.OOMKills)
	}
	return 0
}

func (c *cgroups) cell(dst []byte, row int32, col int) ([]byte, screen.Style) {
	g := &c.snap.System.Cgroups[row]
	v := c.value(row, col)
	if by := cgroupControllers[col]; by != "" && slices.Contains(g.Missing, by) {
		return append(dst, '?'), stFaint
	}
	switch col {
	case groupPath:
		if g.Path == "" || g.Path == "/" {
			return append(dst, "/ (all)"...), stText
		}
		return append(dst, g.Path...), stText
	case groupQuota, groupMemoryMax:
		if v == 0 {
			return append(dst, '-'), stFaint
		}
	}
	switch col {
	case groupCPU:
		if v < 0.05 {
			return append(dst, "0.0"...), stFaint
		}
		return appendPercent(dst, v), stText
	case groupThrottled, groupPSICPU, groupPSIMemory, groupPSIIO:
		if v < 0.05 {
			return append(dst, '0'), stFaint
		}
		return appendPercent(dst, v), pressureStyle(v)
	case groupQuota:
		return appendNumber(dst, v), stDim
	case groupMemory:
		st := stText
		if g.MemoryMax > 0 {
			st = loadStyle(v/float64(g.MemoryMax), stText)
		}
		return appendBytes(dst, v), st
	case groupMemoryMax, groupRead, groupWrite:
		return sizeCell(dst, v, true)
	case groupOOM:
		if v > 0 {
			return appendCount(dst, v), stBad
		}
	}
	return countCell(dst, v, 0)
}

func (c *cgroups) order(row int32, col int) (float64, string) {
	if col == groupPath {
		return 0, c.snap.System.Cgroups[row].Path
	}
	return c.value(row, col), ""
}
