package sigma

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func named(id, value string) string {
	return strings.Replace(rule("  s: {User: "+value+"}\n  condition: s\n"), "id: r", "id: "+id, 1)
}

// ids lists the set's rules; broken tells whether it has problems.
func ids(set *Set) (ids string, broken bool) {
	for _, e := range set.Entries() {
		ids += e.ID + " "
	}
	return strings.TrimSpace(ids), len(set.Problems()) > 0
}

func TestLoadFindsRuleFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "b.yml"), named("b", "x"))
	write(t, filepath.Join(dir, "sub", "a.YAML"), named("a", "x"))
	write(t, filepath.Join(dir, "notes.txt"), "no rule")
	write(t, filepath.Join(dir, ".git", "c.yml"), named("hidden", "x"))
	write(t, filepath.Join(dir, "single", "d.rule"), named("d", "x"))
	if err := os.Symlink(filepath.Join(dir, "single", "d.rule"), filepath.Join(dir, "z.yml")); err != nil {
		t.Fatal(err)
	}
	if got, broken := ids(Load(Options{}, Path(dir))); got != "b a d" || broken {
		t.Errorf("directory: %s, problems %v", got, broken)
	}
	if got, _ := ids(Load(Options{}, Path(filepath.Join(dir, "single", "d.rule")), Path(dir), Path(dir))); got != "d b a" {
		t.Errorf("file and overlapping directories: %s", got)
	}
	set := Load(Options{}, Path(filepath.Join(dir, "nowhere")), Path(dir))
	if got, _ := ids(set); got != "b a d" || len(set.Problems()) != 1 || !strings.Contains(set.Problems()[0].Error(), "nowhere: cannot be read: no such file") {
		t.Errorf("missing directory: %s, %v", got, set.Problems())
	}
}

func TestSameID(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "1.yml"), named("a", "x"))
	write(t, filepath.Join(dir, "2.yml"), named("a", "y"))
	set := Load(Options{}, Path(dir), Embedded("builtin", fstest.MapFS{
		"a.yml": {Data: []byte(named("a", "z"))}, "b.yml": {Data: []byte(named("b", "z"))}}))
	got, _ := ids(set)
	if got != "a b" || len(set.Problems()) != 1 || !strings.Contains(set.Problems()[0].Error(), "2.yml:1:1: the id \"a\" is already used by") {
		t.Errorf("%s, %v", got, set.Problems())
	}
}

func TestWatch(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.yml")
	write(t, path, named("a", "x"))
	before := runtime.NumGoroutine()
	w := Watch(NewLibrary(Options{}, Path(dir), Path(filepath.Join(dir, "..", "nowhere", "at all"))), 5*time.Millisecond)
	defer w.Close()
	first := w.Set()

	// wait polls until the set is as wanted; the deadline is for a stuck machine.
	wait := func(what string, ok func(*Set) bool) *Set {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			if set := w.Set(); ok(set) {
				return set
			}
			if time.Now().After(deadline) {
				got, _ := ids(w.Set())
				t.Fatalf("%s: rules %s, problems %v", what, got, w.Set().Problems())
			}
		}
	}
	has := func(want string) func(*Set) bool {
		return func(s *Set) bool { got, _ := ids(s); return got == want }
	}
	write(t, filepath.Join(dir, "sub", "b.yml"), named("b", "x"))
	wait("a new file", has("a b"))

	write(t, path, named("a", "x")+"broken: [\n")
	set := wait("a broken file", func(s *Set) bool { return len(s.Problems()) > 1 })
	if got, _ := ids(set); got != "a b" || !strings.Contains(fmt.Sprint(set.Problems()), "the rules read before stay in force") {
		t.Errorf("broken file: rules %s, %v", got, set.Problems())
	}
	write(t, path, named("a2", "x"))
	wait("a mended file", has("a2 b"))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	last := wait("a removed file", has("b"))

	time.Sleep(50 * time.Millisecond)
	if w.Set() != last {
		t.Error("a new set though nothing changed")
	}
	if got, _ := ids(first); got != "a" {
		t.Errorf("an old set changed to %s", got)
	}
	w.Close()
	w.Close()
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// TestVanishedDirectoryKeepsItsRules: a source that cannot be listed any more is
// shown as an error, and its rules stay in force.
func TestVanishedDirectoryKeepsItsRules(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rules")
	write(t, filepath.Join(dir, "a.yml"), named("a", "x"))
	l := NewLibrary(Options{}, Path(dir))
	l.Load()
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if set, changed := l.Load(); changed {
			if got, broken := ids(set); got != "a" || !broken {
				t.Errorf("rules %s, problems %v", got, set.Problems())
			}
		}
	}
	if err := os.Rename(dir+".away", dir); err != nil {
		t.Fatal(err)
	}
	if set, changed := l.Load(); !changed {
		t.Error("the directory came back unnoticed")
	} else if got, broken := ids(set); got != "a" || broken {
		t.Errorf("rules %s, problems %v", got, set.Problems())
	}
}

// TestUnchangedFilesKeepTheirStats proves that a reload parses what changed only.
func TestUnchangedFilesKeepTheirStats(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yml"), named("a", "x"))
	l := NewLibrary(Options{}, Path(dir))
	set, _ := l.Load()
	var ev Event
	ev.Set(User, "x")
	ev.Category = ProcessCreation
	if n := len(set.NewMatcher().Match(&ev, nil)); n != 1 {
		t.Fatalf("%d matches", n)
	}
	if _, changed := l.Load(); changed {
		t.Error("changed without a change")
	}
	write(t, filepath.Join(dir, "b.yml"), named("b", "x"))
	set, changed := l.Load()
	if s := set.Entries()[0].Stats(); !changed || s.Hits != 1 || s.Evaluated != 1 {
		t.Errorf("changed %v, %+v", changed, s)
	}
}
