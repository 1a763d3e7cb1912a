package report

import (
	"io"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

// SchemaVersion is the version of the JSON contract, described in schema.json. It
// grows when a member changes its meaning or goes; new members do not change it.
const SchemaVersion = 1

// Options chooses what a report holds. The nil functions keep everything.
type Options struct {
	Process func(i int) bool // keep this process of the snapshot
	Socket  func(i int) bool
	Finding func(i int) bool
	Color   bool // text only
	Width   int  // text only: columns to fill; 0 is as wide as it needs
	ASCII   bool // text only
}

func (o *Options) process(i int) bool { return o.Process == nil || o.Process(i) }
func (o *Options) socket(i int) bool  { return o.Socket == nil || o.Socket(i) }
func (o *Options) finding(i int) bool { return o.Finding == nil || o.Finding(i) }

// JSON writes the frame as one object, followed by a newline. Members whose
// value is not known are left out.
func JSON(out io.Writer, f *monitor.Frame, o Options) error {
	w := newWriter(out)
	w.open('{')
	w.int("schema_version", SchemaVersion)
	w.time("time", f.At)
	w.host(f.Snapshot)
	w.float("interval_s", f.Rates.Over.Seconds())
	w.sources("sources", f.Snapshot.Sources)
	w.gaps(f.Snapshot.Gaps)
	w.system(f)
	w.processes(f, &o)
	w.sockets(f, &o)
	w.findings(f.Threats, &o)
	w.threats(f.Threats)
	w.self(f.Self)
	w.close('}')
	w.buf = append(w.buf, '\n')
	w.flush()
	return w.err
}

func (w *writer) host(s *metrics.Snapshot) {
	h := &s.System.Host
	w.object("host")
	w.str("name", h.Name)
	w.text("os", h.OS)
	w.text("platform", h.Platform)
	w.text("platform_version", h.PlatformVersion)
	w.text("kernel", h.Kernel)
	w.text("arch", h.Arch)
	w.text("virtualization", h.Virtualization)
	w.text("cpu_model", h.CPUModel)
	w.int("cpus", int64(len(s.System.CPU.Cores)))
	w.time("boot_time", h.BootTime)
	w.float("uptime_s", s.Uptime.Seconds())
	w.close('}')
}

func (w *writer) sources(name string, list []metrics.SourceStat) {
	w.array(name)
	for i := range list {
		s := &list[i]
		w.open('{')
		w.str("name", s.Name)
		w.time("read_at", s.At)
		w.millis("took_ms", s.Took)
		w.int("items", int64(s.Items))
		w.flag("late", s.Late)
		w.time("late_since", s.Since)
		w.flag("beside_cycle", s.Beside)
		if s.Beside || s.CPU > 0 {
			w.millis("cpu_ms", s.CPU)
		}
		w.text("error", s.Err)
		w.text("note", s.Note)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) gaps(list []metrics.Gap) {
	w.array("unavailable")
	for _, g := range list {
		w.open('{')
		w.str("what", g.What)
		w.str("why", g.Why)
		w.text("needs", g.Needs)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) processes(f *monitor.Frame, o *Options) {
	w.array("processes")
	boot := f.At.Add(-f.Snapshot.Uptime)
	for i := range f.Snapshot.Processes {
		if o.process(i) {
			w.process(&f.Snapshot.Processes[i], &f.Rates.Processes[i], boot)
		}
	}
	w.close(']')
}

func (w *writer) process(p *metrics.Process, r *metrics.ProcessRate, boot time.Time) {
	id := p.ID
	w.open('{')
	w.int("pid", int64(p.Key.PID))
	w.int("ppid", int64(p.PPID))
	w.uint("start_ticks", p.Key.Start)
	w.time("started", p.Key.StartedAt(boot))
	w.str("comm", id.Comm)
	w.text("exe", id.Exe)
	w.text("invoked", id.Invoked)
	if p.Has(metrics.HasCmdline) {
		w.array("cmdline")
		for n := 0; ; n++ {
			a, ok := id.Arg(n)
			if !ok {
				break
			}
			w.string(a)
		}
		w.close(']')
		w.flag("cmdline_cut", id.CmdlineCut)
	}
	w.text("cwd", id.Cwd)
	w.str("state", states[p.State:][:1])
	w.uint("uid", uint64(p.UID))
	w.str("user", id.User)
	if p.Has(metrics.HasEffective) {
		w.uint("euid", uint64(p.EUID))
	}
	w.int("threads", int64(p.Threads))
	w.int("nice", int64(p.Nice))
	w.flag("kernel_thread", p.Kthread())
	if p.TTY != 0 {
		w.int("tty", int64(p.TTY))
	}
	w.float("cpu_percent", float64(r.CPU))
	w.millis("cpu_user_ms", time.Duration(p.UserNS))
	w.millis("cpu_system_ms", time.Duration(p.SystemNS))
	w.uint("rss_bytes", p.RSSBytes)
	w.uint("virtual_bytes", p.VirtualBytes)
	w.extras(p, r)
	if p.Has(metrics.HasExeFile) && id.ExeInode != 0 {
		w.flag("exe_deleted", p.Deleted())
		w.uint("exe_inode", id.ExeInode)
	}
	w.membership(&id.Cgroup)
	w.close('}')
}

// states are all letters, for a state as a string without an allocation.
var states = func() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return string(b)
}()

// extras writes what only some sources, or privileges, give.
func (w *writer) extras(p *metrics.Process, r *metrics.ProcessRate) {
	if p.Has(metrics.HasIO) {
		w.uint("read_bytes", p.ReadBytes)
		w.uint("write_bytes", p.WriteBytes)
		w.uint("read_calls", p.ReadCalls)
		w.uint("write_calls", p.WriteCalls)
		w.float("read_bytes_per_s", float64(r.ReadBps))
		w.float("write_bytes_per_s", float64(r.WriteBps))
	}
	if p.Has(metrics.HasNet) {
		w.uint("net_rx_bytes", p.NetRxBytes)
		w.uint("net_tx_bytes", p.NetTxBytes)
		w.float("net_rx_bytes_per_s", float64(r.RxBps))
		w.float("net_tx_bytes_per_s", float64(r.TxBps))
	}
	if p.Has(metrics.HasFaults) {
		w.uint("minor_faults", p.MinorFaults)
		w.uint("major_faults", p.MajorFaults)
	}
	if p.Has(metrics.HasSwitches) {
		w.uint("voluntary_switches", p.VoluntarySwitches)
		w.uint("involuntary_switches", p.InvoluntarySwitches)
	}
	if p.Has(metrics.HasTracer) && p.TracerPID != 0 {
		w.int("tracer_pid", int64(p.TracerPID))
	}
	if p.Has(metrics.HasSecurity) && p.Security != nil {
		w.uint("cap_effective", p.Security.CapEffective)
		w.flag("no_new_privs", p.Security.NoNewPrivs)
	}
	if p.Has(metrics.HasSeccomp) {
		w.uint("seccomp", uint64(p.Seccomp))
	}
}

func (w *writer) membership(c *metrics.Cgroup) {
	w.text("cgroup", c.Path)
	w.text("unit", c.Unit)
	w.text("slice", c.Slice)
	w.text("container", c.Container)
	w.text("runtime", c.Runtime)
	w.text("pod", c.Pod)
}

func (w *writer) sockets(f *monitor.Frame, o *Options) {
	w.array("sockets")
	for i := range f.Snapshot.Sockets {
		if o.socket(i) {
			w.socket(&f.Snapshot.Sockets[i], &f.Rates.Sockets[i])
		}
	}
	w.close(']')
}

func (w *writer) socket(s *metrics.Socket, r *metrics.SocketRate) {
	w.open('{')
	w.str("proto", s.Proto.String())
	w.str("state", s.State.String())
	if s.Inet() || s.Proto == metrics.Raw {
		w.address("local_address", "local_port", s.Local())
		if remote := s.Remote(); remote.Port() != 0 || !remote.Addr().IsUnspecified() {
			w.address("remote_address", "remote_port", remote)
		}
	}
	w.text("name", s.Name)
	w.positive("inode", s.Inode)
	w.uint("uid", uint64(s.UID))
	if s.Owner.PID != 0 {
		w.int("pid", int64(s.Owner.PID))
		w.uint("holders", uint64(s.Holders))
	}
	w.uint("rx_queue", uint64(s.RxQueue))
	w.uint("tx_queue", uint64(s.TxQueue))
	if s.HasInfo {
		w.uint("rx_bytes", s.RxBytes)
		w.uint("tx_bytes", s.TxBytes)
		w.float("rx_bytes_per_s", float64(r.RxBps))
		w.float("tx_bytes_per_s", float64(r.TxBps))
		w.float("rtt_ms", float64(s.RTTMicros)/1000)
		w.uint("retransmits", uint64(s.Retransmits))
	}
	w.close('}')
}
