package monitor

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// Frame is what one cycle made. It is immutable; all subscribers see the same.
// A reader that calls Release must not look at it afterwards.
type Frame struct {
	Seq      uint64
	At       time.Time
	Interval time.Duration // planned time to the next frame
	Asked    time.Duration // the same, as it was asked for: the governor may hold it back
	Snapshot *metrics.Snapshot
	Rates    *metrics.Rates // never nil; empty in the first frame unless it is since start
	Threats  *threats.Report
	Self     *Self
}

// Release says that the caller will not look at the frame any more. When all
// holders have said so, its memory serves a later one. It is optional: a frame
// that is not released is garbage in the end.
func (f *Frame) Release() { f.Snapshot.Release() }

// Names of the KPIs, in the order of Self.KPIs.
const (
	KPICollect = "collect"
	KPIDetect  = "detect"
	KPIRSS     = "rss"
	KPICPU     = "cpu"
	KPIIO      = "io"
)

// KPI is one key performance indicator against its goal. Last, P50, P95 and Max
// are in Unit, over a sliding window. Goal 0 means that none is set.
type KPI struct {
	Name, Unit          string
	Last, P50, P95, Max float64
	Goal                float64
	Met                 bool
	Known               bool // false until there is a first value
}

// Self is what the program itself costs.
type Self struct {
	KPIs      [5]KPI
	Extra     []KPI // the other Indicators that have a value; they have no goals
	History   *History
	Sources   []metrics.SourceStat
	Pool      PoolStat
	Caches    []metrics.CacheStat
	Runtime   Runtime
	Lost      []metrics.Loss // what was missed, by name; never nil
	IO        IO
	Governor  Governor
	Diagnosis []string // in words, why a goal is missed; nil when all are met
	Uptime    time.Duration
	Source    string // the process source in use: ebpf, procfs, gopsutil
	SourceWhy string // why this one
}

// KPI returns the indicator of the given name, or nil.
func (s *Self) KPI(name string) *KPI {
	for i := range s.KPIs {
		if s.KPIs[i].Name == name {
			return &s.KPIs[i]
		}
	}
	for i := range s.Extra {
		if s.Extra[i].Name == name {
			return &s.Extra[i]
		}
	}
	return nil
}

// Runtime is the state of the Go runtime.
type Runtime struct {
	HeapBytes, RSSBytes, PeakRSSBytes uint64
	Goroutines                        int
	GCs                               uint64
	GCPauseLast, GCPauseMax           time.Duration
	MaxProcs                          int
	MemoryLimit                       int64 // soft limit given to the runtime, bytes; 0 none
}

// IO is the program's own input and output, per second and since the start.
type IO struct {
	ReadCalls, WriteCalls          uint64
	ReadBytes, WriteBytes          uint64 // through system calls, rchar and wchar
	DiskReadBytes, DiskWriteBytes  uint64 // from and to storage
	TerminalBytes                  uint64
	NetworkBytes                   uint64 // received and sent by own servers; nobody else is spoken to
	NetlinkCalls, NetlinkBytes     uint64 // received from the kernel by sockets, which it does not count as read
	ReadCallsPS, WriteCallsPS      float64
	ReadBps, WriteBps, TerminalBps float64
	DiskReadBps, DiskWriteBps      float64
	NetworkBps                     float64
	NetlinkCallsPS, NetlinkBps     float64
	Known                          bool
}

// PoolStat is the state of the worker pool. A task is a batch, or a reading that the
// kernel may hold up.
type PoolStat struct {
	Workers, Blocking            int    // for batches, and for what may be held up
	Running, Waiting             int    // tasks, when the cycle began: what was left of the one before
	Submitted, Completed, Failed uint64 // tasks since the start; what failed is completed as well
	Kinds                        []PoolKind
}

// PoolKind is one kind of work in the pool, with the batch size in force.
type PoolKind struct {
	Name         string
	Batch        int
	Adaptive     bool
	Batches      uint64
	LatencyP50   time.Duration
	LatencyP95   time.Duration
	PerItemNanos float64 // wall time of a call over its items, smoothed
	Why          string  // the controller's last move, in words
}

// Governor is what the governor does at the moment.
type Governor struct {
	Level  int      // 0: nothing is held back
	Active []string // the means in force, in words
	Steps  []Step   // the last ones, newest first
}

// Step is one move of the governor.
type Step struct {
	At     time.Time
	Up     bool // true: something was held back; false: it was given back
	What   string
	Reason string
}
