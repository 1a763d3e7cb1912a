package report

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

func (w *writer) system(f *monitor.Frame) {
	s, r := &f.Snapshot.System, f.Rates
	w.object("system")
	w.cpu(s, r)
	w.memory(&s.Memory, r)
	w.object("load")
	w.float("one", s.Load.One)
	w.float("five", s.Load.Five)
	w.float("fifteen", s.Load.Fifteen)
	w.close('}')
	w.counts(&f.Snapshot.Counts)
	w.disks(s, r)
	w.networks(s, r)
	w.array("sensors")
	for _, v := range s.Sensors {
		w.open('{')
		w.str("name", v.Name)
		w.float("celsius", v.Celsius)
		if v.High > 0 {
			w.float("high_celsius", v.High)
		}
		if v.Critical > 0 {
			w.float("critical_celsius", v.Critical)
		}
		w.close('}')
	}
	w.close(']')
	w.array("users")
	for _, u := range s.Users {
		w.open('{')
		w.str("name", u.Name)
		w.text("terminal", u.Terminal)
		w.text("host", u.Host)
		w.time("since", u.Since)
		w.close('}')
	}
	w.close(']')
	w.pressure(&s.Pressure)
	w.tcp(&s.TCP, r)
	w.cgroups(s, r)
	w.close('}')
}

func (w *writer) cpu(s *metrics.System, r *metrics.Rates) {
	w.object("cpu")
	w.percent(r.CPU)
	w.array("cores")
	for _, c := range r.Cores {
		w.open('{')
		w.percent(c)
		w.close('}')
	}
	w.close(']')
	w.float("context_switches_per_s", r.Switches)
	w.float("forks_per_s", r.Forks)
	w.int("runnable", int64(s.CPU.Running))
	w.int("blocked", int64(s.CPU.Blocked))
	w.close('}')
}

func (w *writer) percent(c metrics.CPUPercent) {
	w.float("busy_percent", float64(c.Busy))
	w.float("user_percent", float64(c.User))
	w.float("nice_percent", float64(c.Nice))
	w.float("system_percent", float64(c.System))
	w.float("iowait_percent", float64(c.IOWait))
	w.float("irq_percent", float64(c.IRQ))
	w.float("steal_percent", float64(c.Steal))
}

func (w *writer) memory(m *metrics.Memory, r *metrics.Rates) {
	w.object("memory")
	w.uint("total_bytes", m.Total)
	w.uint("available_bytes", m.Available)
	w.uint("used_bytes", m.Used)
	w.uint("free_bytes", m.Free)
	w.uint("buffers_bytes", m.Buffers)
	w.uint("cached_bytes", m.Cached)
	w.uint("shared_bytes", m.Shared)
	w.uint("slab_bytes", m.Slab)
	w.uint("dirty_bytes", m.Dirty)
	w.close('}')
	w.object("swap")
	w.uint("total_bytes", m.SwapTotal)
	w.uint("used_bytes", m.SwapUsed)
	w.uint("free_bytes", m.SwapFree)
	w.float("in_bytes_per_s", r.SwapIn)
	w.float("out_bytes_per_s", r.SwapOut)
	w.close('}')
}

func (w *writer) counts(c *metrics.Counts) {
	w.object("tasks")
	for _, v := range []struct {
		name string
		n    int
	}{{"processes", c.Processes}, {"threads", c.Threads}, {"running", c.Running}, {"sleeping", c.Sleeping},
		{"blocked", c.Blocked}, {"stopped", c.Stopped}, {"zombie", c.Zombie}, {"kernel_threads", c.Kernel}} {
		w.int(v.name, int64(v.n))
	}
	w.close('}')
}

func (w *writer) disks(s *metrics.System, r *metrics.Rates) {
	w.array("disks")
	for i := range s.Disks {
		d := &s.Disks[i]
		w.open('{')
		w.str("mount", d.Mount)
		w.str("device", d.Device)
		w.str("type", d.Type)
		w.uint("total_bytes", d.Total)
		w.uint("used_bytes", d.Used)
		w.uint("free_bytes", d.Free)
		w.uint("inodes", d.Inodes)
		w.uint("inodes_used", d.InodesUsed)
		w.flag("read_only", d.ReadOnly)
		w.flag("stuck", d.Stuck)
		w.time("read_at", d.At)
		w.close('}')
	}
	w.close(']')
	w.array("disk_io")
	for i := range s.DiskIO {
		d := &s.DiskIO[i]
		w.open('{')
		w.str("name", d.Name)
		w.uint("read_bytes", d.ReadBytes)
		w.uint("write_bytes", d.WriteBytes)
		w.uint("read_ops", d.ReadOps)
		w.uint("write_ops", d.WriteOps)
		if i < len(r.DiskIO) {
			w.float("read_bytes_per_s", r.DiskIO[i].ReadBps)
			w.float("write_bytes_per_s", r.DiskIO[i].WriteBps)
			w.float("read_ops_per_s", r.DiskIO[i].ReadOps)
			w.float("write_ops_per_s", r.DiskIO[i].WriteOps)
			w.float("busy_percent", r.DiskIO[i].Busy)
		}
		w.close('}')
	}
	w.close(']')
}

func (w *writer) networks(s *metrics.System, r *metrics.Rates) {
	w.array("networks")
	for i := range s.Networks {
		n := &s.Networks[i]
		w.open('{')
		w.str("name", n.Name)
		w.bool("up", n.Up)
		w.flag("loopback", n.Loopback)
		w.flag("promiscuous", n.Promiscuous)
		w.strings("addresses", n.Addresses)
		w.uint("rx_bytes", n.RxBytes)
		w.uint("tx_bytes", n.TxBytes)
		w.uint("rx_packets", n.RxPackets)
		w.uint("tx_packets", n.TxPackets)
		w.positive("rx_errors", n.RxErrors)
		w.positive("tx_errors", n.TxErrors)
		w.positive("rx_drops", n.RxDrops)
		w.positive("tx_drops", n.TxDrops)
		if i < len(r.Networks) {
			w.float("rx_bytes_per_s", r.Networks[i].RxBps)
			w.float("tx_bytes_per_s", r.Networks[i].TxBps)
		}
		w.close('}')
	}
	w.close(']')
}

func (w *writer) pressure(p *metrics.Pressure) {
	if !p.Have {
		return
	}
	w.object("pressure")
	for _, v := range []struct {
		name string
		psi  *metrics.PSI
	}{{"cpu_some", &p.CPUSome}, {"memory_some", &p.MemorySome}, {"memory_full", &p.MemoryFull},
		{"io_some", &p.IOSome}, {"io_full", &p.IOFull}} {
		w.object(v.name)
		w.float("avg10_percent", v.psi.Avg10)
		w.float("avg60_percent", v.psi.Avg60)
		w.float("avg300_percent", v.psi.Avg300)
		w.float("total_ms", float64(v.psi.TotalMicros)/1000)
		w.close('}')
	}
	w.close('}')
}

func (w *writer) tcp(t *metrics.TCPCounters, r *metrics.Rates) {
	if !t.Have {
		return
	}
	w.object("tcp")
	w.uint("active_opens", t.ActiveOpens)
	w.uint("passive_opens", t.PassiveOpens)
	w.uint("attempt_fails", t.AttemptFails)
	w.uint("retransmits", t.Retransmits)
	w.uint("in_errors", t.InErrors)
	w.uint("listen_drops", t.ListenDrops)
	w.float("retransmits_per_s", r.Retransmit)
	w.close('}')
}

func (w *writer) cgroups(s *metrics.System, r *metrics.Rates) {
	w.text("cgroup_version", s.CgroupV)
	w.array("cgroups")
	for i := range s.Cgroups {
		c := &s.Cgroups[i]
		w.open('{')
		w.str("path", c.Path)
		w.int("processes", int64(c.Processes))
		w.float("cpu_ms", float64(c.CPUMicros)/1000)
		if i < len(r.Cgroups) {
			w.float("cpu_percent", r.Cgroups[i].CPU)
			w.float("read_bytes_per_s", r.Cgroups[i].ReadBps)
			w.float("write_bytes_per_s", r.Cgroups[i].WriteBps)
			w.float("throttled_percent", r.Cgroups[i].Throttled)
		}
		if c.CPUQuota > 0 {
			w.float("cpu_quota_cores", c.CPUQuota)
		}
		w.uint("memory_bytes", c.MemoryBytes)
		w.positive("memory_max_bytes", c.MemoryMax)
		w.positive("memory_peak_bytes", c.MemoryPeak)
		w.positive("swap_bytes", c.SwapBytes)
		w.positive("oom_kills", c.OOMKills)
		w.uint("read_bytes", c.ReadBytes)
		w.uint("write_bytes", c.WriteBytes)
		w.positive("pids", c.PidsCurrent)
		w.positive("pids_max", c.PidsMax)
		w.pressure(&c.Pressure)
		if len(c.Missing) > 0 {
			w.strings("missing", c.Missing)
		}
		w.close('}')
	}
	w.close(']')
}
