package threats

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// Cost is the class of a detector: when it runs, and how long its verdict holds.
type Cost uint8

// The classes.
const (
	// Identity detectors judge a program image by what does not change until its
	// next exec. They see each new identity once; the verdict stays with it.
	Identity Cost = iota
	// State detectors see the whole snapshot every cycle and touch hot values only.
	State
	// Deep detectors judge one process by its Detail (maps, environment, files).
	// New and suspect processes come from a queue with a budget of time.
	Deep
	// Host detectors look at files, modules, mounts, accounts and logs, in turns.
	Host
)

func (c Cost) String() string { return [...]string{"identity", "state", "deep", "host"}[min(c, Host)] }

// MarshalText writes the class as its name.
func (c Cost) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Info is what is known of a detector before it runs.
type Info struct {
	ID             string // "process.kthread-masquerade"
	Set            string // id of the detector that a rule belongs to; "" for a detector itself
	Number         int    // in the catalogue of docs/detections.md; 0 for rules
	Title          string
	Severity       Severity
	Confidence     Confidence
	Cost           Cost
	Techniques     []string          // ATT&CK ids, v19
	Needs          metrics.Privilege // without which it sees only a part
	NeedsFor       string            // what part it does not see then, "the files of other users"; "": any
	Parts          metrics.Parts     // what a Deep detector reads
	Ask            metrics.Question  // a Deep detector finds nothing in a process without any of these traits; zero: it may find something in all
	Every          time.Duration     // how often a Host detector looks again, less often where nothing changes; 0: the engine decides
	Confirm        time.Duration     // a first sight is reported only when it still holds this much later
	OfProgram      bool              // its cause is the program's file: all processes of a user that run it make one finding, as with Identity
	Includes       []string          // detectors whose signal is part of this one: both together prove no more than this
	Why            string            // why it matters
	FalsePositives string            // what a harmless cause looks like, and what is left out because of it
	Next           []string          // what to look at next
	References     []string
}

// Need says what it takes to see everything: "root or CAP_SYS_PTRACE, for the programs
// of other users".
func (i *Info) Need() string {
	if i.NeedsFor == "" {
		return i.Needs.String()
	}
	return i.Needs.String() + ", for " + i.NeedsFor
}

// Detector is one way of finding a threat. Info is static. Detect appends to dst
// what it finds in the input and returns the extended slice; it must not keep
// the input. It is called by one goroutine at a time and may keep state of its
// own. An input that lacks what it needs gives no finding and no error; a panic
// is caught, counted and shown.
type Detector interface {
	Info() *Info
	Detect(in *Input, dst []Finding) []Finding
}

// Failer is implemented by detectors that can be unable to look, with the reason
// of the last time: "cannot read /etc/shadow: permission denied".
type Failer interface{ Failure() string }

// Renewer is implemented by Identity detectors that learn new rules while they
// run. When Version changes, their old verdicts are dropped and every process is
// judged anew.
type Renewer interface{ Version() uint64 }

// Keeper is implemented by detectors that hold state: the bytes it takes.
type Keeper interface{ Bytes() int64 }
