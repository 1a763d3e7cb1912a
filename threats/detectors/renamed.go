package detectors

import (
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// renamed finds processes whose name is not that of their program: prctl(2)
// PR_SET_NAME, or a write to /proc/PID/comm.
type renamed struct{}

var renamedInfo = &threats.Info{
	ID: "process.renamed", Number: 6,
	Title:    "Process bears the name of another program",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Identity,
	Techniques: []string{"T1036.004"},
	Confirm:    500 * time.Millisecond, // sources read name and program apart, and an exec may come between
	Needs:      metrics.Trace, NeedsFor: "the programs of other users",
	Why: "ps, top and most monitors show the name that a process gives itself. " +
		"One that calls itself sshd, cron or systemd without being it wants to be taken for it.",
	FalsePositives: "Many programs name their processes by what they do, and links give one program several names. " +
		"So interpreters, shells, multi-call programs and systemd's helpers are left out, and only the name of a well-known service or shell counts as medium. " +
		"Another odd name counts as low, and only for programs that no package installed.",
	Next: []string{
		"Look at the program file: path, owner, age and hash.",
		"Look at its parent and its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1036/004/", "https://man7.org/linux/man-pages/man2/PR_SET_NAME.2const.html"},
}

// famousNames are names that nobody looks at twice.
var famousNames = setOf("init systemd sshd sshd-session cron crond atd rsyslogd syslogd syslog-ng dbus-daemon dbus-broker agetty getty login udevd polkitd snapd dockerd containerd kubelet NetworkManager dhclient dhcpcd chronyd ntpd auditd acpid irqbalance nginx apache2 httpd php-fpm mysqld mariadbd postgres redis-server named master qmgr pickup exim4 bash sh dash zsh top ps sleep cat smartd mdadm multipathd lvmetad haveged rngd gpg-agent ssh-agent bioset crypto kintegrityd")

// manyNames are programs that bear other names as a matter of course.
var manyNames = setOf("busybox toybox coreutils systemd systemd-executor udevadm snap snap-exec snap-confine runc crun conmon dockerd docker containerd-shim containerd-shim-runc-v2 rootlesskit rootlessport qemu wine-preloader wine64-preloader wineserver chrome chromium electron firefox firefox-bin plugin-container gjs gjs-console postgres erlexec beam.smp node nodejs java bwrap tmux screen tini dumb-init s6-supervise runsv init prlimit stress stress-ng")

func (renamed) Info() *threats.Info { return renamedInfo }

func (renamed) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		s, ok := weighName(in, p)
		if !ok {
			continue
		}
		f := in.OnProcess(i, renamedInfo).As(s, threats.Weak).
			With("name", threats.Proc(p.Key.PID, "comm"), p.ID.Comm).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		if s == threats.Low {
			f = f.Titled("Name of the process differs from its program")
		}
		dst = append(dst, f)
	}
	return dst
}

// weighName says how odd the name of a process is; false when it is usual.
func weighName(in *threats.Input, p *metrics.Process) (threats.Severity, bool) {
	id := p.ID
	name, exe := id.Comm, base(id.Exe)
	if p.Kthread() || name == "" || exe == "" || related(name, exe) || strings.HasPrefix(id.Exe, "/memfd:") || likeKthread(name) {
		return 0, false
	}
	if strings.HasPrefix(name, "(") || manyNames.has(exe) || isShell(id) || isInterpreter(id) || strings.HasPrefix(exe, "qemu-") || strings.HasPrefix(exe, "ld-linux") || strings.HasPrefix(exe, "ld-musl") {
		return 0, false
	}
	if invoked := base(id.Invoked); invoked != "" && related(name, invoked) && sameProgram(in, id) {
		return 0, false // a link: awk is mawk
	}
	switch {
	case famousNames.has(name):
		return threats.Medium, true
	case systemPath(id.Exe) || storePath(id.Exe) || id.Cgroup.Container != "":
		return 0, false
	}
	return threats.Low, true
}

// sameProgram reports whether the path by which the program was called leads to
// it. In a container the path means another file, and is believed.
func sameProgram(in *threats.Input, id *metrics.Identity) bool {
	if id.Invoked == id.Exe || id.Cgroup.Container != "" || !systemPath(id.Invoked) {
		return true
	}
	info, err := in.Files.Stat(id.Invoked)
	return err == nil && info.Dev == id.ExeDev && info.Inode == id.ExeInode
}

// related reports whether the name of a process fits a file name: one is part of
// the other, or they begin alike.
func related(name, file string) bool {
	short := file[:min(len(file), 15)] // TASK_COMM_LEN less its NUL
	if name == short {
		return true
	}
	if len(name) < 3 || len(file) < 3 {
		return strings.HasPrefix(file, name) || strings.HasPrefix(name, file)
	}
	if strings.EqualFold(name[:3], file[:3]) {
		return true
	}
	return len(name) >= 4 && indexFold(file, strings.ToLower(name)) >= 0 || len(file) >= 4 && indexFold(name, strings.ToLower(file)) >= 0
}
