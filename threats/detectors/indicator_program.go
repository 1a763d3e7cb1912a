package detectors

import (
	"context"
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
	sums    map[programFile]string // of the programs that were hashed; "" cannot be read
	left    int                    // programs not hashed yet, in the last turn
}

// programFile is a program as processes have it. A file that is written anew in
// its place cannot be the image of a running program.
type programFile struct{ dev, inode uint64 }

var indicatorProgramInfo = &threats.Info{
	ID: "process.indicator", Number: 33,
	Title:    "Running program is on an indicator list",
	Severity: threats.Critical, Confidence: threats.Strong, Cost: threats.Host,
	Techniques:     []string{"TA0011"},
	Needs:          "root or CAP_SYS_PTRACE, for the programs of other users",
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
	maxHashes   = 8192
	hashBudget  = 40 * time.Millisecond // of a turn; at least one program is hashed
	hashTimeout = 10 * time.Second      // for one program
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
	return strings.Join(errs, "; ")
}

func (d *indicatorProgram) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.lists.Poll()
	d.left = 0
	if _, hashes := d.lists.Len(); hashes == 0 || d.inspect == nil {
		return dst
	}
	d.sweep(in.Snapshot.Processes)
	end := time.Now().Add(hashBudget)
	for i := range in.Snapshot.Processes {
		p := &in.Snapshot.Processes[i]
		file := programFile{p.ID.ExeDev, p.ID.ExeInode}
		if file.inode == 0 {
			continue
		}
		sum, known := d.sums[file]
		if !known {
			if time.Now().After(end) && !d.eager || len(d.sums) >= maxHashes {
				d.left++
				continue
			}
			sum = d.hash(p.Key)
			d.sums[file] = sum
		}
		if m, ok := d.lists.Hash(sum); ok {
			dst = append(dst, withMatch(in.OnProcess(int32(i), indicatorProgramInfo).
				With("SHA-256", threats.Proc(p.Key.PID, "exe"), sum).
				With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe), m))
		}
	}
	return dst
}

// hash returns the sum of a process's program; "" when it cannot be had.
func (d *indicatorProgram) hash(k metrics.ProcKey) string {
	ctx, cancel := context.WithTimeout(context.Background(), hashTimeout)
	defer cancel()
	detail, err := d.inspect.Inspect(ctx, k, metrics.PartHash)
	if err != nil {
		return ""
	}
	return detail.SHA256
}

// sweep forgets the programs that nobody runs, when there are many.
func (d *indicatorProgram) sweep(procs []metrics.Process) {
	if d.sums == nil {
		d.sums = make(map[programFile]string)
	}
	if len(d.sums) < maxHashes/2 {
		return
	}
	run := make(map[programFile]string, len(d.sums))
	for i := range procs {
		file := programFile{procs[i].ID.ExeDev, procs[i].ID.ExeInode}
		if sum, ok := d.sums[file]; ok {
			run[file] = sum
		}
	}
	d.sums = run
}
