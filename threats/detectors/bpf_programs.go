package detectors

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// bpfPrograms finds eBPF programs that watch or change what the kernel does, and
// that no software which is known to load such explains.
type bpfPrograms struct {
	read    func() ([]metrics.BPFProgram, error)
	failure string
}

var bpfProgramsInfo = &threats.Info{
	ID: "rootkit.bpf-program", Number: 55,
	Title:    "Unexpected eBPF program in the kernel",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Host,
	Techniques: []string{"T1014"},
	Needs:      metrics.ListBPF,
	Every:      30 * time.Second,
	Why: "An eBPF program sees system calls and packets and can change what they return. Rootkits hide files and processes with it, steal what is typed, " +
		"and wait for a special packet; they need no module and leave no mark.",
	FalsePositives: "Programs on control groups, which systemd and container runtimes load, are left out, and so are our own, known by their numbers, and what has the same instructions, as in a second monitor like this one. " +
		"Tracing, security and network software (bpftrace, Falco, Tetragon, Cilium, Datadog) loads programs too: while one runs, the rest counts as low.",
	Next: []string{
		"Look at the programs and at who holds them: bpftool prog show",
		"Look at where they are attached: bpftool link show; bpftool net; bpftool perf",
		"Look at what is pinned below /sys/fs/bpf.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1014/"},
}

// quietTypes are the types that manage control groups, devices and the like and
// cannot see or change what programs read.
var quietTypes = setOf("cgroup_device cgroup_skb cgroup_sock cgroup_sock_addr cgroup_sockopt cgroup_sysctl sock_ops flow_dissector lirc_mode2 struct_ops sk_reuseport syscall")

// bpfSoftware loads eBPF programs as its work.
var bpfSoftware = setOf("bpftrace bcc falco tetragon tracee tracee-ebpf cilium-agent cilium cilium-operator calico-node felix hubble-relay kubearmor pixie vizier-pem parca-agent pyroscope beyla alloy otel-ebpf-profiler inspektor-gadget ig gadgettracermanager " +
	"datadog-agent system-probe security-agent newrelic-infra dynatrace oneagentos sysdig agent sysmon osqueryd elastic-agent elastic-endpoint falcon-sensor sentinelone-agent cs-agent wdavdaemon mdatp auditbeat packetbeat netdata ebpf.plugin coroot-node-agent deepflow-agent kindling " +
	"suricata bpfman bpfd loxilb xdp-loader katran dae daed mihomo sing-box opensnitchd perf trace-cmd scx_lavd scx_rusty tailscaled smoothtask execsnoop opensnoop biosnoop tcpconnect ecapture kepler")

const maxBPFGroups = 32

func (d *bpfPrograms) Info() *threats.Info { return bpfProgramsInfo }
func (d *bpfPrograms) Failure() string     { return d.failure }

// bpfGroup is what one software loads alike.
type bpfGroup struct {
	kind, name string
	uid        uint32
}

func (d *bpfPrograms) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.failure = ""
	if d.read == nil {
		d.failure = "this machine or this build cannot list eBPF programs"
		return dst
	}
	list, err := d.read()
	if err != nil {
		d.failure = "cannot list eBPF programs: " + err.Error()
		return dst
	}
	own := set{} // by the hash of the instructions: a second monitor has the same
	for _, p := range list {
		if p.Own && p.Tag != "" {
			own[p.Tag] = struct{}{}
		}
	}
	groups := map[bpfGroup][]metrics.BPFProgram{}
	var order []bpfGroup
	for _, p := range list {
		if p.Own || own.has(p.Tag) || quietTypes.has(p.Type) || ofSystem(p) {
			continue
		}
		g := bpfGroup{p.Type, p.Name, p.UID}
		if groups[g] == nil {
			if len(order) == maxBPFGroups {
				continue
			}
			order = append(order, g)
		}
		groups[g] = append(groups[g], p)
	}
	if len(order) == 0 {
		return dst
	}
	loader := runningBPFSoftware(in)
	for _, g := range order {
		f := threats.OnHost(strings.TrimSpace("eBPF "+g.kind+" "+g.name), bpfProgramsInfo).
			With("program", "bpf(2)", g.kind+" "+g.name+", "+idsOf(groups[g])+", loaded by uid "+strconv.FormatUint(uint64(g.uid), 10)).
			With("loaded", "bpf(2)", groups[g][0].Loaded.Round(time.Second).String()+" after boot")
		if loader != "" {
			f = f.As(threats.Low, threats.Weak).With("software that loads such programs", "process list", loader)
		}
		dst = append(dst, f)
	}
	return dst
}

// ofSystem knows the programs that the kernel brings with it (to list maps and
// programs below /sys/fs/bpf, and for input devices), and those of systemd that
// are not on control groups: they restrict file systems, interfaces, namespaces.
func ofSystem(p metrics.BPFProgram) bool {
	switch p.Name {
	case "dump_bpf_map", "dump_bpf_prog", "hid_tail_call":
		return p.UID == 0 && p.Type == "tracing"
	case "restrict_filesys":
		return p.UID == 0 && p.Type == "lsm"
	}
	return p.UID == 0 && (strings.HasPrefix(p.Name, "sd_") || strings.HasPrefix(p.Name, "userns_restrict"))
}

// runningBPFSoftware names a process of software that loads eBPF programs.
func runningBPFSoftware(in *threats.Input) string {
	procs := in.Snapshot.Processes
	i := slices.IndexFunc(procs, func(p metrics.Process) bool { return !p.Kthread() && installedAs(in, &p, bpfSoftware) })
	if i < 0 {
		return ""
	}
	return procs[i].ID.Exe + " (" + strconv.Itoa(int(procs[i].Key.PID)) + ")"
}

func idsOf(list []metrics.BPFProgram) string {
	text := "id"
	for n, p := range list {
		if n == 8 {
			return text + " …"
		}
		text += " " + strconv.FormatUint(uint64(p.ID), 10)
	}
	return text
}
