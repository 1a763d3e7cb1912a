package detectors

import (
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// rootFor gives the process the rights of root for another user.
func rootFor(p *process) { p.UID, p.EUID, p.ID.User = 1000, 0, "u" }

// mode sets the permissions of the program file.
func mode(m uint32) Change { return func(p *process) { p.ID.ExeMode = 0o100000 | m } }

func TestEffectiveRoot(t *testing.T) {
	Table(t, func() threats.Detector { return effectiveRoot{} }, []Case{
		{Name: "shell", Hits: 1, Severity: threats.High, Evidence: "u and root", Build: func(w *World) { w.Run("bash -p", rootFor) }},
		{Name: "from a home", Hits: 1, Severity: threats.High, Build: func(w *World) { w.Run("/home/u/x", rootFor) }},
		{Name: "other program", Hits: 1, Build: func(w *World) { w.Run("sleep 60", rootFor) }},
		{Name: "another setuid program of the system", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/usr/lib/x/helper", rootFor, mode(0o4755)) }},
		{Name: "sudo in tmp", Hits: 1, Severity: threats.High, Build: func(w *World) { w.Run("/tmp/sudo", rootFor) }},
		{Name: "the distribution's", Build: func(w *World) {
			for _, x := range []string{"sudo", "su", "passwd", "/usr/sbin/mount.nfs", "/usr/lib/polkit-1/polkit-agent-helper-1", "/run/wrappers/wrappers.1/sudo"} {
				w.Run(x, rootFor, mode(0o4755))
			}
		}},
		{Name: "root, a user, root for a user", Build: func(w *World) {
			w.Run("bash")
			w.Run("bash", User("u", 1000))
			w.Run("smbd", func(p *process) { p.EUID = 1000 })
		}},
		{Name: "effective user unknown", Build: func(w *World) { w.Run("bash", rootFor, Without(metrics.HasEffective)) }},
	})
}

func TestSetuidProgram(t *testing.T) {
	Table(t, func() threats.Detector { return setuidProgram{} }, []Case{
		{Name: "shell", Hits: 1, Evidence: "04755", Build: func(w *World) { w.Run("/usr/bin/bash", mode(0o4755)) }},
		{Name: "python in tmp", Hits: 1, Build: func(w *World) { w.Run("/tmp/python3", mode(0o4755)) }},
		{Name: "copy in tmp", Hits: 1, Build: func(w *World) { w.Run("/tmp/sleep 60", mode(0o4755)) }},
		{Name: "sudo's name in a home", Hits: 1, Build: func(w *World) { w.Run("/home/u/sudo", mode(0o4755)) }},
		{Name: "setgid in a home", Hits: 1, Severity: threats.Medium, Build: func(w *World) { w.Run("/home/u/x", mode(0o2755)) }},
		{Name: "local", Hits: 1, Severity: threats.Medium, Build: func(w *World) { w.Run("/usr/local/bin/x", mode(0o4755)) }},
		{Name: "unknown of the system", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/opt/vendor/helper", mode(0o4755)) }},
		{Name: "the distribution's", Build: func(w *World) {
			w.Run("passwd", mode(0o4755))
			w.Run("/opt/google/chrome/chrome-sandbox", mode(0o4755))
			w.Run("/usr/games/nethack", mode(0o2755))
		}},
		{Name: "ordinary modes", Build: func(w *World) { w.Run("bash"); w.Run("/tmp/x", mode(0o1777)); w.Run("x", mode(0)) }},
	})
}

func TestEmptyEnvironment(t *testing.T) {
	none := func(p *process) { p.Have |= metrics.HasEnvBytes }
	some := func(p *process) { p.Have |= metrics.HasEnvBytes; p.ID.EnvBytes = 40 }
	Table(t, func() threats.Detector { return emptyEnvironment{} }, []Case{
		{Name: "in tmp", Hits: 1, Evidence: "0 bytes", Build: func(w *World) { w.Run("/tmp/x", none) }},
		{Name: "local", Hits: 1, Build: func(w *World) { w.Run("/usr/local/sbin/x", none) }},
		{Name: "shell", Hits: 1, Build: func(w *World) { w.Run("bash", none) }},
		{Name: "of the system", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/usr/sbin/x", none) }},
		{Name: "at a terminal", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("bash", none, func(p *process) { p.TTY = 1 }) }},
		{Name: "has one, unknown", Build: func(w *World) { w.Run("/tmp/x", some); w.Run("/tmp/x") }},
		{Name: "of a user", Build: func(w *World) { w.Run("/tmp/x", none, User("u", 1000)) }},
		{Name: "systemd, sandbox, container", Build: func(w *World) {
			w.Run("/usr/lib/systemd/systemd-udevd", none, Named("(udev-worker)"))
			w.Run("/usr/bin/x", none, ChildOf(w.Run("bwrap")))
			w.Run("/app", none, InContainer("docker", "0123"))
		}},
		{Name: "ends just now", Build: func(w *World) { w.Run("/tmp/x", none, func(p *process) { p.State = 'Z' }); w.Run("", none) }},
	})
}

func TestTraced(t *testing.T) {
	by := func(tracer *process) Change { return func(p *process) { p.TracerPID = tracer.Key.PID } }
	Table(t, func() threats.Detector { return traced{} }, []Case{
		{Name: "unknown tracer", Hits: 1, Evidence: "/usr/bin/x", Build: func(w *World) { w.Run("sleep 60", by(w.Run("x"))) }},
		{Name: "tracer in tmp", Hits: 1, Severity: threats.High, Build: func(w *World) { w.Run("nginx", by(w.Run("/tmp/gdb"))) }},
		{Name: "strace of sshd", Hits: 1, Severity: threats.Medium, Build: func(w *World) { w.Run("/usr/sbin/sshd", by(w.Run("strace -p 1"))) }},
		{Name: "unknown tracer of sshd", Hits: 1, Severity: threats.High, Build: func(w *World) { w.Run("/usr/sbin/sshd", by(w.Run("x"))) }},
		{Name: "own child", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			x := w.Run("sandbox")
			w.Run("sleep 60", ChildOf(x), by(x))
		}},
		{Name: "a name is not enough", Hits: 1, Build: func(w *World) { w.Run("nginx", by(w.Run("/var/lib/.x/gdb"))) }},
		{Name: "a debugger in a home, of sshd", Hits: 1, Severity: threats.High, Build: func(w *World) { w.Run("/usr/sbin/sshd", by(w.Run("/home/u/gdb"))) }},
		{Name: "a debugger in a home", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			w.Run("app", User("u", 1000), by(w.Run("/home/u/go/bin/dlv debug", User("u", 1000))))
		}},
		{Name: "debuggers", Build: func(w *World) {
			w.Run("app", by(w.Run("gdb app")))
			w.File("/usr/bin/strace", "new", 0o755)
			w.Run("app", by(w.Run("strace app", Deleted()))) // upgraded
		}},
		{Name: "strace starts sudo", Build: func(w *World) {
			x := w.Run("strace sudo ls")
			w.Run("sudo ls", ChildOf(x), by(x))
		}},
		{Name: "tracer has ended, is unknown", Build: func(w *World) {
			w.Run("a", func(p *process) { p.TracerPID = 99999 })
			w.Run("b", by(w.Run("x")), Without(metrics.HasTracer))
		}},
	})
}

func TestSlowSignalsAreConfirmed(t *testing.T) {
	for _, i := range []*threats.Info{effectiveRootInfo, tracedInfo} {
		if i.Confirm < 100*time.Millisecond {
			t.Errorf("%s reports what may last for one system call", i.ID)
		}
	}
}
