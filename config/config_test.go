package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestShippedFileIsTheDefault proves that config.toml says what Default does,
// leaves nothing out and explains each key.
func TestShippedFileIsTheDefault(t *testing.T) {
	path := filepath.Join("..", "config.toml")
	c, o, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Keys, want.Filters = map[string][]string{}, map[string]string{}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("config.toml differs from Default (-Default +file):\n%s", diff)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	for _, s := range settings {
		p, ok := o.at[s.key]
		if !ok {
			t.Errorf("config.toml lacks %s", s.key)
			continue
		}
		above := lines[p.line-2]
		if !strings.HasPrefix(above, "# ") && !strings.Contains(s.key, "window") {
			t.Errorf("config.toml:%d: no comment above %s", p.line, s.key)
		}
	}
}

func TestDefaultIsValid(t *testing.T) {
	c := Default()
	if err := c.Validate(Origins{}); err != nil {
		t.Error(err)
	}
}

// write makes a configuration file and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadSetsWhatTheFileSays(t *testing.T) {
	path := write(t, `readonly = true
[performance]
parallel_workers = 2
[goals]
cpu_percent = 2
collect_ms = 12.5
[monitor]
interval = "2s"
window = "0s"
[threats]
rules_dirs = ["/etc/sigma"]
brute_force = {failures = 5, window = "1m"}
[[threats.allow]]
exe = "/usr/bin/x"
reason = "ours"
expires = 2027-01-31
[[threats.allow]]
detector = "a.b"
reason = "known"
expires = "2027-02-01"
[keys]
quit = ["x"]
[filters]
big = "rss>1GB"
`)
	want := Default()
	want.ReadOnly = true
	want.Performance.ParallelWorkers = 2
	want.Goals.CPUPercent, want.Goals.CollectMS = 2, 12.5
	want.Monitor.Interval, want.Monitor.Window = 2*time.Second, 0
	want.Threats.RulesDirs = []string{"/etc/sigma"}
	want.Threats.BruteForce.Failures, want.Threats.BruteForce.Window = 5, time.Minute
	want.Threats.Allow = []Allow{
		{Exe: "/usr/bin/x", Reason: "ours", Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)},
		{Detector: "a.b", Reason: "known", Expires: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)},
	}
	want.Keys = map[string][]string{"quit": {"x"}}
	want.Filters = map[string]string{"big": "rss>1GB"}

	c, o, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o.SetFlag("monitor.source", "--source")
	for key, want := range map[string]string{
		"readonly":                     path + ":1",
		"performance.parallel_workers": path + ":3",
		"threats.brute_force.window":   path + ":12",
		"threats.allow[1]":             path + ":17",
		"keys.quit":                    path + ":22",
		"monitor.source":               "--source",
		"monitor.history":              "default",
	} {
		if got := o.Of(key); got != want {
			t.Errorf("origin of %s = %q, want %q", key, got, want)
		}
		if o.IsDefault(key) != (want == "default") {
			t.Errorf("IsDefault(%s) is wrong", key)
		}
	}
}

func TestFileFromAnotherSystem(t *testing.T) {
	c, o, err := Load(write(t, "\ufeff[ui]\r\n# dark room\r\ntheme = \"dark\"\r\n"), nil)
	if err != nil || c.UI.Theme != "dark" || o.at["ui.theme"].line != 3 {
		t.Errorf("theme is %q from line %d, %v", c.UI.Theme, o.at["ui.theme"].line, err)
	}
}

func TestErrorsNameTheirPlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "[monitor]\n  intervall = \"1s\"",
			":2:3: monitor.intervall: found an unknown key; allowed: interval, source, window, history"},
		{"unknown section", "\n[perf]\na=1",
			":2:2: perf: found an unknown key; allowed: readonly, [performance], [goals], [monitor], [threats], [ui], [export], [serve], [keys], [filters]"},
		{"wrong type", "[performance]\nparallel_workers = \"4\"",
			`:2:1: performance.parallel_workers: found "4"; allowed: a whole number from 1 to 64`},
		{"fraction for a whole number", "performance.max_memory_mb = 64.5",
			":1:13: performance.max_memory_mb: found 64.5; allowed: a whole number from 32 to 65536"},
		{"out of range", "[performance]\n\n\nmetrics_batch_size = 0",
			":4:1: performance.metrics_batch_size: found 0; allowed: a whole number from 1 to 100000"},
		{"not a number", "goals.collect_ms = nan",
			":1:7: goals.collect_ms: found NaN; allowed: a number from 0.1 to 60000"},
		{"duration without unit", "[monitor]\ninterval = 1",
			`:2:1: monitor.interval: found 1; allowed: a duration from "100ms" to "1h"`},
		{"duration too short", "[monitor]\ninterval = \"1ms\"",
			`:2:1: monitor.interval: found "1ms"; allowed: a duration from "100ms" to "1h"`},
		{"choice", "ui = { theme = \"pink\" }",
			`:1:8: ui.theme: found "pink"; allowed: one of auto, dark, light, high-contrast, okabe-ito, mono`},
		{"list with a number", "threats.disabled = [\"a\", 3]",
			`:1:9: threats.disabled: found ["a", 3]; allowed: a list of detector ids`},
		{"section that is a value", "monitor = 3", ":1:1: monitor: found 3; allowed: a table"},
		{"value that is a section", "[readonly]", ":1:2: readonly: found a table; allowed: true or false"},
		{"hostile value", "[ui]\ntheme = \"\\u001b[2J\"",
			`:2:1: ui.theme: found "\u001b[2J"; allowed: one of auto, dark, light, high-contrast, okabe-ito, mono`},
		{"hostile key", "\"a\\u001bb\" = 1",
			`:1:1: "a\u001bb": found an unknown key; allowed: readonly, [performance], [goals], [monitor], [threats], [ui], [export], [serve], [keys], [filters]`},
		{"syntax", "readonly = true\n[monitor\n", ":2:9: found invalid TOML: "},
		{"twice", "readonly = true\nreadonly = false\n", ":2:1: found invalid TOML: "},
		{"not UTF-8", "ui.sort = \"\xff\"", "found invalid TOML: "},
		{"open to the network", "[serve]\nlisten = \"0.0.0.0:80\"",
			`:2:1: serve.listen: found "0.0.0.0:80"; allowed: a loopback address, or serve.allow_remote = true`},
		{"no port", "serve.listen = \"127.0.0.1\"", `:1:7: serve.listen: found "127.0.0.1"; allowed: an address and port such as "127.0.0.1:9469"`},
		{"entry without reason", "[[threats.allow]]\nexe = \"/x\"",
			`:1:11: threats.allow[0]: found no reason; allowed: reason = "why this is harmless"`},
		{"entry without selector", "[[threats.allow]]\nexe=\"/x\"\nreason=\"a\"\n[[threats.allow]]\nreason = \"b\"",
			":4:11: threats.allow[1]: found an entry that would allow everything; allowed: at least one of detector, exe, sha256, user, cmdline, image, subject"},
		{"entry with an unknown key", "[[threats.allow]]\nexe=\"/x\"\nreason=\"a\"\npath = 1",
			":4:1: threats.allow[0].path: found an unknown key; allowed: detector, exe, sha256, user, cmdline, image, subject, reason, expires"},
		{"entry with a bad date", "[[threats.allow]]\nexe=\"/x\"\nreason=\"a\"\nexpires = \"soon\"",
			`:4:1: threats.allow[0].expires: found "soon"; allowed: a date such as 2027-01-31`},
		{"inline entry", "threats.allow = [ { user = \"a\", exe = \"x\", reason = \"a\" } ]",
			`:1:33: threats.allow[0].exe: found "x"; allowed: an absolute path, or a pattern for one`},
		{"key binding", "[keys]\nquit = \"q\"", `:2:1: keys.quit: found "q"; allowed: an action with a list of keys, such as quit = ["q", "ctrl+c"]`},
		{"filter", "[filters]\nbusy = 1", `:2:1: filters.busy: found 1; allowed: a name with a filter, such as busy = "cpu > 50%"`},
	} {
		path := write(t, c.text)
		_, _, err := Load(path, nil)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error is %v", c.name, err)
			continue
		}
		if e.File != path {
			t.Errorf("%s: File = %q, want %q", c.name, e.File, path)
		}
		if !strings.HasPrefix(strings.TrimPrefix(err.Error(), path), c.want) && !(c.want[0] != ':' && strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s:\n got %s\nwant FILE%s", c.name, err, c.want)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, _, err := Load(write(t, "[ui]\nmouse = 1\ncolour = true\n[performance]\nparallel_workers = 99\n[serve]\nlisten=\":80\"\n"), nil)
	var all Errors
	if !errors.As(err, &all) {
		t.Fatalf("error is %v", err)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.Key)
	}
	want := []string{"ui.mouse", "ui.colour", "performance.parallel_workers", "serve.listen"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys in the order of the file (-want +got):\n%s", diff)
	}
}

func TestValidateBlamesTheFlag(t *testing.T) {
	c := Default()
	c.Monitor.Interval = time.Millisecond
	var o Origins
	o.SetFlag("monitor.interval", "--interval")
	err := c.Validate(o)
	want := `--interval: monitor.interval: found "1ms"; allowed: a duration from "100ms" to "1h"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRenderLoadsBack(t *testing.T) {
	c := Default()
	c.Monitor.Window = 90 * time.Minute / 2
	c.Threats.Disabled = []string{"a.b", `q"uo\te`}
	c.Keys = map[string][]string{"quit": {"q", "ctrl+c"}, "odd name": {"x"}}
	c.Filters = map[string]string{"busy": "cpu > 5%\n"}
	c.Threats.Allow = []Allow{{Cmdline: "*\x1b[31m*", Reason: "x", Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)}}
	var b bytes.Buffer
	if err := Render(&b, &c, Origins{File: "/etc/\x1b[2Jx"}); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexFunc(b.String(), func(r rune) bool { return r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("a control character is written: %q", b.String()[i:])
	}
	back, _, err := Load(write(t, b.String()), nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if diff := cmp.Diff(c, back); diff != "" {
		t.Errorf("(-rendered +loaded):\n%s", diff)
	}
}

func TestRenderTellsOrigins(t *testing.T) {
	path := write(t, "[monitor]\ninterval = \"5s\"\n")
	c, o, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Monitor.Source = "procfs"
	o.SetFlag("monitor.source", "--source")
	var b bytes.Buffer
	if err := Render(&b, &c, o); err != nil {
		t.Fatal(err)
	}
	for _, want := range [][2]string{
		{`interval = "5s"`, "# " + path + ":2"}, {`source = "procfs"`, "# --source"}, {`history = "30m"`, "# default"},
	} {
		found := false
		for line := range strings.Lines(b.String()) {
			found = found || strings.HasPrefix(line, want[0]+" ") && strings.HasSuffix(line, want[1]+"\n")
		}
		if !found {
			t.Errorf("no line %q … %q in\n%s", want[0], want[1], b.String())
		}
	}
}

func FuzzParse(f *testing.F) {
	shipped, err := os.ReadFile(filepath.Join("..", "config.toml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shipped)
	f.Add([]byte("[[threats.allow]]\nexe = '/x'\nreason = \"\"\"a\nb\"\"\"\nexpires = 2027-01-31\n"))
	f.Add([]byte("threats = {allow = [{exe='/x', reason='y'}], brute_force.failures = 3}"))
	f.Add([]byte("[[a.b]]\n[[a.b.c]]\n[a.b.d]\nx=[[{y=1}]]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, o, err := parse("f", data)
		if err != nil {
			if strings.ContainsFunc(strings.ReplaceAll(err.Error(), "\n", ""), func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("the error for %q holds a control character: %q", data, err)
			}
			return
		}
		var b bytes.Buffer
		if err := Render(&b, &c, o); err != nil {
			t.Fatal(err)
		}
		back, _, err := parse("g", b.Bytes())
		if err != nil {
			t.Fatalf("%q loads, and rendered it does not: %v\n%s", data, err, b.String())
		}
		if c.Keys == nil {
			c.Keys = map[string][]string{}
		}
		if c.Filters == nil {
			c.Filters = map[string]string{}
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Errorf("%q (-loaded +rendered and loaded):\n%s", data, diff)
		}
	})
}
