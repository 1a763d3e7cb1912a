package detectors

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// hiddenProcess reports the tasks that the kernel has and /proc does not list, as
// the source of processes has confirmed them.
type hiddenProcess struct{}

var hiddenProcessInfo = &threats.Info{
	ID: "rootkit.hidden-process", Number: 50,
	Title:    "Process is hidden from the process list",
	Severity: threats.Critical, Confidence: threats.Strong, Cost: threats.State,
	Techniques: []string{"T1014"},
	Needs:      metrics.LoadBPF,
	Why: "The kernel runs a task that a listing of /proc leaves out. Nothing harmless does that: " +
		"a kernel module, or a library below every program, takes names out of the list.",
	FalsePositives: "A process that begins or ends between the two looks; therefore a task counts only when it is still missing a second later.",
	Next: []string{
		"Trust no program of this machine: take an image of the memory and the disk, and examine them elsewhere.",
		"What is hidden can often still be read by its number: /proc/PID/exe, /proc/PID/cmdline",
		"Look for the means: kernel modules, /etc/ld.so.preload, eBPF programs.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1014/"},
}

func (hiddenProcess) Info() *threats.Info { return hiddenProcessInfo }

func (hiddenProcess) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for n := range in.Snapshot.Hidden {
		h := &in.Snapshot.Hidden[n]
		f := onKey(in, h.Key, h.Comm, hiddenProcessInfo).
			With("seen by", h.Seen, h.Comm+" (pid "+decimal(uint64(uint32(h.Key.PID)))+")").
			With("missing from", h.Missing, "not there")
		dst = append(dst, f)
	}
	return dst
}
