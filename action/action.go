// Package action is what the operator may do to a process: send it a signal,
// stop and continue it, change its nice value.
//
// A pid is reused, and the list that the operator looks at is a moment old. So
// every action pins its target first and compares the start time; a process that
// has ended meanwhile is never mistaken for its successor. The package knows
// processes by metrics.ProcKey. It must not know how they are chosen, and it
// asks nobody: the caller has shown the target and got a yes.
package action

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// Target is a process to act on.
type Target struct {
	Key     metrics.ProcKey
	Kthread bool // a thread of the kernel: signals have no effect on it
	Init    bool // the operator has confirmed that pid 1 is meant
}

// Outcome is how an action ended.
type Outcome uint8

// The outcomes.
const (
	Done     Outcome = iota
	Vanished         // the process has ended; its pid may belong to another by now
	Denied           // the kernel does not permit it; Result.Needs says what would be needed
	Refused          // we do not do that; Result.Problem says why
	Failed           // anything else
)

func (o Outcome) String() string {
	return [...]string{"done", "vanished", "denied", "refused", "failed"}[min(o, Failed)]
}

// Result is what became of one action on one target.
type Result struct {
	Target  Target
	What    string // what was asked: "send TERM", "set nice to 5"
	Outcome Outcome
	Problem string // why it was not done, with the name of the errno
	Needs   string // with Denied: the privilege
}

// OK reports whether the action was done.
func (r Result) OK() bool { return r.Outcome == Done }

// String is the result in one line.
func (r Result) String() string {
	s := fmt.Sprintf("pid %d: %s: ", r.Target.Key.PID, r.What)
	if r.OK() {
		return s + "done"
	}
	s += r.Problem
	if r.Needs != "" {
		s += "; needs " + r.Needs
	}
	return s
}

// Options of an Operator.
type Options struct {
	// Start reads the start time of a process in the unit of metrics.ProcKey; an
	// error that is metrics.ErrVanished says that there is none. It is needed
	// where the kernel cannot pin a process; on Linux it is not used.
	Start func(pid int32) (uint64, error)
}

// Operator acts on processes. It is safe for concurrent use.
type Operator struct {
	opt  Options
	self int32
}

// New returns an Operator.
func New(opt Options) *Operator { return &Operator{opt: opt, self: int32(os.Getpid())} }

// Signal sends a signal.
func (o *Operator) Signal(t Target, sig syscall.Signal) Result {
	needs := "root, CAP_KILL, or to be the same user"
	return o.do(t, "send "+SignalName(sig), needs, func(p *pinned) error { return p.signal(sig) })
}

// Stop suspends the process until Continue.
func (o *Operator) Stop(t Target) Result { return o.Signal(t, unix.SIGSTOP) }

// Continue lets a stopped process run again.
func (o *Operator) Continue(t Target) Result { return o.Signal(t, unix.SIGCONT) }

// The range of nice values: MinNice gets the most CPU.
const (
	MinNice = -20
	MaxNice = 19
)

// Renice sets the nice value of the process, with all its threads.
func (o *Operator) Renice(t Target, nice int) Result {
	what := fmt.Sprintf("set nice to %d", nice)
	if nice < MinNice || nice > MaxNice {
		return Result{Target: t, What: what, Outcome: Refused, Problem: fmt.Sprintf("nice goes from %d to %d", MinNice, MaxNice)}
	}
	needs := "root, CAP_SYS_NICE, or to be the same user and not to lower the value"
	return o.do(t, what, needs, func(p *pinned) error { return p.renice(nice) })
}

// do pins the target, acts, and puts the outcome in words.
func (o *Operator) do(t Target, what, needs string, act func(*pinned) error) Result {
	r := Result{Target: t, What: what}
	if r.Problem = o.refuse(t); r.Problem != "" {
		r.Outcome = Refused
		return r
	}
	p, err := pin(t.Key, o.opt)
	if err == nil {
		err = act(p)
		p.close()
	}
	var errno syscall.Errno
	switch {
	case err == nil:
	case errors.Is(err, metrics.ErrVanished), errors.Is(err, unix.ESRCH):
		r.Outcome, r.Problem = Vanished, metrics.ErrVanished.Error()
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		r.Outcome, r.Needs = Denied, needs
	default:
		r.Outcome = Failed
	}
	if err != nil && r.Problem == "" {
		r.Problem = err.Error()
		if errors.As(err, &errno) {
			r.Problem += " (" + unix.ErrnoName(errno) + ")"
		}
	}
	return r
}

// refuse says why we do not act on a target, or "". Pids of 0 and below mean
// groups of processes to kill(2).
func (o *Operator) refuse(t Target) string {
	switch {
	case t.Key.PID <= 0:
		return "not the pid of a process"
	case t.Key.PID == o.self:
		return "this is the monitor itself"
	case t.Kthread:
		return "a thread of the kernel does not obey"
	case t.Key.PID == 1 && !t.Init:
		return "pid 1 carries the whole system; confirm that it is meant"
	}
	return ""
}
