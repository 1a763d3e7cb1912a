package detectors

import (
	"fmt"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// unaccountedCPU compares the time that the processors were busy with the time
// that processes used: the rest belongs to somebody who is in no list.
type unaccountedCPU struct {
	since   time.Time // since when more is missing than can be explained
	missing float64   // sum over the measurements, percent of a processor times seconds
	seconds float64
}

var unaccountedCPUInfo = &threats.Info{
	ID: "rootkit.unaccounted-cpu", Number: 56,
	Title:    "Processors are busy with what no process accounts for",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.State,
	Techniques: []string{"T1014", "T1496.001"},
	Needs:      metrics.WholeProc,
	Why: "A miner that is hidden from the list of processes still warms the processors, " +
		"and the kernel's count of their time is seldom changed with the list.",
	FalsePositives: "Processes that live for less than a cycle take their time with them: what they can have used is allowed for, by the number of forks, " +
		"and on a machine that starts many nothing can be said. Interrupts and time stolen by the hypervisor are not counted. In a container, where the count is that of the host, nothing is said.",
	Next: []string{
		"Compare with another way to look: perf top, or the power and heat of the machine.",
		"Look at the other detections of hiding.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1014/"},
}

const (
	unaccountedLeast = 60.0 // percent of a processor
	unaccountedFor   = time.Minute
)

func (*unaccountedCPU) Info() *threats.Info { return unaccountedCPUInfo }

func (d *unaccountedCPU) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	r := in.Rates
	if r == nil || r.Over <= 0 || in.Previous == nil || len(r.Cores) == 0 || !wholeMachine(in) {
		d.since = time.Time{}
		return dst
	}
	if !in.Snapshot.ProcessesAt.After(in.Previous.ProcessesAt) {
		return d.report(in, dst) // nothing new was read
	}
	// In percent of one processor.
	busy := float64(r.CPU.User+r.CPU.Nice+r.CPU.System) * float64(len(r.Cores))
	used := 0.0
	for i := range r.Processes {
		used += float64(r.Processes[i].CPU)
	}
	// Whoever began or ended in between may have used a processor for all of the
	// time; as many end as begin. The readings are not of the same moment.
	allowed := 2*100*r.Forks*r.Over.Seconds() + busy/10 + 20
	missing := busy - used - allowed
	if missing < unaccountedLeast {
		d.since = time.Time{}
		return dst
	}
	if d.since.IsZero() {
		d.since, d.missing, d.seconds = in.Now, 0, 0
	}
	d.missing += missing * r.Over.Seconds()
	d.seconds += r.Over.Seconds()
	return d.report(in, dst)
}

func (d *unaccountedCPU) report(in *threats.Input, dst []threats.Finding) []threats.Finding {
	if d.since.IsZero() || in.Now.Sub(d.since) < unaccountedFor {
		return dst
	}
	return append(dst, threats.OnHost("", unaccountedCPUInfo).
		With("missing", "/proc/stat", fmt.Sprintf("%.0f %% of a processor on average, for %s, beyond what short-lived processes explain", d.missing/d.seconds, in.Now.Sub(d.since).Round(time.Second))).
		With("in the last cycle", "/proc/stat", fmt.Sprintf("busy %.1f %% of all, %.1f forks a second", in.Rates.CPU.Busy, in.Rates.Forks)))
}

// wholeMachine reports whether the list of processes is that of the machine, not
// of a container or one user: it has init and the kernel's own.
func wholeMachine(in *threats.Input) bool {
	i := in.Find(2)
	return in.Find(1) >= 0 && i >= 0 && in.Process(i).Kthread()
}
