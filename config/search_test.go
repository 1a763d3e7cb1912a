package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestUserPaths(t *testing.T) {
	for _, c := range []struct {
		getenv func(string) string
		want   []string
	}{
		{env("XDG_CONFIG_HOME", "/x", "HOME", "/h"), []string{"/x/smoothtask/config.toml", "/h/.config/smoothtask/config.toml"}},
		{env("XDG_CONFIG_HOME", "relative", "HOME", "/h"), []string{"/h/.config/smoothtask/config.toml"}},
		{env(), nil},
	} {
		if diff := cmp.Diff(c.want, userPaths(c.getenv)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if got := UserPath(env("HOME", "/h")); got != "/h/.config/smoothtask/config.toml" {
		t.Errorf("UserPath = %q", got)
	}
}

func TestFirstFileCounts(t *testing.T) {
	xdg, home := t.TempDir(), t.TempDir()
	getenv := env("XDG_CONFIG_HOME", xdg, "HOME", home)
	paths := userPaths(getenv)
	theme := func() (string, string) {
		c, o, err := loadFirst(paths)
		if err != nil {
			t.Fatal(err)
		}
		return c.UI.Theme, o.File
	}
	if got, file := theme(); got != "auto" || file != "" {
		t.Errorf("without a file: theme %q from %q", got, file)
	}
	put := func(path, theme string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("ui.theme = \""+theme+"\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(paths[1], "light")
	if got, file := theme(); got != "light" || file != paths[1] {
		t.Errorf("with ~/.config: theme %q from %q", got, file)
	}
	put(paths[0], "dark")
	if got, file := theme(); got != "dark" || file != paths[0] {
		t.Errorf("with XDG_CONFIG_HOME: theme %q from %q", got, file)
	}
	explicit := filepath.Join(t.TempDir(), "mine.toml")
	put(explicit, "mono")
	if c, o, err := Load(explicit, getenv); err != nil || c.UI.Theme != "mono" || o.File != explicit {
		t.Errorf("with --config: %v, theme %q from %q", err, c.UI.Theme, o.File)
	}
}

func TestUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := Load(filepath.Join(dir, "missing"), env()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing --config file gives %v", err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{dir: "not a regular file", fifo: "not a regular file", big: "larger than"} {
		if _, _, err := Load(path, env()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%s) = %v, want %q", path, err, want)
		}
		// A file that is there and cannot be used is never passed over.
		if _, _, err := loadFirst([]string{path}); err == nil {
			t.Errorf("%s is passed over", path)
		}
	}
}
