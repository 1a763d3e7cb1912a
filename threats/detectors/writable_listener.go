package detectors

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// writableListener finds services that lie, or work, where anybody may write or
// where nobody looks.
type writableListener struct{}

var writableListenerInfo = &threats.Info{
	ID: "network.writable-listener", Number: 24,
	Title:    "Service listens from a writable or hidden directory",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1571"},
	Needs:      metrics.TraceFiles, NeedsFor: "the sockets of other users",
	Includes: []string{"process.writable-directory", "process.hidden-path", "process.hidden-directory"},
	Why: "Services are installed, and their programs belong to an administrator. " +
		"One that lies in /tmp or a hidden directory, or serves files from there, was put there by somebody who could not or would not install it.",
	FalsePositives: "Development servers run from caches and tool directories below a home, which are left out. " +
		"A listener on the loopback address, and a product of a build, count as low. A working directory alone is a weak signal.",
	Next: []string{
		"Find out who started it: its session, parent and user.",
		"See who is connected, and what it serves.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1571/"},
}

func (writableListener) Info() *threats.Info { return writableListenerInfo }

func (writableListener) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	socks, start := in.Snapshot.Sockets, len(dst)
	for n := range socks {
		s := &socks[n]
		if s.Owner.PID == 0 || s.State != metrics.Listen && s.State != metrics.Close || !s.Inet() || !s.Listening() {
			continue
		}
		i := in.Owner(int32(n))
		if i < 0 {
			continue
		}
		p := in.Process(i)
		what, where, odd := oddPlace(p)
		if !odd {
			continue
		}
		f := in.OnProcess(i, writableListenerInfo).
			With("listener", "sock_diag", s.Proto.String()+" "+s.Local().String()).
			With(what, threats.Proc(p.Key.PID, where), map[string]string{"exe": p.ID.Exe, "cwd": p.ID.Cwd}[where])
		root := writableRoot(p.ID.Exe)
		switch {
		case s.Local().Addr().IsLoopback(), root != "" && isBuild(in, i, p.ID.Exe, root):
			f = f.As(threats.Low, threats.Weak)
		case where == "cwd" && s.Proto == metrics.UDP, where == "cwd" && !isInterpreter(p.ID) && !isShell(p.ID):
			f = f.As(threats.Low, threats.Weak)
		case where == "cwd":
			f = f.As(threats.Medium, threats.Weak)
		}
		dst = keepWorst(dst, start, f)
	}
	return dst
}

// oddPlace says in which respect a service lies in an odd place.
func oddPlace(p *metrics.Process) (what, where string, odd bool) {
	exe, cwd := p.ID.Exe, p.ID.Cwd
	switch {
	case writableRoot(exe) != "" && !isHomely(exe):
		return "program in a writable directory", "exe", true
	case hiddenElement(exe) != "" && !ownHidden(exe):
		return "program in a hidden directory", "exe", true
	case writableRoot(cwd+"/") != "" && writableRoot(cwd+"/") != "/run" && !isHomely(cwd+"/"):
		return "works in a writable directory", "cwd", true
	case hiddenElement(cwd) != "" && !ownHidden(cwd):
		return "works in a hidden directory", "cwd", true
	}
	return "", "", false
}
