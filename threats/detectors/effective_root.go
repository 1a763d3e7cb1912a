package detectors

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"golang.org/x/sys/unix"
)

// effectiveRoot finds processes of a user that act as root: a setuid program, or
// what one of those has started.
type effectiveRoot struct{}

var effectiveRootInfo = &threats.Info{
	ID: "process.effective-root", Number: 9,
	Title:    "Process of a user acts as root",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1548.001"},
	Confirm:    500 * time.Millisecond,
	Why: "A process whose real user is somebody else but whose effective user is root got its rights from a setuid file. " +
		"A shell in that state is what a privilege escalation looks like.",
	FalsePositives: "sudo, su, passwd, mount and the other setuid programs of the distribution are in that state for as long as they wait; they are left out, with the helpers of mount. " +
		"Another setuid program of the system counts as low.",
	Next: []string{
		"Look at the program: a shell or an interpreter means that somebody has root.",
		"Look at its ancestors for the setuid file that gave the rights.",
		"Look for setuid files that no package owns: find / -xdev -perm -4000.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1548/001/", "https://man7.org/linux/man-pages/man7/credentials.7.html"},
}

func (effectiveRoot) Info() *threats.Info { return effectiveRootInfo }

func (effectiveRoot) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	procs := in.Snapshot.Processes
	for i := range procs {
		p := &procs[i]
		if p.EUID != 0 || p.UID == 0 || !p.Has(metrics.HasEffective) || p.Kthread() || p.State == 'Z' {
			continue
		}
		s, c, ok := weighEffectiveRoot(p)
		if !ok {
			continue
		}
		dst = append(dst, in.OnProcess(int32(i), effectiveRootInfo).As(s, c).
			With("real and effective user", threats.Proc(p.Key.PID, "status"), p.ID.User+" and root").
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
	}
	return dst
}

func weighEffectiveRoot(p *metrics.Process) (s threats.Severity, c threats.Confidence, ok bool) {
	known := systemPath(p.ID.Exe) && setuidPrograms.has(base(p.ID.Exe)) || storeWrapper(p.ID.Exe)
	switch {
	case known:
		return 0, 0, false
	case isShell(p.ID) || isInterpreter(p.ID):
		return threats.High, threats.Strong, true
	case writableRoot(p.ID.Exe) != "" || hiddenElement(p.ID.Exe) != "" || homePath(p.ID.Exe):
		return threats.High, threats.Moderate, true
	case systemPath(p.ID.Exe) && p.ID.ExeMode&unix.S_ISUID != 0:
		return threats.Low, threats.Weak, true
	}
	return effectiveRootInfo.Severity, effectiveRootInfo.Confidence, true
}
