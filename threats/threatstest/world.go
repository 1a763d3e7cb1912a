// Package threatstest builds small machines for tests of detectors: a World with
// processes, sockets and files, told in a few words, and a table of hits and near
// misses run over it.
//
// It knows package metrics and package threats, and is imported by tests only.
package threatstest

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// Boot is when the machines of the tests started, Now is the moment of their
// snapshots: a day later.
var (
	Boot = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	Now  = Boot.Add(24 * time.Hour)
)

// World is a machine under construction. It begins with systemd as pid 1 and
// kthreadd as pid 2; further processes get pids from 100 on, each an hour after
// boot unless Age says otherwise.
type World struct {
	T        testing.TB
	Root     string // directory of the machine's files
	Now      time.Time
	Details  map[int32]*metrics.Detail // for Deep detectors, by pid
	System   metrics.System
	Hidden   []metrics.Hidden
	Baseline *threats.Baseline
	Execs    []metrics.Exec

	Previous *metrics.Snapshot // what Input shows as the snapshot before; nil in a first cycle
	Rates    *metrics.Rates

	procs []*metrics.Process
	socks []*metrics.Socket
	inode uint64
}

// New begins a machine without files.
func New(t testing.TB) *World {
	w := &World{T: t, Root: t.TempDir(), Now: Now, Details: map[int32]*metrics.Detail{}, inode: 1000}
	w.System.Host.BootTime = Boot
	w.Run("/usr/lib/systemd/systemd", PID(1), PPID(0), Named("systemd"))
	w.Run("", PID(2), PPID(0), Named("kthreadd"), Kthread())
	return w
}

// Change sets something of a process.
type Change func(*metrics.Process)

// Run adds a process. The words of the command line are its arguments; the first
// names the program, in /usr/bin unless it is absolute. It belongs to root and is
// a child of pid 1.
func (w *World) Run(cmdline string, changes ...Change) *metrics.Process {
	args := strings.Fields(cmdline)
	id := &metrics.Identity{User: "root", Cwd: "/", ExeDev: 0x801, ExeMode: 0o100755}
	if len(args) > 0 {
		id.Exe = args[0]
		if !strings.HasPrefix(id.Exe, "/") {
			id.Exe = "/usr/bin/" + id.Exe
		}
		id.Invoked = id.Exe
		id.Comm = short(filepath.Base(id.Exe))
		id.Cmdline = strings.Join(args, "\x00") + "\x00"
		w.inode++
		id.ExeInode = w.inode
	}
	p := &metrics.Process{
		Key:  metrics.ProcKey{PID: int32(98 + len(w.procs)), Start: 3600 * metrics.TicksPerSecond},
		PPID: 1, Threads: 1, State: 'S', ExeNlink: 1, ID: id,
		Have: metrics.HasCmdline | metrics.HasExeFile | metrics.HasEffective | metrics.HasSecurity | metrics.HasTracer | metrics.HasIO,
	}
	for _, c := range changes {
		c(p)
	}
	w.procs = append(w.procs, p)
	return p
}

func short(comm string) string { return comm[:min(len(comm), 15)] }

// PID sets the process id.
func PID(pid int32) Change { return func(p *metrics.Process) { p.Key.PID = pid } }

// PPID sets the parent's id.
func PPID(pid int32) Change { return func(p *metrics.Process) { p.PPID = pid } }

// ChildOf makes the process a child of another.
func ChildOf(parent *metrics.Process) Change { return PPID(parent.Key.PID) }

// Named sets comm, as prctl(2) PR_SET_NAME does.
func Named(comm string) Change { return func(p *metrics.Process) { p.ID.Comm = short(comm) } }

// Exe sets the program file; "" is unknown.
func Exe(path string) Change { return func(p *metrics.Process) { p.ID.Exe = path } }

// Invoked sets the path by which the program was called.
func Invoked(path string) Change { return func(p *metrics.Process) { p.ID.Invoked = path } }

// Argv sets the arguments, which may hold spaces.
func Argv(args ...string) Change {
	return func(p *metrics.Process) { p.ID.Cmdline = strings.Join(args, "\x00") + "\x00" }
}

// Cwd sets the working directory.
func Cwd(dir string) Change { return func(p *metrics.Process) { p.ID.Cwd = dir } }

// User sets the real and effective user.
func User(name string, uid uint32) Change {
	return func(p *metrics.Process) { p.ID.User, p.UID, p.EUID = name, uid, uid }
}

// Kthread makes it a thread of the kernel.
func Kthread() Change {
	return func(p *metrics.Process) {
		p.Flags |= metrics.FlagKthread
		p.ID.Exe, p.ID.Invoked, p.ID.Cmdline, p.ID.ExeInode, p.ID.ExeMode = "", "", "", 0, 0
		if p.Key.PID != 2 {
			p.PPID = 2
		}
	}
}

// Deleted takes the last name of the program file away.
func Deleted() Change { return func(p *metrics.Process) { p.ExeNlink = 0 } }

// Age sets how long the process has been running.
func Age(d time.Duration) Change {
	return func(p *metrics.Process) {
		p.Key.Start = uint64((Now.Sub(Boot) - d) / (time.Second / metrics.TicksPerSecond))
	}
}

// InContainer puts the process into a container.
func InContainer(runtime, id string) Change {
	return func(p *metrics.Process) {
		p.ID.Cgroup.Runtime, p.ID.Cgroup.Container, p.ID.Cgroup.Path = runtime, id, "/"+runtime+"/"+id
	}
}

// InUnit puts the process into a systemd unit.
func InUnit(unit string) Change {
	return func(p *metrics.Process) {
		p.ID.Cgroup.Unit, p.ID.Cgroup.Path = unit, "/system.slice/"+unit
	}
}

// Without marks groups of values as unknown.
func Without(f metrics.Fields) Change { return func(p *metrics.Process) { p.Have &^= f } }

// TCP adds an established connection that p holds by descriptor fd. The
// addresses are "1.2.3.4:80".
func (w *World) TCP(p *metrics.Process, local, remote string, fd int32) *metrics.Socket {
	return w.socket(p, metrics.Socket{Proto: metrics.TCP, State: metrics.Established, FD: fd}, local, remote)
}

// Listen adds a TCP listener that p holds.
func (w *World) Listen(p *metrics.Process, local string) *metrics.Socket {
	return w.socket(p, metrics.Socket{Proto: metrics.TCP, State: metrics.Listen, FD: 3}, local, "")
}

// UDP adds a UDP socket that p holds; remote is "" when it is not connected.
func (w *World) UDP(p *metrics.Process, local, remote string, fd int32) *metrics.Socket {
	s := metrics.Socket{Proto: metrics.UDP, State: metrics.Close, FD: fd}
	if remote != "" {
		s.State = metrics.Established
	}
	return w.socket(p, s, local, remote)
}

// Socket adds a socket of another kind that p holds.
func (w *World) Socket(p *metrics.Process, s metrics.Socket) *metrics.Socket {
	return w.socket(p, s, "", "")
}

func (w *World) socket(p *metrics.Process, s metrics.Socket, local, remote string) *metrics.Socket {
	w.inode++
	s.Inode, s.Cookie = w.inode, w.inode
	if p != nil {
		s.Owner, s.UID, s.Holders = p.Key, p.UID, 1
	}
	set := func(addr string, ip *[16]byte, port *uint16) {
		a := netip.MustParseAddrPort(addr)
		*ip, *port = a.Addr().As16(), a.Port()
		s.Family = syscall.AF_INET
		if a.Addr().Is6() {
			s.Family = syscall.AF_INET6
		}
	}
	if local != "" {
		set(local, &s.LocalIP, &s.LocalPort)
	}
	if remote != "" {
		set(remote, &s.RemoteIP, &s.RemotePort)
	}
	w.socks = append(w.socks, &s)
	return &s
}

// File writes a file of the machine; mode holds permission and setuid bits.
func (w *World) File(path, content string, mode os.FileMode) {
	w.T.Helper()
	real := filepath.Join(w.Root, path)
	w.must(os.MkdirAll(filepath.Dir(real), 0o755))
	w.must(os.WriteFile(real, []byte(content), 0o600))
	w.must(os.Chmod(real, mode))
}

// Link makes a symbolic link on the machine.
func (w *World) Link(target, path string) {
	w.T.Helper()
	real := filepath.Join(w.Root, path)
	w.must(os.MkdirAll(filepath.Dir(real), 0o755))
	w.must(os.Symlink(target, real))
}

// Dir makes a directory on the machine.
func (w *World) Dir(path string, mode os.FileMode) {
	w.T.Helper()
	real := filepath.Join(w.Root, path)
	w.must(os.MkdirAll(real, 0o755))
	w.must(os.Chmod(real, mode))
}

func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Detail returns what Deep detectors will see of p, to be filled. All parts
// count as read.
func (w *World) Detail(p *metrics.Process) *metrics.Detail {
	d := w.Details[p.Key.PID]
	if d == nil {
		d = &metrics.Detail{Key: p.Key, At: w.Now, Read: metrics.PartsAll}
		w.Details[p.Key.PID] = d
	}
	return d
}

// Snapshot is the machine as a source would show it at w.Now.
func (w *World) Snapshot() *metrics.Snapshot {
	s := &metrics.Snapshot{At: w.Now, Uptime: w.Now.Sub(Boot), System: w.System, Hidden: w.Hidden, Execs: w.Execs}
	for _, p := range w.procs {
		s.Processes = append(s.Processes, *p)
	}
	sort.Slice(s.Processes, func(i, j int) bool { return s.Processes[i].Key.PID < s.Processes[j].Key.PID })
	for i := 1; i < len(s.Processes); i++ {
		if s.Processes[i].Key.PID == s.Processes[i-1].Key.PID {
			w.T.Fatalf("two processes with pid %d", s.Processes[i].Key.PID)
		}
	}
	for _, sock := range w.socks {
		s.Sockets = append(s.Sockets, *sock)
	}
	return s
}

// Input is what a detector sees of the machine: all processes, once.
func (w *World) Input() *threats.Input {
	in := threats.NewInput(w.Now, w.Snapshot(), w.Previous, w.Rates, threats.NewFiles(w.Root))
	in.Baseline = w.Baseline
	return in
}

// Step lets time pass: what is now becomes the previous snapshot.
func (w *World) Step(d time.Duration) {
	w.Previous = w.Snapshot()
	w.Now = w.Now.Add(d)
}

// Detect runs a detector over the machine as its cost class asks: a Deep one
// once for each process that has a Detail, every other one once.
func (w *World) Detect(d threats.Detector) []threats.Finding {
	in := w.Input()
	if d.Info().Cost != threats.Deep {
		return d.Detect(in, nil)
	}
	var out []threats.Finding
	for i := range in.Snapshot.Processes {
		if detail := w.Details[in.Snapshot.Processes[i].Key.PID]; detail != nil {
			in.Look, in.Detail = []int32{int32(i)}, detail
			out = d.Detect(in, out)
		}
	}
	return out
}

// String lists findings, one a line, for failure messages.
func String(findings []threats.Finding) string {
	var b strings.Builder
	for i := range findings {
		f := &findings[i]
		fmt.Fprintf(&b, "\n  %s %s/%s pid %d %q:", f.Info.ID, f.Severity, f.Confidence, f.Subject.Key.PID, f.Subject.Name)
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, " %s (%s) = %q;", e.What, e.Where, e.Value)
		}
	}
	return b.String()
}
