package config

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// A service account often has the HOME of whoever started it, or /dev/null.
func TestHomeOutOfReachIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(closed, "config.toml")
	if err := os.WriteFile(file, []byte("ui.theme = \"light\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	under := filepath.Join("/dev/null", ".config", "config.toml")
	paths := []string{file, under}
	asNobody(t, closed, func() {
		c, o, err := loadFirst(paths)
		if err != nil || c.UI.Theme != "auto" || !slices.Equal(o.Closed, paths) {
			t.Errorf("theme %q, passed over %v, error %v", c.UI.Theme, o.Closed, err)
		}
		if _, _, err := Load(file, env()); err == nil {
			t.Error("a file that was asked for is passed over")
		}
	})
}

// asNobody runs f with the file rights of another user (setfsuid(2)), or, where
// the test has no privilege to give up, with the folder closed to itself.
func asNobody(t *testing.T, folder string, f func()) {
	if os.Geteuid() != 0 {
		if err := os.Chmod(folder, 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(folder, 0o700)
		f()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	defer unix.Setfsuid(0)
	f()
}
