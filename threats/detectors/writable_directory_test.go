package detectors

import (
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestWritableDirectory(t *testing.T) {
	Table(t, func() threats.Detector { return writableDirectory{} }, []Case{
		{Name: "tmp", Hits: 1, Evidence: "/tmp/x", Build: func(w *World) { w.Run("/tmp/x 60") }},
		{Name: "var tmp", Hits: 1, Build: func(w *World) { w.Run("/var/tmp/.a/b") }},
		{Name: "run", Hits: 1, Build: func(w *World) { w.Run("/run/user/1000/x") }},
		{Name: "shared memory", Hits: 1, Severity: threats.High, Build: func(w *World) { w.Run("/dev/shm/x 60") }},
		{Name: "shared memory is no place for builds", Hits: 1, Severity: threats.High, Build: func(w *World) {
			w.Run("/dev/shm/go-build1/x", ChildOf(w.Run("go test")))
		}},
		{Name: "go test", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/tmp/go-build12/b001/x.test") }},
		{Name: "what a build started", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			w.Run("/tmp/tmp.abc/conftest", ChildOf(w.Run("sh ./configure", ChildOf(w.Run("make")))))
		}},
		{Name: "installed software", Build: func(w *World) {
			w.Run("/usr/bin/sleep")
			w.Run("/opt/app/tmp/x")
			w.Run("/tmpfiles/x")
		}},
		{Name: "works there, lies elsewhere", Build: func(w *World) { w.Run("/usr/bin/python3 /tmp/x.py", Cwd("/tmp")) }},
		{Name: "AppImage, s6, NixOS", Build: func(w *World) {
			w.Run("/tmp/.mount_appXYZ/AppRun")
			w.Run("/run/user/1000/.mount_app/x")
			w.Run("/run/s6/basedir/bin/x")
			w.Run("/run/current-system/sw/bin/bash")
		}},
	})
}
