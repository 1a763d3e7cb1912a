package detectors

import (
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// stdioSocket finds processes whose standard input or output is a network
// connection, as in a reverse shell: connect, dup2(2) onto 0, 1 and 2, exec.
type stdioSocket struct{}

var stdioSocketInfo = &threats.Info{
	ID: "network.stdio-socket", Number: 22,
	Title:    "Standard input or output is a network connection",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1059.004"},
	Needs:      metrics.TraceFiles, NeedsFor: "the sockets of other users",
	Why: "A shell whose input and output are a connection does what the other end types: that is what a reverse shell is. " +
		"Programs that serve the network keep their connections on other descriptors.",
	FalsePositives: "Services that inetd, xinetd, tcpserver or a systemd socket unit starts for each connection work this way by design, and so do git-daemon, rsync and the ssh server with a new connection; they are left out. " +
		"What is no shell and no interpreter counts as medium.",
	Next: []string{
		"Look at the peer's address, and at what else talks to it.",
		"Look at the parent: the program that was exploited, or the job that started the shell.",
		"Look at what the shell started; its children are listed with it.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1059/004/"},
}

// superservers start a program for each connection, which becomes its standard
// input and output.
var superservers = setOf("inetd xinetd inetutils-inetd openbsd-inetd rlinetd tcpserver tcpsvd ipsvd-tcpsvd couriertcpd git-daemon git rsync s6-tcpserver s6-ipcserver ucspi-tcp faketcp socklog stunnel stunnel4")

// sshServers hand each new connection to a copy of themselves, on descriptor 0 at
// first.
var sshServers = setOf("sshd sshd-session sshd-auth dropbear")

// served reports whether a superserver hands its connections to process i.
func served(in *threats.Input, i int32) bool {
	p := in.Process(i)
	// systemd names the instance of an Accept=yes unit after the connection:
	// foo@3-10.0.0.1:22-10.0.0.9:40000.service.
	if _, instance, ok := strings.Cut(p.ID.Cgroup.Unit, "@"); ok && strings.Count(instance, "-") >= 2 && strings.Contains(instance, ":") {
		return true
	}
	parent := in.Parent(i)
	if parent < 0 {
		return false
	}
	q := in.Process(parent)
	return runs(q.ID, superservers) || sshServers.has(base(p.ID.Exe)) && sshServers.has(base(q.ID.Exe)) && writableRoot(p.ID.Exe) == ""
}

// talking reports whether the socket is a connection, or was until now.
func talking(s *metrics.Socket) bool {
	if !s.Inet() || s.RemotePort == 0 {
		return false
	}
	switch s.State {
	case metrics.Established, metrics.SynSent, metrics.CloseWait, metrics.FinWait1, metrics.FinWait2:
		return true
	}
	return false
}

func (stdioSocket) Info() *threats.Info { return stdioSocketInfo }

func (stdioSocket) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	socks, start := in.Snapshot.Sockets, len(dst)
	for n := range socks {
		s := &socks[n]
		if s.FD < 0 || s.FD > 2 || s.Owner.PID == 0 || !talking(s) {
			continue
		}
		if i := in.Owner(int32(n)); i >= 0 && !served(in, i) {
			dst = keepWorst(dst, start, stdioFinding(in, i, s, s.FD, stdioSocketInfo))
		}
	}
	return dst
}

// stdioFinding is about process i, which has connection s as descriptor fd. The
// processes that inherited it are evidence, not findings of their own.
func stdioFinding(in *threats.Input, i int32, s *metrics.Socket, fd int32, info *threats.Info) threats.Finding {
	p := in.Process(i)
	f := in.OnProcess(i, info).
		With("descriptor "+strconv.Itoa(int(fd)), threats.Proc(p.Key.PID, "fd/"+strconv.Itoa(int(fd))), "socket:["+strconv.FormatUint(s.Inode, 10)+"]").
		With("connection", "sock_diag", s.Proto.String()+" "+s.Local().String()+" to "+s.Remote().String()).
		With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe).To(s.Remote().Addr())
	if list := namesOf(in, in.Children(i)); list != "" {
		f = f.With("children", threats.Proc(p.Key.PID, "task"), list)
	}
	switch {
	case !isShell(p.ID) && !isInterpreter(p.ID):
		return f.As(threats.Medium, threats.Weak)
	case isShell(p.ID) && threats.Public(s.Remote().Addr()):
		return f.As(threats.Critical, threats.Strong).Titled("A shell is connected to the Internet by its standard input or output")
	}
	return f
}

// namesOf lists some processes: "sleep (812), cat (813)".
func namesOf(in *threats.Input, list []int32) string {
	var b strings.Builder
	for n, i := range list {
		if n == 8 {
			return b.String() + ", …"
		}
		if n > 0 {
			b.WriteString(", ")
		}
		p := in.Process(i)
		b.WriteString(p.ID.Comm + " (" + strconv.Itoa(int(p.Key.PID)) + ")")
	}
	return b.String()
}
