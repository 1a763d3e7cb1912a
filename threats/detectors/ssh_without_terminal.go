package detectors

import (
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// sshWithoutTerminal finds shells that sshd runs for a session without a
// terminal. It keeps those it has seen start, so that a cycle costs nothing where
// there are none.
type sshWithoutTerminal struct {
	sessions map[metrics.ProcKey]struct{}
}

var sshWithoutTerminalInfo = &threats.Info{
	ID: "login.ssh-without-terminal", Number: 40,
	Title:    "A shell runs over ssh without a terminal",
	Severity: threats.Low, Confidence: threats.Weak, Cost: threats.State,
	Techniques: []string{"T1021.004"},
	Why: "A session without a terminal appears neither in who nor in last. Intruders use ssh -T for that, " +
		"and worms send their commands that way.",
	FalsePositives: "Ansible, rsync, git, backup and monitoring work just like this: a single command is reported only when it has been running for a minute, " +
		"and known tools are left out. A shell that was told to be interactive without a terminal counts as medium.",
	Next: []string{
		"Look at the session's user and peer: the connection of the sshd above it.",
		"Look at what the shell has started.",
		"Look at the login in the authentication log: which key, from where.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1021/004/"},
}

const (
	maxSessions  = 1024
	longCommand  = time.Minute
	sshdComm     = "sshd"
	sshdSession  = "sshd-session"
	withoutATerm = "@notty"
)

// remoteTools work over ssh without a terminal.
var remoteTools = []string{"rsync", "ansible", "scp", "sftp", "git-", "borg", "restic", "mosh-server", "svnserve", "hg -R", "zfs ", "btrfs ", "pg_", "salt-", "check_", "vscode", "cursor", "unison"}

func (d *sshWithoutTerminal) Info() *threats.Info { return sshWithoutTerminalInfo }
func (d *sshWithoutTerminal) Bytes() int64        { return int64(64 * len(d.sessions)) }

func (d *sshWithoutTerminal) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		if p.TTY != 0 || !isShell(p.ID) || len(d.sessions) >= maxSessions {
			continue
		}
		if j := in.Parent(i); j >= 0 && servesSSH(in.Process(j).ID) {
			if d.sessions == nil {
				d.sessions = map[metrics.ProcKey]struct{}{}
			}
			d.sessions[p.Key] = struct{}{}
		}
	}
	for k := range d.sessions {
		i := in.Find(k.PID)
		if i < 0 || in.Process(i).Key != k || !isShell(in.Process(i).ID) {
			delete(d.sessions, k)
			continue
		}
		dst = d.judge(in, i, dst)
	}
	return dst
}

// servesSSH reports whether a process is the part of sshd that serves a session;
// its title says whether that has a terminal.
func servesSSH(id *metrics.Identity) bool {
	return (id.Comm == sshdComm || id.Comm == sshdSession) && strings.HasPrefix(id.Cmdline, "sshd") && strings.Contains(id.Cmdline, withoutATerm)
}

func (d *sshWithoutTerminal) judge(in *threats.Input, i int32, dst []threats.Finding) []threats.Finding {
	p := in.Process(i)
	args := p.ID.Args()
	command, interactive := "", false
	for n, a := range args[min(1, len(args)):] {
		if len(a) > 1 && a[0] == '-' && a[1] != '-' {
			interactive = interactive || strings.Contains(a, "i")
			if strings.HasSuffix(a, "c") && n+2 < len(args) {
				command = args[n+2]
				break
			}
		}
	}
	f := in.OnProcess(i, sshWithoutTerminalInfo).With("shell", threats.Proc(p.Key.PID, "cmdline"), commandLine(p.ID))
	if j := in.Parent(i); j >= 0 {
		f = f.With("session", threats.Proc(in.Process(j).Key.PID, "cmdline"), commandLine(in.Process(j).ID))
	}
	if interactive {
		return append(dst, f.As(threats.Medium, threats.Moderate).Titled("An interactive shell runs over ssh without a terminal"))
	}
	if command != "" {
		boot := in.Snapshot.System.Host.BootTime
		if boot.IsZero() || in.Now.Sub(p.Key.StartedAt(boot)) < longCommand {
			return dst
		}
		for _, t := range remoteTools {
			if strings.Contains(command, t) {
				return dst
			}
		}
	}
	return append(dst, f)
}
