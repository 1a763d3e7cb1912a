package report

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

// self writes what the program itself costs: the KPIs in their own units, the rest in
// seconds and bytes.
func (w *exposition) self(s *monitor.Self) {
	w.indicators(s)
	w.diagnosis(s)
	w.runtime(&s.Runtime)
	w.ownIO(&s.IO)
	w.gauge("own_uptime_seconds", "Time since smoothtask began.", s.Uptime.Seconds())
	w.info("own_source_info", "The source of processes in use, and why.", "source", s.Source, "why", s.SourceWhy)
	w.lost(s.Lost)
	w.sources(s.Sources)
	w.caches(s.Caches)
	w.pool(&s.Pool)
	w.governor(&s.Governor)
}

func (w *exposition) indicators(s *monitor.Self) {
	w.head("kpi", "gauge", "Own cost of smoothtask: the last value and percentiles over a sliding window.")
	for _, list := range [...][]monitor.KPI{s.KPIs[:], s.Extra} {
		for i := range list {
			k := &list[i]
			if !k.Known {
				continue
			}
			for _, v := range [...]struct {
				stat  string
				value float64
			}{{"last", k.Last}, {"p50", k.P50}, {"p95", k.P95}, {"max", k.Max}} {
				w.sample("kpi", v.value, "name", k.Name, "unit", k.Unit, "stat", v.stat)
			}
		}
	}
	w.head("kpi_goal", "gauge", "Goal of a KPI, in its unit.")
	for i := range s.KPIs {
		if s.KPIs[i].Goal > 0 {
			w.sample("kpi_goal", s.KPIs[i].Goal, "name", s.KPIs[i].Name)
		}
	}
	w.head("kpi_met", "gauge", "1 when the KPI is within its goal.")
	for i := range s.KPIs {
		w.sample("kpi_met", truth(s.KPIs[i].Met), "name", s.KPIs[i].Name)
	}
}

// diagnosis writes why goals are missed, one series a line of it.
func (w *exposition) diagnosis(s *monitor.Self) {
	w.head("diagnosis_info", "gauge", "Why a goal is missed, in words; absent when all are met.")
	for _, line := range s.Diagnosis {
		w.sample("diagnosis_info", 1, "why", line)
	}
}

func (w *exposition) runtime(r *monitor.Runtime) {
	w.gauge("own_heap_bytes", "Objects on the heap.", float64(r.HeapBytes))
	w.gauge("own_resident_bytes", "Own resident memory.", float64(r.RSSBytes))
	w.gauge("own_resident_peak_bytes", "Most resident memory since the start.", float64(r.PeakRSSBytes))
	w.gauge("own_memory_limit_bytes", "Soft limit of the runtime on its memory; 0 is none.", float64(r.MemoryLimit))
	w.gauge("own_goroutines", "Goroutines.", float64(r.Goroutines))
	w.gauge("own_max_procs", "Processors that run Go code at once, GOMAXPROCS.", float64(r.MaxProcs))
	w.counter("own_gc_cycles_total", "Garbage collections.", float64(r.GCs))
	w.head("own_gc_pause_seconds", "gauge", "Pauses of garbage collection: the last, and the longest since the start.")
	w.sample("own_gc_pause_seconds", r.GCPauseLast.Seconds(), "stat", "last")
	w.sample("own_gc_pause_seconds", r.GCPauseMax.Seconds(), "stat", "max")
}

func (w *exposition) ownIO(io *monitor.IO) {
	if !io.Known {
		return
	}
	w.head("own_io_calls_total", "counter", "Own system calls that read and write, and those that receive from netlink.")
	w.sample("own_io_calls_total", float64(io.ReadCalls), "kind", "read")
	w.sample("own_io_calls_total", float64(io.WriteCalls), "kind", "write")
	w.sample("own_io_calls_total", float64(io.NetlinkCalls), "kind", "netlink")
	w.head("own_io_bytes_total", "counter", "Own bytes read and written: by system calls, from and to storage, to the terminal, over the network, from netlink.")
	for _, v := range [...]struct {
		kind  string
		bytes uint64
	}{{"read", io.ReadBytes}, {"write", io.WriteBytes}, {"disk_read", io.DiskReadBytes}, {"disk_write", io.DiskWriteBytes},
		{"terminal", io.TerminalBytes}, {"network", io.NetworkBytes}, {"netlink", io.NetlinkBytes}} {
		w.sample("own_io_bytes_total", float64(v.bytes), "kind", v.kind)
	}
}

// lost writes what was missed.
func (w *exposition) lost(list []metrics.Loss) {
	w.head("events_lost_total", "counter", "What was missed, or read anew because it could have been.")
	for i := range list {
		w.sample("events_lost_total", float64(list[i].Count), "what", list[i].What)
	}
}

// sources writes what each source took the last time.
func (w *exposition) sources(list []metrics.SourceStat) {
	w.head("source_seconds", "gauge", "Time that the last reading of a source took.")
	for i := range list {
		w.sample("source_seconds", list[i].Took.Seconds(), "source", list[i].Name)
	}
	w.head("source_cpu_seconds", "gauge", "Processor time of the last reading, of sources that are read beside the cycle.")
	for i := range list {
		if list[i].Beside || list[i].CPU > 0 {
			w.sample("source_cpu_seconds", list[i].CPU.Seconds(), "source", list[i].Name)
		}
	}
	w.head("source_items", "gauge", "What the last reading of a source brought.")
	for i := range list {
		w.sample("source_items", float64(list[i].Items), "source", list[i].Name)
	}
	w.head("source_late", "gauge", "1 when a source has missed the deadline of the cycle, or failed.")
	for i := range list {
		w.sample("source_late", truth(list[i].Late), "source", list[i].Name)
	}
}

func (w *exposition) caches(list []metrics.CacheStat) {
	for _, m := range [...]struct {
		name, kind, help string
		asked            bool // not of stores
		value            func(*metrics.CacheStat) float64
	}{
		{"cache_hits_total", "counter", "Hits of a cache.", true, func(c *metrics.CacheStat) float64 { return float64(c.Hits) }},
		{"cache_misses_total", "counter", "Misses of a cache.", true, func(c *metrics.CacheStat) float64 { return float64(c.Misses) }},
		{"cache_entries", "gauge", "Entries of a cache or store.", false, func(c *metrics.CacheStat) float64 { return float64(c.Entries) }},
		{"cache_bytes", "gauge", "Its memory, estimated; 0 is unknown.", false, func(c *metrics.CacheStat) float64 { return float64(c.Bytes) }},
		{"cache_limit", "gauge", "Its most entries; 0 is bounded otherwise.", false, func(c *metrics.CacheStat) float64 { return float64(c.Limit) }},
	} {
		w.head(m.name, m.kind, m.help)
		for i := range list {
			if !m.asked || !list[i].Store {
				w.sample(m.name, m.value(&list[i]), "cache", list[i].Name)
			}
		}
	}
}

func (w *exposition) pool(p *monitor.PoolStat) {
	w.gauge("pool_workers", "Workers for batches.", float64(p.Workers))
	w.gauge("pool_blocking_workers", "Workers for readings that the kernel may hold up.", float64(p.Blocking))
	w.gauge("pool_running", "Tasks that ran when the cycle began.", float64(p.Running))
	w.gauge("pool_waiting", "Tasks that waited for a worker when the cycle began.", float64(p.Waiting))
	w.head("pool_tasks_total", "counter", "Tasks of the pool: batches, and readings that the kernel may hold up. What failed is completed as well.")
	w.sample("pool_tasks_total", float64(p.Submitted), "state", "submitted")
	w.sample("pool_tasks_total", float64(p.Completed), "state", "completed")
	w.sample("pool_tasks_total", float64(p.Failed), "state", "failed")
	for _, m := range [...]struct {
		name, kind, help string
		value            func(*monitor.PoolKind) float64
	}{
		{"pool_batch_size", "gauge", "Items of a batch, by kind of work.", func(k *monitor.PoolKind) float64 { return float64(k.Batch) }},
		{"pool_batch_adaptive", "gauge", "1 where the size of a batch adapts.", func(k *monitor.PoolKind) float64 { return truth(k.Adaptive) }},
		{"pool_batches_total", "counter", "Batches done.", func(k *monitor.PoolKind) float64 { return float64(k.Batches) }},
		{"pool_item_seconds", "gauge", "Wall time of a call over its items, smoothed.", func(k *monitor.PoolKind) float64 { return k.PerItemNanos / float64(time.Second) }},
	} {
		w.head(m.name, m.kind, m.help)
		for i := range p.Kinds {
			w.sample(m.name, m.value(&p.Kinds[i]), "kind", p.Kinds[i].Name)
		}
	}
	w.head("pool_batch_seconds", "gauge", "Time of the last batches.")
	for i := range p.Kinds {
		k := &p.Kinds[i]
		w.sample("pool_batch_seconds", k.LatencyP50.Seconds(), "kind", k.Name, "stat", "p50")
		w.sample("pool_batch_seconds", k.LatencyP95.Seconds(), "kind", k.Name, "stat", "p95")
	}
	w.head("pool_batch_info", "gauge", "Why a batch has its size: the last move of its controller.")
	for i := range p.Kinds {
		if k := &p.Kinds[i]; k.Why != "" {
			w.sample("pool_batch_info", 1, "kind", k.Name, "why", k.Why)
		}
	}
}

func (w *exposition) governor(g *monitor.Governor) {
	w.gauge("governor_level", "How many means the governor holds back.", float64(g.Level))
	w.head("governor_held_back", "gauge", "1 for each means that is held back.")
	for _, what := range g.Active {
		w.sample("governor_held_back", 1, "what", what)
	}
	w.head("governor_step_timestamp_seconds", "gauge", "When the governor made its last step, and why.")
	if len(g.Steps) > 0 {
		s := &g.Steps[0]
		move := "given back"
		if s.Up {
			move = "held back"
		}
		w.sample("governor_step_timestamp_seconds", float64(s.At.UnixMilli())/1000, "move", move, "what", s.What, "reason", s.Reason)
	}
}

func (w *exposition) counter(name, help string, v float64) {
	w.head(name, "counter", help)
	w.sample(name, v)
}

// info writes a series that tells by its labels.
func (w *exposition) info(name, help string, labels ...string) {
	w.head(name, "gauge", help)
	w.sample(name, 1, labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
