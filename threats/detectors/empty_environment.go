package detectors

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// emptyEnvironment finds daemons of root that were started without an
// environment: execve(2) with an empty envp.
type emptyEnvironment struct{}

var emptyEnvironmentInfo = &threats.Info{
	ID: "process.empty-environment", Number: 11,
	Title:    "Daemon of root has no environment",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Identity,
	Techniques: []string{"T1036"},
	Confirm:    500 * time.Millisecond, // sources read environment and program apart, and an exec may come between
	Needs:      metrics.Trace,
	Why: "Service managers, cron and shells give a program at least PATH. A back door that starts itself again under another name often passes nothing, " +
		"so that its environment does not tell where it came from.",
	FalsePositives: "A few services clear the environment of their helpers, and sandboxes start programs without one. Programs of the system count as low, " +
		"as does whatever has a terminal; systemd's and udev's own, cron, sshd, sandboxes and containers are left out.",
	Next: []string{
		"Look at the program file: path, owner, age and hash.",
		"Look at the parent: is it the service that should have started it?",
		"Look at its raw and packet sockets; such back doors wait for a packet.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1036/", "https://man7.org/linux/man-pages/man2/execve.2.html"},
}

// clearers start programs without an environment, or are started so.
var clearers = setOf("systemd systemd-executor udevd systemd-udevd udevadm cron crond anacron sshd sshd-session ssh sudo su bwrap flatpak chrome chromium electron zypak-sandbox dovecot dpkg modprobe kmod gpg-agent dbus-daemon containerd containerd-shim containerd-shim-runc-v2 runc crun docker-init tini catatonit pause conmon firejail minijail0 nsjail postfix master launchd init runit runsv s6-supervise s6-svscan dumb-init")

func (emptyEnvironment) Info() *threats.Info { return emptyEnvironmentInfo }

func (emptyEnvironment) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		if p.ID.EnvBytes != 0 || !p.Has(metrics.HasEnvBytes) || p.UID != 0 || p.Kthread() || p.Key.PID == 1 || p.State == 'Z' || p.State == 'X' {
			continue
		}
		if p.ID.Exe == "" || p.ID.Cmdline == "" || p.ID.Cgroup.Container != "" || runs(p.ID, clearers) {
			continue
		}
		parent := in.Parent(i)
		if parent >= 0 && in.Process(parent).Key.PID != 1 && runs(in.Process(parent).ID, clearers) {
			continue
		}
		f := in.OnProcess(i, emptyEnvironmentInfo).
			With("environment", threats.Proc(p.Key.PID, "environ"), "0 bytes").
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		if p.TTY != 0 || systemPath(p.ID.Exe) && !isShell(p.ID) && !isInterpreter(p.ID) {
			f = f.As(threats.Low, threats.Weak)
		}
		dst = append(dst, f)
	}
	return dst
}
