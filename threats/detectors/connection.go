package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// theirSockets is what detectors that go from a socket to its owner need TraceFiles for.
const theirSockets = "the sockets of other users"

// connectionText is a connection for a reader: "tcp 10.0.0.1:40000 to 10.0.0.2:443".
func connectionText(s *metrics.Socket) string {
	return s.Proto.String() + " " + s.Local().String() + " to " + s.Remote().String()
}

// distance says how far away a peer is.
type distance uint8

const (
	onHost  distance = iota // the machine itself
	nearby                  // private and link-local addresses
	outside                 // the Internet
)

func distanceOf(s *metrics.Socket) distance {
	switch a := s.Remote().Addr().Unmap(); {
	case a.IsLoopback() || s.RemoteIP == s.LocalIP:
		return onHost
	case threats.Public(a):
		return outside
	}
	return nearby
}

// isInstalled reports whether an administrator put the program where it is, and it
// or an upgrade of it is still there. The names of well-known programs count for
// those only.
func isInstalled(in *threats.Input, p *metrics.Process) bool {
	return !removed(in, p) && (systemPath(p.ID.Exe) || below(p.ID.Exe, "/usr/local") || storePath(p.ID.Exe) || p.ID.Cgroup.Container != "" && writableRoot(p.ID.Exe) == "")
}

// installedAs reports whether the process is an installed program of the set.
func installedAs(in *threats.Input, p *metrics.Process, s *nameSet) bool {
	return runs(p.ID, s) && isInstalled(in, p)
}

// claims reports whether the process bears a name of the set and lies where people
// keep programs of their own, a home or an application's directory. That makes what
// it does less odd; it proves nothing, since anybody may give a file that name.
func claims(p *metrics.Process, s *nameSet) bool { return runs(p.ID, s) && !oddProgram(p.ID.Exe) }

// emulates reports whether the process is an installed QEMU, of which each machine
// has a program of its own.
func emulates(in *threats.Input, p *metrics.Process) bool {
	return strings.HasPrefix(base(p.ID.Exe), "qemu-") && isInstalled(in, p)
}
