package detectors

import (
	"fmt"
	"io/fs"
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestSetuidFiles(t *testing.T) {
	put := func(path string, mode fs.FileMode) func(w *World) {
		return func(w *World) { w.File(path, "x", mode) }
	}
	Table(t, func() threats.Detector { return &setuidFiles{} }, []Case{
		{Name: "in tmp", Hits: 1, About: "/tmp/.x/bash", Evidence: "mode 4755", Build: put("/tmp/.x/bash", 0o755|fs.ModeSetuid)},
		{Name: "in shared memory", Hits: 1, Build: put("/dev/shm/x", 0o711|fs.ModeSetuid)},
		{Name: "of a user's session", Hits: 1, Build: put("/run/user/1000/x", 0o755|fs.ModeSetuid)},
		{Name: "setgid", Hits: 1, Severity: threats.Medium, Build: put("/var/tmp/x", 0o755|fs.ModeSetgid)},
		{Name: "an image being built", Hits: 1, Severity: threats.Low, Build: put("/tmp/debootstrap.x/usr/bin/sudo", 0o755|fs.ModeSetuid)},
		{Name: "no setuid", Build: put("/tmp/x", 0o777)},
		{Name: "not executable", Build: put("/tmp/x", 0o644|fs.ModeSetuid)},
		{Name: "setgid directory", Build: func(w *World) { w.Dir("/tmp/shared", 0o777|fs.ModeSetgid) }},
		{Name: "the system's own", Build: put("/usr/bin/sudo", 0o755|fs.ModeSetuid)},
		{Name: "a link to it", Build: func(w *World) {
			w.File("/usr/bin/sudo", "", 0o755|fs.ModeSetuid)
			w.Link("/usr/bin/sudo", "/tmp/sudo")
		}},
		{Name: "links in circles", Build: func(w *World) {
			w.Link("a", "/tmp/a")
			w.Link("/tmp", "/tmp/b")
			w.Link("/run", "/var/crash")
		}},
	})
}

func TestSetuidFilesAreBounded(t *testing.T) {
	w := New(t)
	for i := range setuidNames + 1 {
		w.File(fmt.Sprintf("/tmp/%d", i), "", 0o644)
	}
	d := &setuidFiles{}
	if got := w.Detect(d); len(got) != 0 || d.Failure() == "" {
		t.Errorf("a list that was cut must be told: %q%s", d.Failure(), String(got))
	}

	w = New(t)
	for i := range setuidTotal + 1 {
		w.File(fmt.Sprintf("/tmp/a/%d/x", i/100), "", 0o644)
		w.File(fmt.Sprintf("/tmp/a/%d/%d", i/100, i), "", 0o644)
	}
	w.File("/var/tmp/x", "", 0o755|fs.ModeSetuid)
	if got := w.Detect(d); len(got) != 1 || d.Failure() == "" {
		t.Errorf("a deep tree hides what lies near the top: %q%s", d.Failure(), String(got))
	}
}
