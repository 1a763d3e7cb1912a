package detectors

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/indicators"
)

// indicatorProgram finds running programs whose hash is on an operator's list.
// Programs are hashed a few at a time, and only while there is a hash to look for.
type indicatorProgram struct {
	lists   *indicators.Set
	inspect metrics.Inspector
	eager   bool
	sums    map[metrics.ProcKey]imageSum // of the processes that run
	next    int                          // process at which the next turn begins to hash
	left    int                          // programs not hashed yet, in the last turn
	failed  int                          // processes of which the program cannot be hashed
	why     string                       // of the last one
}

// imageSum is the SHA-256 of what a process executes. It holds until the next exec
// of the process, and for no other process: a file may be written anew, or its inode
// be given to another, as soon as nobody runs it. The inspector knows by the ctime
// whether it has to read the file again.
type imageSum struct {
	id     *metrics.Identity
	execID uint64
	sum    string    // "" when it could not be had
	again  time.Time // when it is tried again then
}

func (s *imageSum) of(p *metrics.Process) bool { return s.id == p.ID && s.execID == p.ExecID }

// programFile is a program as processes have it.
type programFile struct{ dev, inode uint64 }

var indicatorProgramInfo = &threats.Info{
	ID: "process.indicator", Number: 33,
	Title:    "Running program is on an indicator list",
	Severity: threats.Critical, Confidence: threats.Strong, Cost: threats.Host,
	Techniques: []string{"TA0011"},
	Needs:      metrics.Trace, NeedsFor: "the programs of other users",
	Every:          2 * time.Second,
	Why:            "The operator has put the SHA-256 sum of this very content on a list of those that must not run here. Two files with one sum are the same.",
	FalsePositives: "Lists of malware sometimes hold tools that have a lawful use. The line of the list is part of the evidence.",
	Next: []string{
		"Read what the list says of the sum.",
		"Look at what started the program, its connections and its files; then isolate the machine.",
	},
	References: []string{"https://attack.mitre.org/tactics/TA0011/"},
}

const (
	maxImages   = 1 << 15
	hashBudget  = 40 * time.Millisecond // of a turn; at least one program is hashed
	hashTimeout = 10 * time.Second      // for one program
	hashAgain   = time.Minute           // until a process is tried again of which the program could not be hashed
)

func (*indicatorProgram) Info() *threats.Info { return indicatorProgramInfo }

// Failure says which lists are broken, and how much is still to be hashed.
func (d *indicatorProgram) Failure() string {
	errs := d.lists.Errors()
	if _, hashes := d.lists.Len(); hashes > 0 && d.inspect == nil {
		errs = append(errs[:len(errs):len(errs)], "programs cannot be hashed with this source of processes")
	}
	if d.left > 0 {
		errs = append(errs[:len(errs):len(errs)], fmt.Sprintf("%d programs are still to be hashed", d.left))
	}
	if d.failed > 0 {
		errs = append(errs[:len(errs):len(errs)], fmt.Sprintf("the programs of %d processes cannot be hashed: %s", d.failed, d.why))
	}
	return strings.Join(errs, "; ")
}

// Bytes implements threats.Keeper.
func (d *indicatorProgram) Bytes() int64 { return int64(140 * len(d.sums)) }

func (d *indicatorProgram) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.lists.Poll()
	d.left, d.failed = 0, 0
	if _, hashes := d.lists.Len(); hashes == 0 || d.inspect == nil {
		d.sums = nil
		return dst
	}
	d.sweep(in)
	d.hashNew(in)
	procs := in.Snapshot.Processes
	for i := range procs {
		p := &procs[i]
		s, ok := d.sums[p.Key]
		if !ok {
			continue
		}
		if s.sum == "" {
			d.failed++
		}
		if m, ok := d.lists.Hash(s.sum); ok {
			dst = append(dst, withMatch(in.OnProcess(int32(i), indicatorProgramInfo).
				With("SHA-256", threats.Proc(p.Key.PID, "exe"), s.sum).
				With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe), m))
		}
	}
	return dst
}

// sweep forgets what is not executed any more.
func (d *indicatorProgram) sweep(in *threats.Input) {
	for k, s := range d.sums {
		if i := in.Find(k.PID); i < 0 || in.Process(i).Key != k || !s.of(in.Process(i)) {
			delete(d.sums, k)
		}
	}
	if d.sums == nil {
		d.sums = make(map[metrics.ProcKey]imageSum)
	}
}

// hashNew hashes what was not hashed yet, each file once, until the budget is spent.
// It goes on where the last turn ended, so that nothing waits for ever.
func (d *indicatorProgram) hashNew(in *threats.Input) {
	procs := in.Snapshot.Processes
	tried := make(map[programFile]imageSum) // in this turn; a zero one waits for the next
	end := time.Now().Add(hashBudget)
	first, asked, spent := d.next, false, false
	for n := range procs {
		at := (first + n) % len(procs)
		p := &procs[at]
		file := programFile{p.ID.ExeDev, p.ID.ExeInode}
		if s, known := d.sums[p.Key]; file.inode == 0 || known && (s.sum != "" || in.Now.Before(s.again)) {
			continue
		}
		s, known := tried[file]
		if !known {
			if !spent && !d.eager && asked && time.Now().After(end) || len(d.sums) >= maxImages {
				spent, d.next = true, at
			}
			if spent {
				d.left++
			} else if asked, s = true, d.hash(p, in.Now); s.id == nil {
				delete(d.sums, p.Key) // it has ended; another process may run the file
				continue
			}
			tried[file] = s
		}
		if s.id != nil && len(d.sums) < maxImages {
			s.id, s.execID = p.ID, p.ExecID
			d.sums[p.Key] = s
		}
	}
}

// hash returns the sum of a process's program; a zero one when the process has ended.
func (d *indicatorProgram) hash(p *metrics.Process, now time.Time) imageSum {
	ctx, cancel := context.WithTimeout(context.Background(), hashTimeout)
	defer cancel()
	detail, err := d.inspect.Inspect(ctx, p.Key, metrics.PartHash)
	switch {
	case errors.Is(err, metrics.ErrVanished):
		return imageSum{}
	case err == nil && detail.SHA256 != "":
		return imageSum{id: p.ID, sum: detail.SHA256}
	case err == nil && len(detail.Gaps) > 0:
		d.why = detail.Gaps[0].Why
	case err != nil:
		d.why = err.Error()
	}
	return imageSum{id: p.ID, again: now.Add(hashAgain)}
}
