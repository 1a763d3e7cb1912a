package filter

import (
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// processFields can be asked of processes alone.
var processFields = []field{
	{name: "pid", about: "process id", number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.Key.PID) })},
	{name: "ppid", about: "process id of the parent", number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.PPID) })},
	{name: "uid", about: "real user id", number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.UID) })},
	{name: "gid", about: "real group id", number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.GID) })},
	{name: "egid", about: "effective group id", number: ofProcess(metrics.HasEffective, func(p *metrics.Process) float64 { return float64(p.EGID) })},
	{name: "tracer", about: "process id of the tracer", number: ofProcess(metrics.HasTracer, func(p *metrics.Process) float64 { return float64(p.TracerPID) })},
	{name: "state", about: "state, by letter or word", names: processStates,
		number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.State) })},
	{name: "threads", about: "number of threads", number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.Threads) })},
	{name: "nice", about: "nice value", number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.Nice) })},
	{name: "tty", about: "terminal, such as pts/0; alone: has one", text: ttyText,
		is: func(r *row) bool { return r.process.TTY != 0 }},
	{name: "age", about: "time since the start", unit: seconds, number: single(func(r *row) (float64, bool) { return r.age(r.process.Key), true })},
	flag("new", "started since the last refresh", func(r *row) bool {
		rate := r.rate(r.i)
		return rate != nil && rate.New
	}),

	{name: "cpu", about: "percent of one core", unit: percent, number: ofRate(func(r *metrics.ProcessRate) float32 { return r.CPU })},
	{name: "time", about: "CPU time used so far", unit: seconds, number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.CPUNS()) / 1e9 })},
	{name: "rss", about: "resident memory", unit: bytes, number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.RSSBytes) })},
	{name: "virt", about: "address space", unit: bytes, number: ofProcess(0, func(p *metrics.Process) float64 { return float64(p.VirtualBytes) })},
	{name: "mem", about: "resident memory in percent of the machine's", unit: percent, number: single(memoryShare)},
	{name: "read", about: "bytes read from disk per second", unit: bytes, number: ofRate(func(r *metrics.ProcessRate) float32 { return r.ReadBps })},
	{name: "write", about: "bytes written to disk per second", unit: bytes, number: ofRate(func(r *metrics.ProcessRate) float32 { return r.WriteBps })},
	{name: "io", about: "bytes read and written per second", unit: bytes, number: ofRate(func(r *metrics.ProcessRate) float32 { return r.ReadBps + r.WriteBps })},
	{name: "rx", about: "bytes received per second", unit: bytes, number: ofRate(func(r *metrics.ProcessRate) float32 { return r.RxBps })},
	{name: "tx", about: "bytes sent per second", unit: bytes, number: ofRate(func(r *metrics.ProcessRate) float32 { return r.TxBps })},
	{name: "net", about: "bytes received and sent per second", unit: bytes, number: ofRate(func(r *metrics.ProcessRate) float32 { return r.RxBps + r.TxBps })},
	{name: "read.total", about: "bytes read from disk so far", unit: bytes, number: ofProcess(metrics.HasIO, func(p *metrics.Process) float64 { return float64(p.ReadBytes) })},
	{name: "write.total", about: "bytes written to disk so far", unit: bytes, number: ofProcess(metrics.HasIO, func(p *metrics.Process) float64 { return float64(p.WriteBytes) })},
	{name: "rx.total", about: "bytes received so far", unit: bytes, number: ofProcess(metrics.HasNet, func(p *metrics.Process) float64 { return float64(p.NetRxBytes) })},
	{name: "tx.total", about: "bytes sent so far", unit: bytes, number: ofProcess(metrics.HasNet, func(p *metrics.Process) float64 { return float64(p.NetTxBytes) })},
	{name: "faults", about: "page faults per second", number: ofRate(func(r *metrics.ProcessRate) float32 { return r.FaultsPS })},
	{name: "switches", about: "context switches per second", number: ofRate(func(r *metrics.ProcessRate) float32 { return r.SwitchesPS })},

	{name: "listen", about: "any port it listens on; alone: listens", number: anySocket(func(s *metrics.Socket) (float64, bool) {
		return float64(s.LocalPort), s.Inet() && s.Listening()
	}), is: func(r *row) bool {
		return eachSocket(r, func(s *metrics.Socket) bool { return s.Inet() && s.Listening() })
	}},
	{name: "port", about: "any local port", number: anySocket(func(s *metrics.Socket) (float64, bool) {
		return float64(s.LocalPort), s.Inet()
	})},
	{name: "rport", about: "any remote port", number: anySocket(func(s *metrics.Socket) (float64, bool) {
		return float64(s.RemotePort), s.Inet() && s.RemotePort != 0
	})},
	{name: "remote", about: "any remote address", address: func(r *row, t *addressTest) bool {
		j := r.socketsOf()
		for i := j.first[r.i]; i > 0; i = j.next[i-1] {
			if s := &r.snapshot.Sockets[i-1]; s.RemotePort != 0 && t.match(s.Remote().Addr(), &r.scratch) {
				return true
			}
		}
		return false
	}},
	flag("public", "connected to an address of the Internet", func(r *row) bool {
		return eachSocket(r, func(s *metrics.Socket) bool {
			return s.Inet() && s.RemotePort != 0 && threats.Public(s.Remote().Addr())
		})
	}),

	{name: "findings", about: "number of findings; alone: has any", number: single(func(r *row) (float64, bool) {
		n := 0
		eachFinding(r, func(*threats.Finding) bool { n++; return false })
		return float64(n), true
	}), is: func(r *row) bool { return r.findingsOf().first[r.i] > 0 }},
	{name: "severity", about: "severity of any finding", names: severities, ordered: true, number: func(r *row, t numberTest) bool {
		return eachFinding(r, func(f *threats.Finding) bool { return t.match(float64(f.Severity)) })
	}},
	{name: "detector", about: "detector of any finding", text: func(r *row, t *textTest) bool {
		return eachFinding(r, func(f *threats.Finding) bool { return detectorText(f, t) })
	}},
	{name: "technique", about: "ATT&CK technique of any finding, such as T1059", text: func(r *row, t *textTest) bool {
		return eachFinding(r, func(f *threats.Finding) bool { return techniqueText(f, t) })
	}},
}

var processStates = []name{
	{"R", 'R'}, {"S", 'S'}, {"D", 'D'}, {"T", 'T'}, {"t", 't'}, {"Z", 'Z'}, {"I", 'I'}, {"X", 'X'},
	{"running", 'R'}, {"sleeping", 'S'}, {"blocked", 'D'}, {"stopped", 'T'}, {"tracing", 't'}, {"zombie", 'Z'}, {"idle", 'I'}, {"dead", 'X'},
}

// severities are the names of the levels, lowest first.
var severities = func() (out []name) {
	for s := threats.Informational; s <= threats.Critical; s++ {
		out = append(out, name{s.String(), float64(s)})
	}
	return out
}()

func memoryShare(r *row) (float64, bool) {
	total := r.snapshot.System.Memory.Total
	return 100 * float64(r.process.RSSBytes) / float64(max(total, 1)), total > 0
}

// eachSocket reports whether the test holds for any socket of the process.
func eachSocket(r *row, test func(*metrics.Socket) bool) bool {
	j := r.socketsOf()
	for i := j.first[r.i]; i > 0; i = j.next[i-1] {
		if test(&r.snapshot.Sockets[i-1]) {
			return true
		}
	}
	return false
}

func anySocket(get func(*metrics.Socket) (float64, bool)) func(*row, numberTest) bool {
	return func(r *row, t numberTest) bool {
		return eachSocket(r, func(s *metrics.Socket) bool {
			v, known := get(s)
			return known && t.match(v)
		})
	}
}

// eachFinding reports whether the test holds for any finding about the process.
func eachFinding(r *row, test func(*threats.Finding) bool) bool {
	j := r.findingsOf()
	for i := j.first[r.i]; i > 0; i = j.next[i-1] {
		if test(&r.findings[i-1]) {
			return true
		}
	}
	return false
}

// ttyText names a terminal from its device number, which the kernel encodes as
// new_encode_dev of include/linux/kdev_t.h does; the majors are from
// Documentation/admin-guide/devices.txt.
func ttyText(r *row, t *textTest) bool {
	dev := uint32(r.process.TTY)
	if dev == 0 {
		return false
	}
	major, minor := dev>>8&0xfff, dev&0xff|dev>>12&0xfff00
	b := r.scratch[:0]
	switch {
	case major >= 136 && major <= 143:
		b = strconv.AppendUint(append(b, "pts/"...), uint64(major-136)<<8|uint64(minor), 10)
	case major == 4 && minor < 64:
		b = strconv.AppendUint(append(b, "tty"...), uint64(minor), 10)
	case major == 4:
		b = strconv.AppendUint(append(b, "ttyS"...), uint64(minor-64), 10)
	case major == 5 && minor == 1:
		b = append(b, "console"...)
	default:
		b = strconv.AppendUint(append(strconv.AppendUint(b, uint64(major), 10), ':'), uint64(minor), 10)
	}
	r.scratch = b
	return t.match(view(b))
}
