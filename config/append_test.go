package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var ours = Allow{
	Detector: "process.writable-dir", Exe: `/opt/odd "name"\x`, Cmdline: "*\n\x1b*",
	Reason: "our own deployment", Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC),
}

func TestAppendAllowMakesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "smoothtask", "config.toml")
	if err := AppendAllow(path, ours); err != nil {
		t.Fatal(err)
	}
	c, _, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Allow{ours}, c.Threats.Allow); diff != "" {
		t.Errorf("(-appended +loaded):\n%s", diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
}

func TestAppendAllowKeepsTheRest(t *testing.T) {
	for _, old := range []string{"", "# mine\n[threats]\nfail_on = 'low'  # odd   spacing\r\n", "[ui]\nmouse = false",
		"[[threats.allow]]\nexe = '/a'\nreason = 'b'\n"} {
		path := write(t, old)
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(t.TempDir(), "link.toml")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		if err := AppendAllow(link, ours); err != nil {
			t.Fatalf("%q: %v", old, err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(data), old) {
			t.Errorf("%q became %q", old, data)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link was replaced: %v, %v", info.Mode(), err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("mode is %v, %v", info.Mode(), err)
		}
		c, _, err := Load(path, nil)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if n := len(c.Threats.Allow); n == 0 || c.Threats.Allow[n-1] != ours {
			t.Errorf("%q: loaded %+v", data, c.Threats.Allow)
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

func TestAppendAllowRefuses(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"a file that does not load", "[ui]\ntheme = 'pink'\n", "found \"pink\""},
		{"entries in another form", "threats.allow = [{exe='/a', reason='b'}]\n", "would not load"},
	} {
		path := write(t, c.file)
		err := AppendAllow(path, ours)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != c.file {
			t.Errorf("%s: the file became %q, %v", c.name, data, err)
		}
	}
	path := filepath.Join(t.TempDir(), "config.toml")
	for name, a := range map[string]Allow{
		"no reason":     {Exe: "/x"},
		"no selector":   {Reason: "x"},
		"relative path": {Exe: "x", Reason: "x"},
		"upper-case":    {SHA256: strings.Repeat("A", 64), Reason: "x"},
		"not UTF-8":     {Exe: "/x\xff", Reason: "x"},
	} {
		if err := AppendAllow(path, a); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a refused entry made a file: %v", err)
	}
}
