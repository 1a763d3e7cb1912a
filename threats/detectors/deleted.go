package detectors

import (
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// deletedProgram finds programs whose file has no name any more.
type deletedProgram struct{}

var deletedProgramInfo = &threats.Info{
	ID: "process.deleted", Number: 15,
	Title:    "Program file was deleted while it runs",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State, OfProgram: true,
	Techniques: []string{"T1070.004"},
	Needs:      metrics.Trace, NeedsFor: "the programs of other users",
	Confirm: 500 * time.Millisecond,
	Why:     "Who removes a program right after starting it does not want it to be found. It runs on, and its file is out of reach of a scanner.",
	FalsePositives: "A package upgrade replaces the files of programs that run on: when the path exists again as another file, and when a program of the system " +
		"has been running for more than an hour, it counts as low. Such a service should be restarted.",
	Next: []string{
		"Save the program while it runs: cp /proc/PID/exe to a safe place.",
		"Compare with the package manager's log: was it upgraded at that time?",
		"Look at when it started, by whom, and its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1070/004/"},
}

func (deletedProgram) Info() *threats.Info { return deletedProgramInfo }

func (deletedProgram) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	procs := in.Snapshot.Processes
	for i := range procs {
		p := &procs[i]
		if p.ExeNlink != 0 || !p.Deleted() || p.ID.Exe == "" || strings.HasPrefix(p.ID.Exe, "/memfd:") {
			continue
		}
		s, c, why, known := weighDeleted(in, p)
		if !known {
			continue // the next cycle knows
		}
		f := in.OnProcess(int32(i), deletedProgramInfo).As(s, c).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe+" (deleted)")
		if why != "" {
			f = f.With("instead", p.ID.Exe, why)
		}
		dst = append(dst, f)
	}
	return dst
}

// weighDeleted tells an upgrade from a removal. known is false while the file
// that may have taken the place is being looked at.
func weighDeleted(in *threats.Input, p *metrics.Process) (s threats.Severity, c threats.Confidence, why string, known bool) {
	s, c = deletedProgramInfo.Severity, deletedProgramInfo.Confidence
	if writableRoot(p.ID.Exe) != "" {
		s = threats.High
	}
	switch fateOf(in, p) {
	case fileUnknown:
		return s, c, "", false
	case fileReplaced:
		if s < threats.High {
			return threats.Low, threats.Weak, "another file is there now: an upgrade", true
		}
		return threats.Medium, threats.Weak, "another file is there now", true
	}
	if p.ID.Cgroup.Container != "" {
		return s, c, "", true // how long it has been there says nothing
	}
	age := in.Now.Sub(p.Key.StartedAt(in.Snapshot.System.Host.BootTime))
	if systemPath(p.ID.Exe) && !in.Snapshot.System.Host.BootTime.IsZero() && age > time.Hour {
		return threats.Low, threats.Weak, "nothing; it has been running for " + age.Round(time.Hour).String(), true
	}
	return s, c, "", true
}

// fileFate is what became of the file of a running program.
type fileFate uint8

const (
	fileThere    fileFate = iota // it has a name
	fileUnknown                  // it has none, and what took its place is being looked at
	fileReplaced                 // it has none, and another file is in its place: an upgrade
	fileRemoved                  // it has none, and nothing is in its place
)

func fateOf(in *threats.Input, p *metrics.Process) fileFate {
	if !p.Deleted() {
		return fileThere
	}
	if p.ID.Cgroup.Container != "" {
		return fileRemoved // the path means another file out here
	}
	look := in.Files.Peek
	if in.Detail != nil { // a deep look may wait, and comes again late
		look = func(path string) (threats.FileInfo, error, bool) {
			info, err := in.Files.Stat(path)
			return info, err, true
		}
	}
	switch info, err, known := look(p.ID.Exe); {
	case !known:
		return fileUnknown
	case err == nil && (info.Inode != p.ID.ExeInode || info.Dev != p.ID.ExeDev):
		return fileReplaced
	}
	return fileRemoved
}

// removed reports whether a program runs whose file was taken away. One that was
// upgraded is none, and neither is one of which that is not known yet: the next
// cycle knows.
func removed(in *threats.Input, p *metrics.Process) bool { return fateOf(in, p) == fileRemoved }

// systemPath reports whether only an administrator can put a program there.
func systemPath(p string) bool {
	for _, dir := range [...]string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/snap", "/nix/store"} {
		if below(p, dir) {
			return !below(p, "/usr/local")
		}
	}
	return false
}
