package detectors

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// shellConnection finds shells that hold a network connection of their own, as
// /dev/tcp of bash, ztcp of zsh and a leaked descriptor give them.
type shellConnection struct{ traffic *traffic }

var shellConnectionInfo = &threats.Info{
	ID: "network.shell-connection", Number: 23,
	Title:    "A shell owns a network connection",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1059.004", "T1071"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Confirm: 1500 * time.Millisecond,
	Why: "Shells start programs that use the network; they do not use it themselves. " +
		"One that does was told to by a line such as exec 3<>/dev/tcp/HOST/PORT, which needs no other tool.",
	FalsePositives: "Scripts that wait for a service open a connection for a moment: it must last. A connection to the machine itself counts as low, one to the Internet as high. " +
		"Shells that come with a client for the web (PowerShell, nushell) are left out.",
	Next: []string{
		"Look at the peer's address, and at the script or the terminal that the shell runs.",
		"Look at the parent: the program that was exploited, or the job that started it.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1059/004/"},
}

// clientShells have commands that connect.
var clientShells = setOf("pwsh nu nushell xonsh elvish")

func (*shellConnection) Info() *threats.Info { return shellConnectionInfo }

func (d *shellConnection) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	start := len(dst)
	d.traffic.look(in).suspects.each(in, suspectShell, func(i, n int32) {
		s, p := in.Socket(n), in.Process(i)
		// Of a connection that is its standard input or output another detector tells.
		if !s.Inet() || s.RemotePort == 0 || s.FD >= 0 && s.FD <= 2 || s.State != metrics.Established && s.State != metrics.CloseWait {
			return
		}
		if claims(p, clientShells) || served(in, i) {
			return
		}
		f := in.OnProcess(i, shellConnectionInfo).
			With("connection", "sock_diag", connectionText(s)).
			With("arguments", threats.Proc(p.Key.PID, "cmdline"), commandLine(p.ID)).To(s.Remote().Addr())
		switch distanceOf(s) {
		case onHost:
			f = f.As(threats.Low, threats.Weak)
		case outside:
			f = f.As(threats.High, threats.Moderate).Titled("A shell owns a connection to the Internet")
		}
		dst = keepWorst(dst, start, f)
	})
	return dst
}
