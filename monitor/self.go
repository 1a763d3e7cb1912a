package monitor

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Goals are what the program holds itself to; 0 is no goal.
type Goals struct {
	Collect, Detect time.Duration
	RSSBytes        uint64
	CPUPercent      float64 // of one core, over a minute

	MemoryBytes uint64 // what resident memory must not exceed, whatever the goal: the governor saves for it, too
}

// windowLength is the length of the sliding windows: ten minutes at one second a
// cycle, of what comes once in each. Drawings, pictures and pauses are the last 600.
const windowLength = 600

// leastSpan is the least time over which a rate of our own is worth showing: the
// start of the program would look like a storm.
const leastSpan = 100 * time.Millisecond

// megabyte is the unit of the memory goal, as operators write it.
const megabyte = 1 << 20

// accountant turns totals into KPIs.
type accountant struct {
	goals   Goals
	reader  *selfReader
	meter   *Meter
	now     func() time.Time
	start   time.Time
	usage   Usage
	last    Usage
	lastAt  time.Time
	cpu     cpuMinute
	windows [indicatorCount]window
	io      IO
	traffic func() (calls, bytes uint64) // over sockets that the system does not count
	samples []metrics.Sample
	pauses  gcPauses
	rt      Runtime
}

func newAccountant(goals Goals, meter *Meter, now func() time.Time) *accountant {
	a := &accountant{goals: goals, reader: newSelfReader(), meter: meter, now: now, start: now(),
		traffic: func() (uint64, uint64) { return 0, 0 }}
	for i := range a.windows {
		a.windows[i] = newWindow(windowLength)
	}
	for _, name := range []string{"/gc/cycles/total:gc-cycles", "/sched/goroutines:goroutines",
		"/memory/classes/heap/objects:bytes"} {
		a.samples = append(a.samples, metrics.Sample{Name: name})
	}
	a.reader.read(&a.last)
	a.lastAt = a.start
	a.cpu.add(a.start, a.last.CPU)
	return a
}

// cycle takes the cost of one cycle and reads what the system charges for it.
// lost counts the events that were missed, since the start.
func (a *accountant) cycle(collect, detect time.Duration, lost uint64) {
	now := a.now()
	a.windows[eventsLost].add(float64(lost))
	a.reader.read(&a.usage)
	a.windows[collectTime].add(millis(collect))
	a.windows[detectTime].add(millis(detect))
	a.windows[residentMemory].add(float64(a.usage.RSSBytes) / megabyte)
	a.cpu.add(now, a.usage.CPU)
	if share, ok := a.cpu.share(); ok {
		a.windows[ownCPU].add(share)
	}
	if dt := now.Sub(a.lastAt); dt >= leastSpan {
		a.flow(dt.Seconds())
		a.last, a.lastAt = a.usage, now
	}
	a.meter.take(&a.windows[renderTime], &a.windows[frameBytes])
	a.runtime()
}

// flow derives own I/O per second.
func (a *accountant) flow(dt float64) {
	u, l, old := &a.usage, &a.last, &a.io
	calls, bytes := a.traffic()
	per := func(x, y uint64) float64 { return float64(y-min(x, y)) / dt }
	io := IO{ReadCalls: u.ReadCalls, WriteCalls: u.WriteCalls, ReadBytes: u.ReadBytes, WriteBytes: u.WriteBytes,
		DiskReadBytes: u.DiskReadBytes, DiskWriteBytes: u.DiskWriteBytes,
		TerminalBytes: a.meter.terminalBytes.Load(), NetworkBytes: a.meter.networkBytes.Load(),
		NetlinkCalls: calls, NetlinkBytes: bytes,
		ReadCallsPS: per(l.ReadCalls, u.ReadCalls), WriteCallsPS: per(l.WriteCalls, u.WriteCalls),
		ReadBps: per(l.ReadBytes, u.ReadBytes), WriteBps: per(l.WriteBytes, u.WriteBytes),
		DiskReadBps: per(l.DiskReadBytes, u.DiskReadBytes), DiskWriteBps: per(l.DiskWriteBytes, u.DiskWriteBytes),
		NetlinkCallsPS: per(old.NetlinkCalls, calls), NetlinkBps: per(old.NetlinkBytes, bytes), Known: u.HasIO}
	io.TerminalBps, io.NetworkBps = per(old.TerminalBytes, io.TerminalBytes), per(old.NetworkBytes, io.NetworkBytes)
	a.io = io
	if !io.Known {
		return
	}
	a.windows[ioCalls].add(io.ReadCallsPS + io.WriteCallsPS + io.NetlinkCallsPS)
	for i, v := range io.flows() {
		a.windows[firstFlow+i].add(v)
	}
}

// runtime reads the state of the Go runtime, without stopping it.
func (a *accountant) runtime() {
	gcs := a.rt.GCs
	metrics.Read(a.samples)
	a.rt = Runtime{GCs: a.samples[0].Value.Uint64(), Goroutines: int(a.samples[1].Value.Uint64()),
		HeapBytes: a.samples[2].Value.Uint64(), RSSBytes: a.usage.RSSBytes, PeakRSSBytes: a.usage.PeakRSSBytes,
		GCPauseLast: a.rt.GCPauseLast, GCPauseMax: a.rt.GCPauseMax,
		MaxProcs: runtime.GOMAXPROCS(0)}
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		a.rt.MemoryLimit = limit
	}
	if a.rt.GCs != gcs {
		a.pauses.each(func(d time.Duration) {
			a.rt.GCPauseLast, a.rt.GCPauseMax = d, max(a.rt.GCPauseMax, d)
			a.windows[gcPause].add(millis(d))
		})
	}
	a.windows[heapMemory].add(float64(a.rt.HeapBytes) / megabyte)
	a.windows[goroutines].add(float64(a.rt.Goroutines))
}

// self sums up the indicators as they stand.
func (a *accountant) self() *Self {
	goals := [len(Self{}.KPIs)]float64{millis(a.goals.Collect), millis(a.goals.Detect), float64(a.goals.RSSBytes) / megabyte, a.goals.CPUPercent}
	s := &Self{Runtime: a.rt, IO: a.io, Uptime: a.now().Sub(a.start)}
	for i := range s.KPIs {
		s.KPIs[i] = kpi(&Indicators[i], &a.windows[i], goals[i])
	}
	s.KPIs[residentMemory].Max = max(s.KPIs[residentMemory].Max, float64(a.usage.PeakRSSBytes)/megabyte)
	s.Extra = make([]KPI, 0, indicatorCount-len(s.KPIs))
	for i := len(s.KPIs); i < indicatorCount; i++ {
		if k := kpi(&Indicators[i], &a.windows[i], 0); k.Known {
			s.Extra = append(s.Extra, k)
		}
	}
	return s
}

// load is the cost of this cycle for the governor. The CPU share of the KPI is
// over a minute, too slow to steer by: this one is since the last cycle.
func (a *accountant) load(s *Self) (l load) {
	for i := range l {
		if k := &s.KPIs[i]; k.Goal > 0 && k.Known {
			l[i] = k.Last / k.Goal
		}
	}
	if a.goals.MemoryBytes > 0 {
		l[2] = max(l[2], float64(a.usage.RSSBytes)/float64(a.goals.MemoryBytes))
	}
	if a.goals.CPUPercent > 0 {
		l[3] = a.cpu.recent() / a.goals.CPUPercent
	}
	return l
}

// kpi sums up a window. The goal is met when the last value is within it.
func kpi(of *Indicator, w *window, goal float64) KPI {
	k := KPI{Name: of.Name, Unit: of.Unit, Goal: goal, Met: true}
	if n := len(w.ring); n > 0 {
		k.Known = true
		k.Last = w.ring[(w.next+n-1)%n]
		k.P50, k.P95, k.Max = w.percentile(0.5), w.percentile(0.95), w.max()
		k.Met = goal == 0 || k.Last <= goal
	}
	return k
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
