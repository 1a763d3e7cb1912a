package report

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

func (w *writer) self(s *monitor.Self) {
	w.object("self")
	w.kpis("kpis", s.KPIs[:])
	w.kpis("extra", s.Extra)
	w.text("source", s.Source)
	w.text("source_why", s.SourceWhy)
	w.float("uptime_s", s.Uptime.Seconds())
	if s.IO.Known {
		w.ownIO(&s.IO)
	}
	r := &s.Runtime
	w.object("runtime")
	w.uint("heap_bytes", r.HeapBytes)
	w.uint("rss_bytes", r.RSSBytes)
	w.uint("peak_rss_bytes", r.PeakRSSBytes)
	w.int("goroutines", int64(r.Goroutines))
	w.uint("gc_cycles", r.GCs)
	w.millis("gc_pause_last_ms", r.GCPauseLast)
	w.millis("gc_pause_max_ms", r.GCPauseMax)
	w.int("max_procs", int64(r.MaxProcs))
	w.positive("memory_limit_bytes", uint64(max(r.MemoryLimit, 0)))
	w.close('}')
	w.lost(s.Lost)
	w.pool(&s.Pool)
	w.caches(s.Caches)
	w.governor(&s.Governor)
	w.strings("diagnosis", s.Diagnosis)
	w.close('}')
}

func (w *writer) kpis(name string, list []monitor.KPI) {
	w.array(name)
	for i := range list {
		k := &list[i]
		w.open('{')
		w.str("name", k.Name)
		w.str("unit", k.Unit)
		if k.Known {
			w.float("last", k.Last)
			w.float("p50", k.P50)
			w.float("p95", k.P95)
			w.float("max", k.Max)
		}
		w.float("goal", k.Goal)
		w.bool("met", k.Met)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) ownIO(io *monitor.IO) {
	w.object("io")
	w.uint("read_calls", io.ReadCalls)
	w.uint("write_calls", io.WriteCalls)
	w.uint("read_bytes", io.ReadBytes)
	w.uint("write_bytes", io.WriteBytes)
	w.uint("disk_read_bytes", io.DiskReadBytes)
	w.uint("disk_write_bytes", io.DiskWriteBytes)
	w.uint("terminal_bytes", io.TerminalBytes)
	w.uint("network_bytes", io.NetworkBytes)
	w.uint("netlink_calls", io.NetlinkCalls)
	w.uint("netlink_bytes", io.NetlinkBytes)
	w.float("read_calls_per_s", io.ReadCallsPS)
	w.float("write_calls_per_s", io.WriteCallsPS)
	w.float("read_bytes_per_s", io.ReadBps)
	w.float("write_bytes_per_s", io.WriteBps)
	w.float("disk_read_bytes_per_s", io.DiskReadBps)
	w.float("disk_write_bytes_per_s", io.DiskWriteBps)
	w.float("terminal_bytes_per_s", io.TerminalBps)
	w.float("network_bytes_per_s", io.NetworkBps)
	w.float("netlink_calls_per_s", io.NetlinkCallsPS)
	w.float("netlink_bytes_per_s", io.NetlinkBps)
	w.close('}')
}

func (w *writer) lost(list []metrics.Loss) {
	w.array("lost")
	for i := range list {
		w.open('{')
		w.str("what", list[i].What)
		w.uint("count", list[i].Count)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) pool(p *monitor.PoolStat) {
	w.object("pool")
	w.int("workers", int64(p.Workers))
	w.int("blocking_workers", int64(p.Blocking))
	w.int("running", int64(p.Running))
	w.int("waiting", int64(p.Waiting))
	w.uint("submitted", p.Submitted)
	w.uint("completed", p.Completed)
	w.uint("failed", p.Failed)
	w.array("lanes")
	for i := range p.Kinds {
		k := &p.Kinds[i]
		w.open('{')
		w.str("name", k.Name)
		w.int("batch", int64(k.Batch))
		w.bool("adaptive", k.Adaptive)
		w.uint("batches", k.Batches)
		w.millis("latency_p50_ms", k.LatencyP50)
		w.millis("latency_p95_ms", k.LatencyP95)
		w.float("item_ns", k.PerItemNanos)
		w.text("why", k.Why)
		w.close('}')
	}
	w.close(']')
	w.close('}')
}

func (w *writer) governor(g *monitor.Governor) {
	w.object("governor")
	w.int("level", int64(g.Level))
	w.strings("active", g.Active)
	w.array("steps")
	for i := range g.Steps {
		s := &g.Steps[i]
		w.open('{')
		w.time("time", s.At)
		w.bool("held_back", s.Up)
		w.str("what", s.What)
		w.str("reason", s.Reason)
		w.close('}')
	}
	w.close(']')
	w.close('}')
}
