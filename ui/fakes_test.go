package ui

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/smoothtask/smoothtask/action"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// inspect reads an invented process. Thread i of one with several uses i % of a
// core; the clock goes on by a second with each frame.
func (mc *machine) inspect(_ context.Context, k metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	if parts != metrics.PartThreads {
		return invented(k, parts), nil
	}
	n := 1 + int(k.PID-1)%7
	if mc.threads > 0 {
		n = mc.threads
	}
	d := &metrics.Detail{Key: k, At: testStart.Add(time.Duration(mc.seq) * time.Second), Read: parts}
	for i := range n {
		d.Threads = append(d.Threads, metrics.Thread{TID: 1000*k.PID + int32(i), Comm: fmt.Sprintf("worker-%d", i), State: "SRD"[i%3], CPUNS: mc.seq * uint64(i) * 1e7})
	}
	return d, nil
}

func invented(k metrics.ProcKey, parts metrics.Parts) *metrics.Detail {
	d := &metrics.Detail{Key: k, Read: parts, Environ: []string{"PATH=/usr/bin:/bin", "DB_PASSWORD=hunter2", "URL=https://me:pw@example.org/x"},
		FDs: []metrics.FD{{FD: 0, Target: "/dev/null"}, {FD: 1, Target: "/var/log/app.log"}, {FD: 3, Target: "socket:[5001]", Inode: 5001}}, FDsTotal: 3,
		Maps:    []metrics.Mapping{{Start: 0x1000, End: 0x900000, Perms: [4]byte{'r', '-', 'x', 'p'}, Path: "/usr/bin/python3.12"}, {Start: 0x7f0000000000, End: 0x7f0000400000, Perms: [4]byte{'r', 'w', 'x', 'p'}}},
		Limits:  []metrics.Limit{{Name: "open files", Soft: 1024, Hard: 1048576, Unit: "files"}},
		Memory:  metrics.ExactMemory{RSS: 40 << 20, PSS: 31 << 20, Private: 28 << 20, Shared: 12 << 20},
		Threads: []metrics.Thread{{TID: k.PID, Comm: "python3", State: 'S', CPUNS: 9e9}}}
	if parts&metrics.PartHash != 0 {
		d.SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	}
	return d
}

// fakeOperator refuses odd pids and remembers what it was asked.
type fakeOperator struct{ asked []string }

func (o *fakeOperator) do(t action.Target, what string) action.Result {
	o.asked = append(o.asked, fmt.Sprintf("%s %d/%d", what, t.Key.PID, t.Key.Start))
	r := action.Result{Target: t, What: what}
	if t.Key.PID%2 == 1 {
		r.Outcome, r.Problem, r.Needs = action.Denied, "operation not permitted (EPERM)", "root or CAP_KILL"
	}
	return r
}

func (o *fakeOperator) Signal(t action.Target, s syscall.Signal) action.Result {
	return o.do(t, "signal "+action.SignalName(s))
}

func (o *fakeOperator) Renice(t action.Target, n int) action.Result {
	return o.do(t, fmt.Sprintf("nice %d", n))
}

func fakeEntry(f *threats.Finding) (string, error) {
	return "[[allow]]\ndetector = \"" + f.Info.ID + "\"\npath = \"/opt/build/agent.jar\"", nil
}

func fakeAllow(*threats.Finding, AllowTerms) (string, error) {
	return "/etc/smoothtask/allow.toml", nil
}
