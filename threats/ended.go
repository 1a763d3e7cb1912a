package threats

import (
	"cmp"
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
)

// maxEnded bounds how many short-lived programs are judged in a cycle.
const maxEnded = 1024

// judgeEnded has the Identity detectors look at programs that started and ended
// between two snapshots, where a source reports them. Of such a process only its
// identity is known, and its relations are gone.
func (e *Engine) judgeEnded(raw []Finding) []Finding {
	cur := e.in.Snapshot
	if len(cur.Execs) == 0 {
		return raw
	}
	var procs []metrics.Process
	for i := len(cur.Execs) - 1; i >= 0 && len(procs) < maxEnded; i-- { // the latest of a pid counts
		x := &cur.Execs[i]
		if x.ID != nil && cur.Lookup(x.Key) == nil {
			procs = append(procs, metrics.Process{Key: x.Key, PPID: x.PPID, ID: x.ID, Have: metrics.HasCmdline})
		}
	}
	if len(procs) == 0 {
		return raw
	}
	slices.SortStableFunc(procs, func(a, b metrics.Process) int { return cmp.Compare(a.Key.PID, b.Key.PID) })
	procs = slices.CompactFunc(procs, func(a, b metrics.Process) bool { return a.Key.PID == b.Key.PID })
	in := NewInput(e.in.Now, &metrics.Snapshot{At: cur.At, Uptime: cur.Uptime, System: cur.System, Processes: procs}, nil, nil, e.files)
	for _, r := range e.identity {
		if !r.held(in.Now) {
			raw, _ = r.try(in, raw)
		}
	}
	return raw
}
