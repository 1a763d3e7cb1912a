package detectors

import (
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// deletedConnection finds programs without a file that talk to the Internet.
type deletedConnection struct{ traffic *traffic }

var deletedConnectionInfo = &threats.Info{
	ID: "network.deleted-program", Number: 16,
	Title:    "Deleted program talks to the Internet",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.State, OfProgram: true,
	Techniques: []string{"T1070.004", "T1071"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Confirm:  500 * time.Millisecond,
	Includes: []string{"process.deleted"},
	Why: "An implant removes its file so that no scanner finds it, and calls home. " +
		"Either has harmless causes; both together hardly do.",
	FalsePositives: "A service that was upgraded and not restarted goes on to serve the Internet from the deleted file: when another file is at the path, " +
		"and for programs of the system that have been running for more than an hour, it counts as low.",
	Next: []string{
		"Save the program while it runs: cp /proc/PID/exe to a safe place.",
		"Look at the peer's address, and at what else talks to it.",
		"Look at when it started, by whom, and what started it again.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1070/004/"},
}

func (*deletedConnection) Info() *threats.Info { return deletedConnectionInfo }

func (d *deletedConnection) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range d.traffic.look(in).suspects.deleted {
		p := in.Process(i)
		if p.ID.Exe == "" || strings.HasPrefix(p.ID.Exe, "/memfd:") { // memory.memfd tells of those
			continue
		}
		for _, n := range in.Sockets(i) {
			s := in.Socket(n)
			if !talking(s) || distanceOf(s) != outside {
				continue
			}
			weight, confidence, why, known := weighDeleted(in, p)
			if !known {
				break // the next cycle knows
			}
			f := in.OnProcess(i, deletedConnectionInfo).
				With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe+" (deleted)").
				With("connection", "sock_diag", connectionText(s))
			if why != "" {
				f = f.With("instead", p.ID.Exe, why)
			}
			if weight < threats.Medium {
				f = f.As(weight, confidence)
			} else if confidence == threats.Weak {
				f = f.As(threats.Medium, threats.Weak)
			}
			dst = append(dst, f)
			break
		}
	}
	return dst
}
