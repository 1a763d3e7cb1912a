package filter

import (
	"strings"
	"syscall"

	"github.com/smoothtask/smoothtask/metrics"
)

// identityFields can be asked of every row that has a process: the process
// itself, the owner of a socket, the process that a finding is about.
var identityFields = []field{
	{name: "comm", about: "name of the program, as the kernel has it", text: commText},
	{name: "cmd", about: "command line", text: cmdText},
	{name: "exe", about: "path of the program", text: ofIdentity(func(id *metrics.Identity) string { return id.Exe })},
	{name: "invoked", about: "path by which the program was called", text: ofIdentity(func(id *metrics.Identity) string { return id.Invoked })},
	{name: "cwd", about: "working directory", text: ofIdentity(func(id *metrics.Identity) string { return id.Cwd })},
	{name: "user", about: "name of the user", text: userText},
	{name: "unit", about: "systemd unit", text: ofIdentity(func(id *metrics.Identity) string { return id.Cgroup.Unit })},
	{name: "slice", about: "systemd slice", text: ofIdentity(func(id *metrics.Identity) string { return id.Cgroup.Slice })},
	{name: "cgroup", about: "path of the control group", text: ofIdentity(func(id *metrics.Identity) string { return id.Cgroup.Path })},
	{name: "container", about: "id of the container; alone: runs in one",
		text: ofIdentity(func(id *metrics.Identity) string { return id.Cgroup.Container }),
		is:   func(r *row) bool { return r.identity != nil && r.identity.Cgroup.Container != "" }},
	{name: "runtime", about: "runtime of the container", text: ofIdentity(func(id *metrics.Identity) string { return id.Cgroup.Runtime })},
	{name: "pod", about: "uid of the Kubernetes pod; alone: runs in one",
		text: ofIdentity(func(id *metrics.Identity) string { return id.Cgroup.Pod }),
		is:   func(r *row) bool { return r.identity != nil && r.identity.Cgroup.Pod != "" }},
	flag("exe.setuid", "the program file is setuid", func(r *row) bool {
		return r.identity != nil && r.identity.ExeMode&syscall.S_ISUID != 0
	}),
	flag("exe.hidden", "a part of the program's path begins with a dot", func(r *row) bool {
		return r.identity != nil && strings.Contains(r.identity.Exe, "/.")
	}),
	processFlag("exe.deleted", "the program file is gone", (*metrics.Process).Deleted),
	processFlag("kernel", "a thread of the kernel", (*metrics.Process).Kthread),
	processFlag("traced", "another process traces it", func(p *metrics.Process) bool { return p.TracerPID != 0 }),
	{name: "euid", about: "effective user id", number: ofProcess(metrics.HasEffective, func(p *metrics.Process) float64 { return float64(p.EUID) })},
	{name: "caps", about: "effective capabilities, such as CAP_NET_ADMIN", text: capsText},
	processFlag("nnp", "no_new_privs is set", func(p *metrics.Process) bool { return p.Security != nil && p.Security.NoNewPrivs }),
	{name: "seccomp", about: "seccomp mode", names: []name{{"off", 0}, {"strict", 1}, {"filter", 2}},
		number: ofProcess(metrics.HasSeccomp, func(p *metrics.Process) float64 { return float64(p.Seccomp) })},
	{name: "parent", about: "name of the parent", text: parentText},
}

func commText(r *row, t *textTest) bool { return r.identity != nil && t.match(r.identity.Comm) }

func cmdText(r *row, t *textTest) bool {
	return r.identity != nil && t.match(r.cmdline(r.identity.Cmdline))
}

func userText(r *row, t *textTest) bool { return r.identity != nil && t.match(r.identity.User) }

func parentText(r *row, t *textTest) bool {
	if r.process == nil {
		return false
	}
	p := r.parent(r.process)
	return p != nil && t.match(p.ID.Comm)
}

// capabilities holds all names by number.
var capabilities = metrics.CapabilityNames(^uint64(0))

func capsText(r *row, t *textTest) bool {
	if r.process == nil || r.process.Security == nil {
		return false
	}
	for i, mask := 0, r.process.Security.CapEffective; mask != 0; i, mask = i+1, mask>>1 {
		if mask&1 != 0 && t.match(capabilities[i]) {
			return true
		}
	}
	return false
}
