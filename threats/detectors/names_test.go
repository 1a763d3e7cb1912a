package detectors

import (
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

func TestNameSet(t *testing.T) {
	long := strings.Repeat("n", 40)
	s := setOf("sh Rscript -I +o .cache 7z " + long)
	for _, name := range []string{"sh", "Rscript", "-I", "+o", ".cache", "7z", long} {
		if !s.has(name) {
			t.Errorf("%q is not there", name)
		}
	}
	for _, name := range []string{"", "s", "SH", "ssh", "rscript", long + "n", long[1:], "zz"} {
		if s.has(name) {
			t.Errorf("%q is there", name)
		}
	}
}

func TestVersionless(t *testing.T) {
	for name, want := range map[string]string{
		"python3.13": "python", "php-fpm8.4": "php-fpm", "bash": "bash", "python-3": "python", "7": "7", "": "",
	} {
		if got := versionless(name); got != want {
			t.Errorf("versionless(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestIsShell(t *testing.T) {
	for _, c := range []struct {
		id   metrics.Identity
		want bool
	}{
		{metrics.Identity{Exe: "/usr/bin/dash"}, true},
		{metrics.Identity{Exe: "/usr/bin/renamed", Invoked: "/bin/sh"}, true},
		{metrics.Identity{Exe: "/usr/bin/busybox", Cmdline: "sh\x00-c\x00x\x00"}, true},
		{metrics.Identity{Exe: "/usr/bin/busybox", Cmdline: "-ash\x00"}, true},
		{metrics.Identity{Exe: "/usr/bin/busybox", Cmdline: "busybox\x00sh\x00"}, true},
		{metrics.Identity{Exe: "/usr/bin/busybox", Cmdline: "busybox\x00httpd\x00"}, false},
		{metrics.Identity{Exe: "/usr/sbin/sshd"}, false},
		{metrics.Identity{}, false},
	} {
		if got := isShell(&c.id); got != c.want {
			t.Errorf("isShell(%+v) = %v", c.id, got)
		}
	}
}

func TestWritableRoot(t *testing.T) {
	for path, want := range map[string]string{
		"/tmp/x": "/tmp", "/dev/shm/a/b": "/dev/shm", "/var/tmp/x": "/var/tmp", "/run/user/0/x": "/run",
		"/tmp": "", "/tmpfile": "", "/usr/tmp/x": "", "/runner/x": "", "": "", "tmp/x": "", "/dev/null": "",
	} {
		if got := writableRoot(path); got != want {
			t.Errorf("writableRoot(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestHiddenElement(t *testing.T) {
	for path, want := range map[string]string{
		"/tmp/.h/x": ".h", "/a/../.b": ".b", "/tmp/...": "...", "/a.b/c": "", "/..": "", "../../x": "", "/./x": "", "": "",
	} {
		if got := hiddenElement(path); got != want {
			t.Errorf("hiddenElement(%q) = %q, want %q", path, got, want)
		}
	}
}
