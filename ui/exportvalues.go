package ui

import (
	"maps"
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
)

var processNames = [...]string{
	colPID: "pid", colPPID: "ppid", colUser: "user", colState: "state", colNice: "nice", colThreads: "threads", colCPU: "cpu_percent",
	colMem: "memory_percent", colRSS: "rss_bytes", colVirt: "virtual_bytes", colRead: "read_bytes_per_s", colWrite: "write_bytes_per_s",
	colRx: "net_rx_bytes_per_s", colTx: "net_tx_bytes_per_s", colFaults: "faults_per_s", colSwitches: "switches_per_s",
	colTime: "cpu_ms", colAge: "started", colUnit: "unit", colCommand: "command",
}

func (p *processes) rawName(col int) string { return processNames[col] }

func (p *processes) raw(dst []byte, row int32, col int) ([]byte, rawKind) {
	if t := p.thread(row); t != nil {
		return t.raw(dst, col)
	}
	proc := p.process(row)
	if proc == nil {
		return dst, rawUnknown
	}
	proc, r := p.shown(row, proc)
	switch col {
	case colPID:
		return rawInt(dst, proc.Key.PID)
	case colPPID:
		return rawInt(dst, proc.PPID)
	case colUser:
		return rawString(dst, proc.ID.User)
	case colState:
		return append(dst, proc.State), rawText
	case colNice:
		return rawInt(dst, proc.Nice)
	case colThreads:
		return rawInt(dst, proc.Threads)
	case colCPU:
		return rawFloat(dst, float64(r.CPU))
	case colMem:
		return rawFloat(dst, 100*float64(proc.RSSBytes)/float64(p.now.total))
	case colRSS:
		return rawInt(dst, proc.RSSBytes)
	case colVirt:
		return rawInt(dst, proc.VirtualBytes)
	case colFaults:
		return rawFloat(dst, float64(r.FaultsPS))
	case colSwitches:
		return rawFloat(dst, float64(r.SwitchesPS))
	case colTime:
		return rawFloat(dst, float64(proc.CPUNS())/1e6)
	case colAge:
		return rawTime(dst, proc.Key.StartedAt(p.now.snap.At.Add(-p.now.snap.Uptime)))
	case colUnit:
		return rawString(dst, unitOf(proc))
	case colCommand:
		dst, _ = commandCell(dst, proc)
		return dst, rawText
	}
	known, v := proc.Has(metrics.HasIO), r.ReadBps
	switch col {
	case colWrite:
		v = r.WriteBps
	case colRx:
		known, v = p.now.knowsNet(proc), r.RxBps
	case colTx:
		known, v = p.now.knowsNet(proc), r.TxBps
	}
	dst, kind := rawFloat(dst, float64(v))
	return rawIf(known, dst, kind)
}

// raw is what a thread has of its own.
func (t *threadRow) raw(dst []byte, col int) ([]byte, rawKind) {
	switch {
	case t.more > 0:
	case col == colPID:
		return rawInt(dst, t.TID)
	case col == colState:
		return append(dst, t.State), rawText
	case col == colCPU && t.known:
		return rawFloat(dst, float64(t.cpu))
	case col == colTime:
		return rawFloat(dst, float64(t.CPUNS)/1e6)
	case col == colCommand:
		return rawString(dst, t.Comm)
	}
	return dst, rawUnknown
}

func (p *processes) detach() exportable {
	now := *p.now
	now.gone = slices.Clone(now.gone)
	c := &processes{now: &now, closed: maps.Clone(p.closed), listed: p.listed, sym: p.sym}
	c.threads.on, c.threads.rows = p.threads.on, slices.Clone(p.threads.rows)
	if t := p.tree; t != nil {
		c.tree = &tree{view: c, sym: t.sym, depth: slices.Clone(t.depth), last: slices.Clone(t.last), up: slices.Clone(t.up),
			place: slices.Clone(t.place), first: slices.Clone(t.first), folded: slices.Clone(t.folded), sums: slices.Clone(t.sums)}
	}
	return c
}

var socketNames = [...]string{
	sockProto: "proto", sockState: "state", sockLocal: "local_address", sockLPort: "local_port", sockRemote: "remote_address",
	sockRPort: "remote_port", sockRx: "rx_bytes_per_s", sockTx: "tx_bytes_per_s", sockRxTotal: "rx_bytes", sockTxTotal: "tx_bytes",
	sockRTT: "rtt_ms", sockRetrans: "retransmits", sockQueue: "queue_bytes", sockPID: "pid", sockProcess: "comm",
	sockWaiting: "rx_queue", sockLimit: "tx_queue",
}

func (r *socketRows) rawName(col int) string { return socketNames[r.of[col]] }

func (r *socketRows) raw(dst []byte, row int32, col int) ([]byte, rawKind) {
	s, rate := &r.snap.Sockets[row], r.rate(row)
	var kind rawKind
	switch col = r.of[col]; col {
	case sockProto:
		return rawString(dst, s.Proto.String())
	case sockState:
		return rawString(dst, s.State.String())
	case sockLocal:
		if s.Proto == metrics.Unix {
			return rawString(dst, s.Name)
		}
		return s.Local().Addr().AppendTo(dst), rawText
	case sockRemote:
		return rawIf(!s.Remote().Addr().IsUnspecified(), s.Remote().Addr().AppendTo(dst), rawText)
	case sockLPort:
		dst, kind = rawInt(dst, s.LocalPort)
		return rawIf(s.Inet(), dst, kind)
	case sockRPort:
		dst, kind = rawInt(dst, s.RemotePort)
		return rawIf(s.Inet() && s.RemotePort != 0, dst, kind)
	case sockQueue:
		return rawInt(dst, uint64(s.RxQueue)+uint64(s.TxQueue))
	case sockWaiting:
		return rawInt(dst, s.RxQueue)
	case sockLimit:
		dst, kind = rawInt(dst, s.TxQueue)
		return rawIf(s.State == metrics.Listen, dst, kind)
	case sockPID:
		dst, kind = rawInt(dst, s.Owner.PID)
		return rawIf(s.Owner.PID != 0, dst, kind)
	case sockProcess:
		if p := r.snap.Lookup(s.Owner); p != nil {
			return rawString(dst, p.ID.Comm)
		}
		return dst, rawUnknown
	case sockRx:
		dst, kind = rawFloat(dst, float64(rate.RxBps))
	case sockTx:
		dst, kind = rawFloat(dst, float64(rate.TxBps))
	case sockRxTotal:
		dst, kind = rawInt(dst, s.RxBytes)
	case sockTxTotal:
		dst, kind = rawInt(dst, s.TxBytes)
	case sockRTT:
		dst, kind = rawFloat(dst, float64(s.RTTMicros)/1000)
	case sockRetrans:
		dst, kind = rawInt(dst, s.Retransmits)
	}
	return rawIf(s.HasInfo, dst, kind)
}

func (r *socketRows) detach() exportable {
	return &socketRows{network: &network{snap: r.snap, rates: r.rates}, of: r.of, list: slices.Clone(r.list)}
}

var socketGroupNames = [...]string{"name", "pid", "sockets", "established", "listening", "rx_bytes_per_s", "tx_bytes_per_s",
	"rx_bytes", "tx_bytes", "retransmits", "rtt_max_ms"}

func (g *groups) rawName(col int) string { return socketGroupNames[col] }

func (g *groups) raw(dst []byte, row int32, col int) ([]byte, rawKind) {
	v, text := g.order(row, col)
	switch socketGroupNames[col] {
	case "name":
		return rawString(dst, text)
	case "pid":
		dst, kind := rawFloat(dst, v)
		return rawIf(v != 0, dst, kind)
	case "rtt_max_ms":
		dst, kind := rawFloat(dst, v/1000)
		return rawIf(v != 0, dst, kind)
	}
	return rawFloat(dst, v)
}

func (g *groups) detach() exportable { return &groups{mode: g.mode, all: slices.Clone(g.all)} }

var cgroupNames = [...]string{
	groupCPU: "cpu_percent", groupQuota: "cpu_quota_cores", groupThrottled: "throttled_percent", groupMemory: "memory_bytes",
	groupMemoryMax: "memory_max_bytes", groupRead: "read_bytes_per_s", groupWrite: "write_bytes_per_s", groupPids: "pids",
	groupPSICPU: "pressure_cpu_percent", groupPSIMemory: "pressure_memory_percent", groupPSIIO: "pressure_io_percent",
	groupOOM: "oom_kills", groupPath: "path",
}

func (c *cgroups) rawName(col int) string { return cgroupNames[col] }

func (c *cgroups) raw(dst []byte, row int32, col int) ([]byte, rawKind) {
	g := &c.snap.System.Cgroups[row]
	if col == groupPath {
		return rawString(dst, g.Path)
	}
	v := c.value(row, col)
	known := !slices.Contains(g.Missing, cgroupControllers[col])
	if col == groupQuota || col == groupMemoryMax {
		known = known && v > 0 // without a limit there is none to tell
	}
	dst, kind := rawFloat(dst, v)
	return rawIf(known, dst, kind)
}

func (c *cgroups) detach() exportable { return &cgroups{snap: c.snap, rates: c.rates} }
