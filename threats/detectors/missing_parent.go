package detectors

import (
	"slices"
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// missingParent finds processes whose parent is in no list.
type missingParent struct {
	next    time.Time // of the next look at all
	orphans []orphan
}

type orphan struct {
	key  metrics.ProcKey
	ppid int32
}

var missingParentInfo = &threats.Info{
	ID: "rootkit.missing-parent", Number: 51,
	Title:    "Parent process is in no list",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1014"},
	Needs:      metrics.WholeProc,
	Confirm:    2 * time.Second,
	Why: "When a process ends, its children are given to another, so that each has a parent that exists. " +
		"A parent that is in no list runs on and is hidden.",
	FalsePositives: "A parent that ends between two reads; therefore it must be missing two seconds later too. Where other users' processes cannot be seen, nothing is said.",
	Next: []string{
		"Look at the missing one by its number: /proc/PPID/status, /proc/PPID/exe",
		"Look at what the child does, and who else has the same parent.",
		"Trust no program of this machine: examine it from outside.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1014/"},
}

const (
	parentsEvery = 5 * time.Second
	maxOrphans   = 64
)

func (*missingParent) Info() *threats.Info { return missingParentInfo }

func (d *missingParent) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	if in.Find(1) < 0 { // not all processes are visible
		d.orphans = nil
		return dst
	}
	if !in.Now.Before(d.next) || in.Now.Before(d.next.Add(-parentsEvery)) {
		d.next = in.Now.Add(parentsEvery)
		d.orphans = d.orphans[:0]
		procs := in.Snapshot.Processes
		for i := range procs {
			if p := &procs[i]; p.PPID > 0 && in.Find(p.PPID) < 0 && len(d.orphans) < maxOrphans {
				d.orphans = append(d.orphans, orphan{p.Key, p.PPID})
			}
		}
	}
	d.orphans = slices.DeleteFunc(d.orphans, func(o orphan) bool {
		i := in.Find(o.key.PID)
		if i < 0 || in.Process(i).Key != o.key || in.Process(i).PPID != o.ppid || in.Find(o.ppid) >= 0 {
			return true
		}
		dst = append(dst, in.OnProcess(i, missingParentInfo).
			With("parent", threats.Proc(o.key.PID, "stat"), strconv.Itoa(int(o.ppid))).
			With("missing from", "process list", "pid "+strconv.Itoa(int(o.ppid))))
		return false
	})
	return dst
}
