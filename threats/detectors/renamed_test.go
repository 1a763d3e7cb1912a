package detectors

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestRenamed(t *testing.T) {
	linked := func(w *World, same bool) {
		w.File("/usr/bin/multi", "", 0o755)
		w.Link("multi", "/usr/bin/cron")
		p := w.Run("/usr/bin/multi", Named("cron"), Invoked("/usr/bin/cron"))
		if !same {
			return
		}
		info, err := os.Stat(filepath.Join(w.Root, "/usr/bin/multi"))
		if err != nil {
			w.T.Fatal(err)
		}
		st := info.Sys().(*syscall.Stat_t)
		p.ID.ExeDev, p.ID.ExeInode = uint64(st.Dev), st.Ino
	}
	Table(t, func() threats.Detector { return renamed{} }, []Case{
		{Name: "poses as sshd", Hits: 1, Evidence: "sshd", Build: func(w *World) { w.Run("/usr/bin/sleep 60", Named("sshd")) }},
		{Name: "poses as cron from a home", Hits: 1, Build: func(w *World) { w.Run("/home/u/x", Named("cron")) }},
		{Name: "claims a path that is another file", Hits: 1, Build: func(w *World) { linked(w, false) }},
		{Name: "another name, from a home", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/home/u/x", Named("worker")) }},
		{Name: "called by a link", Build: func(w *World) { linked(w, true) }},
		{Name: "in a container", Build: func(w *World) {
			w.Run("/usr/bin/multi", Named("cron"), Invoked("/usr/bin/cron"), InContainer("docker", "0123"))
		}},
		{Name: "installed programs name their processes", Build: func(w *World) {
			w.Run("/usr/lib/firefox/firefox-bin", Named("Web Content"))
			w.Run("/usr/sbin/rsyslogd", Named("rs:main Q:Reg"))
			w.Run("/usr/lib/foo/foo-daemon", Named("worker"))
		}},
		{Name: "interpreters and systemd", Build: func(w *World) {
			w.Run("/usr/bin/python3 x", Named("sshd"))
			w.Run("/usr/lib/systemd/systemd", Named("(sd-pam)"))
			w.Run("/usr/bin/udevadm", Named("systemd-udevd"))
			w.Run("/usr/bin/busybox", Named("init"))
		}},
		{Name: "cut and shortened names", Build: func(w *World) {
			w.Run("/home/u/a-very-long-program-name")
			w.Run("/home/u/myserver", Named("myserver: idle"))
			w.Run("/home/u/gunicorn-x", Named("gunicorn"))
			w.Run("/home/u/MyServer.bin", Named("server"))
		}},
		{Name: "kernel thread and no program", Build: func(w *World) { w.Run("", Named("sshd")); w.Run("", Named("bioset"), Kthread()) }},
	})
}
