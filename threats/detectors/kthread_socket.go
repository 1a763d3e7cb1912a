package detectors

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// kthreadSocket finds programs that pose as a kernel thread and use the network.
type kthreadSocket struct{ traffic *traffic }

var kthreadSocketInfo = &threats.Info{
	ID: "network.kthread-socket", Number: 30,
	Title:    "A \"kernel thread\" has a network socket",
	Severity: threats.Critical, Confidence: threats.Strong, Cost: threats.State,
	Techniques: []string{"T1036.004", "T1071"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Includes: []string{"process.kthread-masquerade"},
	Why: "Threads of the kernel own no sockets. A program that takes the name of one and uses the network is an implant: " +
		"no harmless program does both.",
	FalsePositives: "None is known. Agents that merely put their own name in brackets are not counted.",
	Next: []string{
		"Look at the peer or the port, and who else talks to it.",
		"Save the program: cp /proc/PID/exe to a safe place. Then look for what starts it.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1036/004/"},
}

func (*kthreadSocket) Info() *threats.Info { return kthreadSocketInfo }

func (d *kthreadSocket) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	start := len(dst)
	d.traffic.look(in).suspects.each(in, suspectKthread, func(i, n int32) {
		s, p := in.Socket(n), in.Process(i)
		what := "socket"
		switch {
		case talking(s):
			what = "connection"
		case s.Inet() && s.Listening():
			what = "listener"
		case !odd(s):
			return
		}
		name, _ := firstArg(p.ID)
		dst = keepWorst(dst, start, in.OnProcess(i, kthreadSocketInfo).
			With("first argument", threats.Proc(p.Key.PID, "cmdline"), name).
			With("name", threats.Proc(p.Key.PID, "comm"), p.ID.Comm).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe).
			With(what, "sock_diag", socketText(s)))
	})
	return dst
}
