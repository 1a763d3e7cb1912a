package detectors

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// writableConnection finds connections of programs that lie where anybody may
// write or where nobody looks.
type writableConnection struct{ traffic *traffic }

var writableConnectionInfo = &threats.Info{
	ID: "network.writable-connection", Number: 25,
	Title:    "Program in a writable or hidden directory is connected",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1071"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Includes: []string{"process.writable-directory", "process.hidden-path", "process.hidden-program", "network.writable-listener"},
	Why: "What an intruder loads lies where the exploited service may write: /tmp, /dev/shm, a hidden directory. " +
		"Then it calls home.",
	FalsePositives: "Products of a build that are tested, AppImages and tools below a home connect from such places and are left out or count as low. " +
		"A connection within the machine counts as low, one to the Internet as high.",
	Next: []string{
		"Look at the program: owner, age, hash, and who else runs it.",
		"Look at the peer's address, and at what else talks to it.",
		"Look at its parent, for the way in.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1071/"},
}

func (*writableConnection) Info() *threats.Info { return writableConnectionInfo }

func (d *writableConnection) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	start, t := len(dst), d.traffic.look(in)
	t.suspects.each(in, suspectPlace, func(i, n int32) {
		s, p := in.Socket(n), in.Process(i)
		if !talking(s) || !t.outgoing(s) {
			return
		}
		f := in.OnProcess(i, writableConnectionInfo).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe).
			With("connection", "sock_diag", connectionText(s))
		root := writableRoot(p.ID.Exe)
		switch far := distanceOf(s); {
		case far == onHost, root != "" && isBuild(in, i, p.ID.Exe, root):
			f = f.As(threats.Low, threats.Weak)
		case far == outside:
			f = f.As(threats.High, threats.Moderate).Titled("Program in a writable or hidden directory is connected to the Internet")
		}
		dst = keepWorst(dst, start, f)
	})
	return dst
}
