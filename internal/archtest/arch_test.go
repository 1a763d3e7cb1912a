// Package archtest holds the rules that no compiler checks: who may import whom,
// and the budgets of allocations, imports and heap.
package archtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/smoothtask/smoothtask"

// may lists what each package of ours may import of ours. A package that is not
// here must be added with its rule; "x/..." stands for all below x.
var may = map[string][]string{
	"":                    {"internal/cli"},
	"config":              {"internal/safetext"},
	"metrics":             {},
	"metrics/...":         {"metrics"},
	"threats":             {"metrics"},
	"threats/detectors":   {"metrics", "threats", "threats/sigma", "threats/rules", "threats/indicators"},
	"threats/indicators":  {},
	"threats/sigma":       {},
	"threats/rules":       {},
	"threats/threatstest": {"metrics", "threats"},
	"pool":                {},
	"monitor":             {"metrics", "threats"},
	"filter":              {"metrics", "threats", "internal/safetext"},
	"action":              {"metrics"},
	"ui":                  {"monitor", "metrics", "threats", "filter", "action", "internal/safetext", "ui/screen", "ui/noquery"},
	"ui/...":              {"internal/safetext", "monitor", "metrics", "threats"},
	"report":              {"monitor", "metrics", "threats", "filter", "internal/safetext"},
	"docs/pictures":       {},
	"internal/cli":        {"..."},
	"internal/safetext":   {},
	"internal/genman":     {"filter", "internal/cli"},
	"internal/proctest":   {},
	"internal/archtest":   {},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

// packages lists ours as the go command sees them on an operating system. With
// a profile it would list those built for the program under a name of their own.
func packages(t *testing.T, goos string) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-pgo=off", "-json=ImportPath,Imports", module+"/...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

func ours(path string) (string, bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

// rule finds the entry of may that speaks of a package.
func rule(name string) (allowed []string, ok bool) {
	if allowed, ok = may[name]; ok {
		return allowed, true
	}
	for key, list := range may {
		if dir, all := strings.CutSuffix(key, "/..."); all && strings.HasPrefix(name, dir+"/") {
			return list, true
		}
	}
	return nil, false
}

// violations names each import that the rules do not allow.
func violations(list []pkg) (bad []string) {
	for _, p := range list {
		name, _ := ours(p.ImportPath)
		allowed, ok := rule(name)
		if !ok {
			bad = append(bad, name+": no rule says what it may import")
			continue
		}
		for _, i := range p.Imports {
			if dep, mine := ours(i); mine && !slices.Contains(allowed, dep) && !slices.Contains(allowed, "...") {
				bad = append(bad, name+" imports "+dep)
			}
		}
	}
	return bad
}

func TestImports(t *testing.T) {
	for _, goos := range []string{"linux", "darwin"} {
		for _, bad := range violations(packages(t, goos)) {
			t.Errorf("%s: %s", goos, bad)
		}
	}
}

func TestImportRulesBite(t *testing.T) {
	got := violations([]pkg{
		{module + "/metrics", []string{"fmt", module + "/pool"}},
		{module + "/metrics/procfs", []string{module + "/metrics", module + "/metrics/bpf"}},
		{module + "/ui", []string{module + "/monitor", module + "/report"}},
		{module + "/nobody", nil},
	})
	want := []string{"metrics imports pool", "metrics/procfs imports metrics/bpf", "ui imports report",
		"nobody: no rule says what it may import"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTopLevel keeps the first thing a reader sees short.
func TestTopLevel(t *testing.T) {
	allowed := []string{".ci", ".git", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "action", "bench",
		"bin", "config", "config.toml", "default.pgo", "dist", "docs", "filter", "go.mod", "go.sum", "internal", "main.go",
		"metrics", "monitor", "pool", "report", "threats", "ui"}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s stands at the top level: put it below a folder, or say here why it belongs there", e.Name())
		}
	}
}

// TestOnlyOneFileKnowsPond keeps the worker pool behind its own package.
func TestOnlyOneFileKnowsPond(t *testing.T) {
	for _, p := range packages(t, "linux") {
		if slices.Contains(p.Imports, "github.com/alitto/pond") && p.ImportPath != module+"/pool" {
			t.Errorf("%s imports pond", p.ImportPath)
		}
	}
}
