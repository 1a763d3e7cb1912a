package threats

import (
	"net/netip"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// Finding is one thing that deserves an operator's eye, with its evidence.
//
// A detector fills Info, Subject and Evidence, and may set Title, Severity and
// Confidence where this case differs from its Info. The engine adds the rest.
// A published finding is immutable.
type Finding struct {
	ID         string // stable over cycles and restarts of the monitor: from detector and subject
	Info       *Info
	Title      string
	Severity   Severity
	Confidence Confidence
	Subject    Subject
	Peer       netip.Addr // the other end of the connection that it is about; invalid when there is none
	Evidence   []Evidence

	Process  *ProcessRef  // the process concerned; nil for a finding about the host
	Ancestry []ProcessRef // its ancestors, nearest first
	Parts    []Part       // the signals that were joined into this one; nil for a plain finding

	First, Last  time.Time
	Count        int    // analyses in which it was seen
	SuppressedBy string // reason of the allow entry that covers it; "" when none does
	Gone         bool   // no longer true at Last+; kept for a while so that nobody misses it
}

// Evidence says what was read, where, and what stood there.
type Evidence struct {
	What  string // "program path"
	Where string // "/proc/812/exe"
	Value string // hostile text, bounded by MaxEvidence
}

// MaxEvidence bounds the bytes of one evidence value; Cut applies it.
const MaxEvidence = 512

// SubjectKind says what a finding is about.
type SubjectKind uint8

// The kinds of subject.
const (
	SubjectHost SubjectKind = iota
	SubjectProcess
	SubjectSocket
	SubjectFile
	SubjectPeer
	SubjectAccount
)

func (k SubjectKind) String() string {
	return [...]string{"host", "process", "socket", "file", "peer", "account"}[min(k, SubjectAccount)]
}

// Subject is what a finding is about. Key is the process concerned, if any.
// Name distinguishes findings of one detector about the same thing: a path, an
// address, an account.
type Subject struct {
	Kind SubjectKind
	Key  metrics.ProcKey
	Name string
}

// ProcessRef is a process as a finding remembers it, also after it has ended.
type ProcessRef struct {
	Key    metrics.ProcKey
	UID    uint32
	ID     *metrics.Identity
	SHA256 string // of the program file, lower-case hex; "" until it is known
	Image  string // container image; "" outside of containers and until it is known
}

// Part is one signal of a joined finding.
type Part struct {
	ID         string // that it has as a finding of its own
	Info       *Info
	Process    *ProcessRef // nil when it concerns none
	Detector   string
	Title      string
	Severity   Severity
	Confidence Confidence
	Subject    Subject
	Evidence   []Evidence
}

// Technique is one entry of MITRE ATT&CK, version 19, with the ids that earlier
// versions used for it.
type Technique struct {
	ID, Name, Tactic string
	Aliases          []string
}
