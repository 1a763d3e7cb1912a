package detectors

import (
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// systemTerminal finds shells with a terminal that run as the account of a
// service.
type systemTerminal struct {
	accounts []account // as of at; shared
	at       time.Time
	failure  string
}

var systemTerminalInfo = &threats.Info{
	ID: "process.system-account-terminal", Number: 8,
	Title:    "The account of a service has a shell with a terminal",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1078", "T1059.004"},
	Why: "Accounts such as www-data have no login shell, and nobody sits in front of them. " +
		"Who breaks into a web server starts a shell as its account and then gives it a terminal, to use sudo, su and editors.",
	FalsePositives: "An administrator who becomes the account with sudo, su, runuser or setpriv to look at something: low. " +
		"Package scripts do the same and are left out, as are containers, whose numbers mean other accounts.",
	Next: []string{
		"Look at the ancestors: does the shell come from a login, or from a server?",
		"Look at its connections, its working directory and its children.",
		"Look at the server's access log at the time the shell started.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1078/"},
}

const (
	firstPerson = 1000 // lowest uid of a person, login.defs(5)
	accountsTTL = 30 * time.Second
)

// becomers start a program as another user, for who may.
var becomers = setOf("sudo su doas runuser setpriv machinectl pkexec sg newgrp start-stop-daemon chpst gosu su-exec")

func (d *systemTerminal) Info() *threats.Info { return systemTerminalInfo }
func (d *systemTerminal) Failure() string     { return d.failure }
func (d *systemTerminal) Bytes() int64        { return 64 }

func (d *systemTerminal) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	procs := in.Snapshot.Processes
	for i := range procs {
		p := &procs[i]
		if p.UID == 0 || p.UID >= firstPerson || p.TTY == 0 || !isShell(p.ID) || p.ID.Cgroup.Container != "" {
			continue
		}
		a := d.find(in, p.UID)
		if a == nil || !a.barred() {
			continue
		}
		f := in.OnProcess(int32(i), systemTerminalInfo).
			With("account", "/etc/passwd", a.name+" with the shell "+a.shell).
			With("terminal", threats.Proc(p.Key.PID, "stat"), terminal(p.TTY))
		became, packages := false, false
		in.Ancestors(int32(i), func(j int32) bool {
			id := in.Process(j).ID
			became = became || runs(id, becomers)
			packages = packages || isPackager(id)
			return !packages
		})
		if packages {
			continue
		}
		if became {
			f = f.As(threats.Low, threats.Weak)
		}
		dst = append(dst, f)
	}
	return dst
}

// find returns the account with the uid, from a list that is at most half a
// minute old: there may be a candidate in every cycle.
func (d *systemTerminal) find(in *threats.Input, uid uint32) *account {
	if in.Now.Sub(d.at).Abs() > accountsTTL {
		list, err := accountsOf(in.Files)
		d.accounts, d.at, d.failure = list, in.Now, failureOf(err)
	}
	for i := range d.accounts {
		if d.accounts[i].uid == uid {
			return &d.accounts[i]
		}
	}
	return nil
}

// terminal names a terminal by its device number, as in proc_pid_stat(5): bits 8
// to 15 are the major number, the others the minor one. Majors 136 to 143 are
// pseudo terminals, 4 the consoles.
func terminal(tty int32) string {
	major, minor := uint32(tty)>>8&0xfff, uint32(tty)&0xff|uint32(tty)>>12&0xfff00
	switch {
	case major >= 136 && major <= 143:
		return "pts/" + strconv.Itoa(int((major-136)<<8|minor))
	case major == 4 && minor < 64:
		return "tty" + strconv.Itoa(int(minor))
	}
	return strconv.Itoa(int(major)) + ":" + strconv.Itoa(int(minor))
}
