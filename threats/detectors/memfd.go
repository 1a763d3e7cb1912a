package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// memfd finds programs that were executed from memory: memfd_create(2), write,
// fexecve(3). The kernel shows the file as /memfd:NAME.
type memfd struct{}

var memfdInfo = &threats.Info{
	ID: "memory.memfd", Number: 14,
	Title:    "Program runs from memory, without a file",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.Identity,
	Techniques: []string{"T1620"},
	Needs:      metrics.Trace, NeedsFor: "the programs of other users",
	Why: "A program that never was a file cannot be scanned, and is gone after a reboot. " +
		"Loaders of rootkits and miners work this way; installed software very rarely does.",
	FalsePositives: "Container runtimes and systemd run a sealed copy of themselves. They are left out when their own parent started them.",
	Next: []string{
		"Save the program while it runs: cp /proc/PID/exe to a safe place.",
		"Look at the parent and its history; it wrote the program into memory.",
		"Look at its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1620/", "https://man7.org/linux/man-pages/man2/memfd_create.2.html"},
}

// runtimes start containers; each may be the parent of a sealed copy.
var runtimes = setOf("runc crun youki runsc containerd-shim containerd-shim-runc-v1 containerd-shim-runc-v2 containerd dockerd docker podman conmon crio buildkitd kubelet lxc-start lxc-attach")

// sealed are the names that these runtimes give to the copies of themselves.
var sealed = []string{"runc_cloned:", "crun", "youki", "systemd-executor", "lxc", "conmon"}

func (memfd) Info() *threats.Info { return memfdInfo }

func (memfd) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		name, ok := strings.CutPrefix(p.ID.Exe, "/memfd:")
		if !ok || sealedCopy(in, i, name) {
			continue
		}
		dst = append(dst, in.OnProcess(i, memfdInfo).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe).
			With("arguments", threats.Proc(p.Key.PID, "cmdline"), commandLine(p.ID)))
	}
	return dst
}

// sealedCopy reports whether process i is the copy of a runtime that was started
// by it, or of systemd's by init itself.
func sealedCopy(in *threats.Input, i int32, name string) bool {
	known := false
	for _, s := range sealed {
		known = known || strings.HasPrefix(name, s)
	}
	parent := in.Parent(i)
	if !known || parent < 0 || in.Process(i).UID != 0 && in.Process(parent).UID == 0 {
		return false
	}
	q := in.Process(parent)
	return runs(q.ID, runtimes) || base(q.ID.Exe) == "systemd" && strings.HasPrefix(name, "systemd-executor")
}
