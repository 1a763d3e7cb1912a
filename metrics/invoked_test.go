package metrics

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestResolveInvoked(t *testing.T) {
	files := map[string]bool{"/usr/bin/sh": true, "/bin/sh": true, "/usr/sbin/sshd": true}
	c := invokedCache{exists: func(p string) bool { return files[p] }, paths: Cache[invokedKey, string]{Limit: invokedEntries}}
	for _, tt := range []struct{ argv0, exe, cwd, want string }{
		{"sh", "/usr/bin/dash", "/", "/usr/bin/sh"},
		{"-sh", "/usr/bin/dash", "/root", "/usr/bin/sh"},
		{"bash", "/opt/own/bash", "/", "/opt/own/bash"},
		{"/usr/bin/../bin/python", "/usr/bin/python3.12", "/", "/usr/bin/python"},
		{"./run", "/home/a/run.real", "/home/a", "/home/a/run"},
		{"venv/bin/python", "/usr/bin/python3.12", "/srv", "/srv/venv/bin/python"},
		{"../x", "/x", "/a/b", "/a/x"},
		{"./run", "/home/a/run", "", ""},
		{"sshd: root@pts/0", "/usr/sbin/sshd", "/", ""},
		{"nginx: worker process", "/usr/sbin/nginx", "/", ""},
		{"nowhere", "/usr/bin/other", "/", ""},
		{"sshd", "", "", "/usr/sbin/sshd"},
		{"", "/usr/bin/dash", "/", ""},
		{"-", "/usr/bin/dash", "/", ""},
		{"..", "/usr/bin/dash", "/", ""},
		{strings.Repeat("a", 300), "/x", "/", ""},
		{"/" + strings.Repeat("a", MaxCmdline), "/x", "/", ""},
	} {
		if got := c.resolve(tt.argv0, tt.exe, tt.cwd); got != tt.want {
			t.Errorf("resolve(%q, %q, %q) = %q, want %q", tt.argv0, tt.exe, tt.cwd, got, tt.want)
		}
	}
}

func TestResolveInvokedBesideTheProgram(t *testing.T) {
	dir := t.TempDir()
	if !onRoot(dir) {
		t.Skip("the temporary directory is on a mount of its own, or the kernel has no openat2(2)")
	}
	name := "applet-of-smoothtask-test"
	if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := ResolveInvoked(name, filepath.Join(dir, "busybox"), "/"); got != filepath.Join(dir, name) {
		t.Errorf("got %q", got)
	}
}

func TestResolveInvokedCache(t *testing.T) {
	looked := 0
	c := invokedCache{exists: func(string) bool { looked++; return false }, paths: Cache[invokedKey, string]{Limit: invokedEntries}}
	for range 10 {
		c.resolve("x", "", "")
	}
	if looked != len(usualPath) {
		t.Errorf("%d lookups for one name, want %d", looked, len(usualPath))
	}
	if s := c.Caches()[0]; s.Hits != 9 || s.Misses != 1 || s.Entries != 1 {
		t.Errorf("%+v", s)
	}
	for i := range 3 * invokedEntries {
		c.resolve(fmt.Sprint("n", i), "", "")
	}
	if n := c.paths.Len(); n > invokedEntries {
		t.Errorf("%d entries, limit %d", n, invokedEntries)
	}
}

func TestResolveInvokedConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				ResolveInvoked(fmt.Sprint("no-such-program-", (g+i)%50), "", "")
			}
		})
	}
	wg.Wait()
	if got := ResolveInvoked("sh", "/nonexistent/dash", "/"); !strings.HasSuffix(got, "/sh") {
		t.Errorf("sh is %q", got)
	}
}
