package detectors

import (
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestHiddenProgram(t *testing.T) {
	Table(t, func() threats.Detector { return hiddenProgram{} }, []Case{
		{Name: "in tmp", Hits: 1, Evidence: `".h"`, Build: func(w *World) { w.Run("/tmp/.h/x") }},
		{Name: "a tool's name in tmp excuses nothing", Hits: 2, Build: func(w *World) { w.Run("/tmp/.cache/x"); w.Run("/dev/shm/.config/x") }},
		{Name: "among the system's files", Hits: 3, Build: func(w *World) { w.Run("/usr/lib/.x/y"); w.Run("/etc/.x"); w.Run("/.x/y") }},
		{Name: "three dots, dots and a blank", Hits: 2, Build: func(w *World) {
			w.Run("x", Exe("/var/lib/.../x"))
			w.Run("x", Exe("/home/u/.. /x"))
		}},
		{Name: "a home", Hits: 1, Severity: threats.Medium, Build: func(w *World) { w.Run("/root/.configrc/a/kswapd0") }},
		{Name: "a hidden file in a home", Hits: 1, Severity: threats.Medium, Build: func(w *World) { w.Run("/home/u/.x") }},
		{Name: "an unknown tool in a home", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/home/u/.newtool/bin/newtool") }},
		{Name: "a service's home", Hits: 1, Severity: threats.Medium, Build: func(w *World) { w.Run("/var/www/html/.x/y") }},
		{Name: "known tools", Build: func(w *World) {
			w.Run("/home/u/.local/bin/x")
			w.Run("/root/.nvm/versions/node/v22/bin/node")
			w.Run("/home/u/src/app/node_modules/.pnpm/esbuild@1/node_modules/esbuild/bin/esbuild")
			w.Run("/var/lib/jenkins/.nvm/x")
			w.Run("/tmp/build/.venv/bin/x")
			w.Run("/srv/app/.terraform/providers/x")
		}},
		{Name: "AppImage and Nix", Build: func(w *World) {
			w.Run("/tmp/.mount_appXYZ/AppRun")
			w.Run("/nix/store/abc-firefox/bin/.firefox-wrapped")
		}},
		{Name: "dots inside of names", Build: func(w *World) { w.Run("/usr/lib/jvm/java-21.0.1/bin/java"); w.Run("/opt/app.d/x..y") }},
	})
}

func TestHiddenDirectory(t *testing.T) {
	Table(t, func() threats.Detector { return hiddenDirectory{} }, []Case{
		{Name: "in tmp", Hits: 1, Evidence: "/tmp/.x", Build: func(w *World) { w.Run("sleep 60", Cwd("/tmp/.x")) }},
		{Name: "in dev", Hits: 1, Build: func(w *World) { w.Run("bash", Cwd("/dev/shm/.config/a")) }},
		{Name: "among the system's files", Hits: 1, Build: func(w *World) { w.Run("bash", Cwd("/usr/share/.x")) }},
		{Name: "directory is gone", Hits: 1, Build: func(w *World) { w.Run("bash", Cwd("/var/tmp/.x (deleted)")) }},
		{Name: "three dots in a home", Hits: 1, Build: func(w *World) { w.Run("bash", Cwd("/home/u/...")) }},
		{Name: "a person's shell", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("bash", Cwd("/tmp/.x"), func(p *process) { p.TTY = 1 }) }},
		{Name: "a service's directory", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("java", Cwd("/var/lib/x/.state")) }},
		{Name: "homes", Build: func(w *World) { w.Run("bash", Cwd("/root/.ssh")); w.Run("java", Cwd("/home/u/.gradle/daemon/8")) }},
		{Name: "tools", Build: func(w *World) {
			w.Run("git status", Cwd("/tmp/x/.git"))
			w.Run("node x", Cwd("/srv/app/.next"))
			w.Run("find", Cwd("/tmp/.x"))
			w.Run("Xvfb", Cwd("/tmp/.X11-unix"))
			w.Run("x", Cwd("/tmp/.mount_a/usr"))
		}},
		{Name: "ordinary", Build: func(w *World) { w.Run("bash", Cwd("/tmp")); w.Run("bash", Cwd("/srv/a.b/c")); w.Run("bash", Cwd("")) }},
	})
}
