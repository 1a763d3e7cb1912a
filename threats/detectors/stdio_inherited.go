package detectors

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// stdioInherited finds what stdioSocket cannot see from the list of sockets: a
// process that got the connection of an older one as its standard input or
// output, such as a shell that an exploited server started.
type stdioInherited struct{}

var stdioInheritedInfo = &threats.Info{
	ID: "network.stdio-socket-inherited", Number: 22,
	Title:    "Standard input or output is another program's network connection",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Deep,
	Techniques: []string{"T1059.004"},
	Parts:      metrics.PartFDs,
	Ask:        metrics.Question{Traits: metrics.NetworkStdio},
	Needs:      stdioSocketInfo.Needs, NeedsFor: stdioSocketInfo.NeedsFor,
	Includes: []string{"network.stdio-socket"},
	Why: "When a server that is exploited starts a shell on the attacker's own connection, the server still holds it too, " +
		"and only the shell's descriptors tell.",
	FalsePositives: stdioSocketInfo.FalsePositives,
	Next:           stdioSocketInfo.Next,
	References:     stdioSocketInfo.References,
}

func (stdioInherited) Info() *threats.Info { return stdioInheritedInfo }

func (stdioInherited) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	i := in.Look[0]
	p := in.Process(i)
	for n := range in.Detail.FDs {
		fd := &in.Detail.FDs[n]
		if fd.FD < 0 || fd.FD > 2 || fd.Inode == 0 {
			continue
		}
		s := connection(in.Snapshot, fd.Inode)
		if s == nil || s.FD <= 2 && s.FD >= 0 && s.Owner.PID != 0 { // stdioSocket tells of the tree
			continue
		}
		if s.Owner == p.Key || served(in, i) {
			continue
		}
		return append(dst, stdioFinding(in, i, s, fd.FD, stdioInheritedInfo))
	}
	return dst
}

// connection returns the network connection with the inode, or nil.
func connection(snap *metrics.Snapshot, inode uint64) *metrics.Socket {
	for n := range snap.Sockets {
		if s := &snap.Sockets[n]; s.Inode == inode && talking(s) {
			return s
		}
	}
	return nil
}
