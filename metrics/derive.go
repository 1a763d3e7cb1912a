package metrics

// Derive computes what changed between two snapshots into dst, whose slices it
// reuses; the result is dst. It is a pure function of the snapshots. Processes
// are matched by pid and start time, sockets by their cookie, devices by name. A
// counter that fell (a device that was replaced, a wrapped value) counts as no
// change. A process that is new did all it ever did within the time between.
// Where cur only repeats an older reading of prev, the rates of that reading are
// kept: before, the rates that belong to prev, or nil.
func Derive(dst *Rates, prev, cur *Snapshot, before *Rates) *Rates {
	dst.reset(cur)
	dst.Over = cur.At.Sub(prev.At)
	if dst.Over <= 0 {
		return dst
	}
	s := dst.Over.Seconds()
	dst.CPU = cpuPercent(prev.System.CPU.Total, cur.System.CPU.Total)
	for i, c := range cur.System.CPU.Cores {
		if i < len(prev.System.CPU.Cores) {
			dst.Cores[i] = cpuPercent(prev.System.CPU.Cores[i], c)
		}
	}
	a, b := &prev.System, &cur.System
	dst.Switches = perSecond(a.CPU.ContextSwitches, b.CPU.ContextSwitches, s)
	dst.Forks = perSecond(a.CPU.Forks, b.CPU.Forks, s)
	dst.SwapIn = perSecond(a.Memory.SwapIn, b.Memory.SwapIn, s)
	dst.SwapOut = perSecond(a.Memory.SwapOut, b.Memory.SwapOut, s)
	dst.Retransmit = perSecond(a.TCP.Retransmits, b.TCP.Retransmits, s)
	deriveDevices(dst, a, b, s)
	if before == nil {
		before = &Rates{}
	}
	if cur.ProcessesAt.Equal(prev.ProcessesAt) {
		copy(dst.Processes, before.Processes)
	} else {
		deriveProcesses(dst, prev, cur)
	}
	if cur.SocketsAt.Equal(prev.SocketsAt) {
		copy(dst.Sockets, before.Sockets)
	} else {
		deriveSockets(dst, prev, cur)
	}
	if b.CgroupsAt.Equal(a.CgroupsAt) {
		copy(dst.Cgroups, before.Cgroups)
	} else {
		deriveCgroups(dst, a, b, b.CgroupsAt.Sub(a.CgroupsAt).Seconds())
	}
	return dst
}

// SinceStart computes rates over the whole life of each process and of the
// machine, as ps(1) shows them, into dst; the result is dst.
func SinceStart(dst *Rates, cur *Snapshot) *Rates {
	dst.reset(cur)
	dst.CPU = cpuPercent(CPUTimes{}, cur.System.CPU.Total)
	for i, c := range cur.System.CPU.Cores {
		dst.Cores[i] = cpuPercent(CPUTimes{}, c)
	}
	up := cur.Uptime.Seconds()
	if up > 0 {
		b := &cur.System
		dst.Switches = float64(b.CPU.ContextSwitches) / up
		dst.Forks = float64(b.CPU.Forks) / up
		dst.SwapIn, dst.SwapOut = float64(b.Memory.SwapIn)/up, float64(b.Memory.SwapOut)/up
		dst.Retransmit = float64(b.TCP.Retransmits) / up
		deriveDevices(dst, &System{}, b, up)
	}
	for i := range cur.Processes {
		p := &cur.Processes[i]
		// A process younger than a tick would get a share from rounding alone.
		if age := up - float64(p.Key.Start)/TicksPerSecond; age >= 1.0/TicksPerSecond {
			dst.Processes[i] = processRate(&Process{}, p, age)
		}
	}
	return dst
}

// NoRates makes dst, the result, rates of nothing, as long as the lists of cur:
// for a first snapshot, before there is anything to compare with.
func NoRates(dst *Rates, cur *Snapshot) *Rates {
	dst.reset(cur)
	return dst
}

// reset makes the slices as long as those of cur, and zero.
func (r *Rates) reset(cur *Snapshot) {
	*r = Rates{
		Cores:     zeroed(r.Cores, len(cur.System.CPU.Cores)),
		DiskIO:    zeroed(r.DiskIO, len(cur.System.DiskIO)),
		Networks:  zeroed(r.Networks, len(cur.System.Networks)),
		Cgroups:   zeroed(r.Cgroups, len(cur.System.Cgroups)),
		Processes: zeroed(r.Processes, len(cur.Processes)),
		Sockets:   zeroed(r.Sockets, len(cur.Sockets)),
	}
}

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n || outsized(s, n) {
		return make([]T, n, n+n/32)
	}
	s = s[:n]
	clear(s)
	return s
}

func delta(a, b uint64) uint64 {
	if b < a {
		return 0
	}
	return b - a
}

func perSecond(a, b uint64, seconds float64) float64 { return float64(delta(a, b)) / seconds }

func cpuPercent(a, b CPUTimes) CPUPercent {
	total := b.Total() - a.Total()
	if total <= 0 {
		return CPUPercent{}
	}
	// Idle and iowait may step back by a little, proc_stat(5).
	p := func(x, y float64) float32 { return float32(max(0, min(100, 100*(y-x)/total))) }
	return CPUPercent{
		Busy:   p(a.Total()-a.Idle-a.IOWait, b.Total()-b.Idle-b.IOWait),
		User:   p(a.User, b.User),
		Nice:   p(a.Nice, b.Nice),
		System: p(a.System, b.System),
		IOWait: p(a.IOWait, b.IOWait),
		IRQ:    p(a.IRQ+a.SoftIRQ, b.IRQ+b.SoftIRQ),
		Steal:  p(a.Steal, b.Steal),
	}
}

func deriveProcesses(dst *Rates, prev, cur *Snapshot) {
	s := cur.ProcessesAt.Sub(prev.ProcessesAt).Seconds()
	if s <= 0 {
		return
	}
	var none Process
	old, j := prev.Processes, 0
	for i := range cur.Processes {
		p := &cur.Processes[i]
		for j < len(old) && old[j].Key.PID < p.Key.PID {
			j++
		}
		was := &none
		if j < len(old) && old[j].Key == p.Key {
			was = &old[j]
		}
		dst.Processes[i] = processRate(was, p, s)
		dst.Processes[i].New = was == &none
	}
}

func processRate(was, p *Process, s float64) ProcessRate {
	rate := func(a, b uint64) float32 { return float32(perSecond(a, b, s)) }
	r := ProcessRate{CPU: float32(perSecond(was.CPUNS(), p.CPUNS(), s) / 1e7)}
	// A group that was not known before would show all it ever counted as the
	// work of one moment.
	fresh := was.Key.PID == 0
	if p.Has(HasIO) && (fresh || was.Has(HasIO)) {
		r.ReadBps, r.WriteBps = rate(was.ReadBytes, p.ReadBytes), rate(was.WriteBytes, p.WriteBytes)
	}
	if p.Has(HasNet) && (fresh || was.Has(HasNet)) {
		r.RxBps, r.TxBps = rate(was.NetRxBytes, p.NetRxBytes), rate(was.NetTxBytes, p.NetTxBytes)
	}
	if p.Has(HasFaults) && (fresh || was.Has(HasFaults)) {
		r.FaultsPS = rate(was.MinorFaults+was.MajorFaults, p.MinorFaults+p.MajorFaults)
	}
	if p.Has(HasSwitches) && (fresh || was.Has(HasSwitches)) {
		r.SwitchesPS = rate(was.VoluntarySwitches+was.InvoluntarySwitches, p.VoluntarySwitches+p.InvoluntarySwitches)
	}
	return r
}

// socketWindow is how far ahead a socket is looked for in the older list. The
// kernel dumps its tables in the same order each time, so that lists differ only
// by what came and went in between.
const socketWindow = 64

func deriveSockets(dst *Rates, prev, cur *Snapshot) {
	s := cur.SocketsAt.Sub(prev.SocketsAt).Seconds()
	if s <= 0 {
		return
	}
	old, j := prev.Sockets, 0
	for i := range cur.Sockets {
		k := &cur.Sockets[i]
		if !k.HasInfo || k.Cookie == 0 {
			continue
		}
		for n := j; n < min(j+socketWindow, len(old)); n++ {
			if old[n].Cookie == k.Cookie {
				dst.Sockets[i] = SocketRate{
					RxBps: float32(perSecond(old[n].RxBytes, k.RxBytes, s)),
					TxBps: float32(perSecond(old[n].TxBytes, k.TxBytes, s)),
				}
				j = n + 1
				break
			}
		}
	}
}

// deriveDevices compares devices by name. A device that was not there before
// has no rate, unless there was none at all: then a is the state at boot.
func deriveDevices(dst *Rates, a, b *System, s float64) {
	for i := range b.DiskIO {
		y := &b.DiskIO[i]
		x, known := find(a.DiskIO, i, func(d *DiskIO) bool { return d.Name == y.Name })
		if known || len(a.DiskIO) == 0 {
			dst.DiskIO[i] = DiskRate{perSecond(x.ReadBytes, y.ReadBytes, s), perSecond(x.WriteBytes, y.WriteBytes, s),
				perSecond(x.ReadOps, y.ReadOps, s), perSecond(x.WriteOps, y.WriteOps, s),
				min(100, perSecond(x.BusyMillis, y.BusyMillis, s)/10)}
		}
	}
	for i := range b.Networks {
		y := &b.Networks[i]
		x, known := find(a.Networks, i, func(n *Network) bool { return n.Name == y.Name })
		if known || len(a.Networks) == 0 {
			dst.Networks[i] = NetworkRate{perSecond(x.RxBytes, y.RxBytes, s), perSecond(x.TxBytes, y.TxBytes, s),
				perSecond(x.RxPackets, y.RxPackets, s), perSecond(x.TxPackets, y.TxPackets, s)}
		}
	}
}

// deriveCgroups merges two lists that are sorted by path.
func deriveCgroups(dst *Rates, a, b *System, s float64) {
	if s <= 0 {
		return
	}
	j := 0
	for i := range b.Cgroups {
		y := &b.Cgroups[i]
		for j < len(a.Cgroups) && a.Cgroups[j].Path < y.Path {
			j++
		}
		if j < len(a.Cgroups) && a.Cgroups[j].Path == y.Path && a.Cgroups[j].ID == y.ID {
			x := &a.Cgroups[j]
			dst.Cgroups[i] = CgroupRate{CPU: perSecond(x.CPUMicros, y.CPUMicros, s) / 1e4,
				ReadBps: perSecond(x.ReadBytes, y.ReadBytes, s), WriteBps: perSecond(x.WriteBytes, y.WriteBytes, s),
				Throttled: min(100, perSecond(x.ThrottledMicros, y.ThrottledMicros, s)/1e4)}
		}
	}
}

// find looks at the same place first: lists seldom change.
func find[T any](list []T, at int, is func(*T) bool) (T, bool) {
	if at < len(list) && is(&list[at]) {
		return list[at], true
	}
	for i := range list {
		if is(&list[i]) {
			return list[i], true
		}
	}
	var none T
	return none, false
}
