package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rulesCommand runs "rules ARGS" by itself and returns what it wrote and its exit code.
func rulesCommand(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	f := &flags{config: filepath.Join(t.TempDir(), "config.toml")}
	if err := os.WriteFile(f.config, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := newRules(f)
	cmd.PersistentFlags().StringArrayVar(&f.rules, "rules", nil, "")
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetArgs(args)
	code = exitCode(cmd.Execute(), &errs)
	return out.String(), errs.String(), code
}

const whoRule = `title: Who
id: 11111111-1111-4111-8111-111111111111
logsource: {category: process_creation, product: linux}
detection:
    selection:
        Image|endswith: /who
        User|expand: '%people%'
    condition: selection
`

func TestRulesEval(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "who.yml"), []byte(whoRule), 0o644); err != nil {
		t.Fatal(err)
	}
	event := `{"category":"process_creation","event":{"Image":"/usr/bin/who","User":"alice"}}` + "\n"
	hit := `{"match":["11111111-1111-4111-8111-111111111111"]}` + "\n"
	out, _, code := rulesCommand(t, event, "eval", "--rules", dir, "--placeholder", "people=alice", "-")
	if out != hit || code != exitOK {
		t.Errorf("from standard input: %q, exit %d", out, code)
	}
	file := filepath.Join(dir, "events.ndjson")
	if err := os.WriteFile(file, []byte(event), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _, code = rulesCommand(t, "", "eval", "--rules", dir, "--placeholder", "people=bob", file)
	if out != `{"match":[]}`+"\n" || code != exitOK {
		t.Errorf("from a file: %q, exit %d", out, code)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.yml"), []byte("title: Bad\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, stderr, code := rulesCommand(t, event, "eval", "--rules", dir, "--placeholder", "people=alice")
	if out != hit || code != exitUsage || !strings.Contains(stderr, "bad.yml:1:1: the section logsource is missing") {
		t.Errorf("beside a broken rule: %q, exit %d, %s", out, code, stderr)
	}
	if _, stderr, code := rulesCommand(t, "", "eval", filepath.Join(dir, "none")); code != exitUsage || stderr == "" {
		t.Errorf("without the file: exit %d, %s", code, stderr)
	}
}

func TestRulesCheck(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "who.yml")
	if err := os.WriteFile(file, []byte(whoRule), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _, code := rulesCommand(t, "", "check", file)
	if code != exitOK || !strings.Contains(out, "needs placeholder %people%") || !strings.Contains(out, "1 rule: 0 evaluable, 1 not evaluable; 0 problems") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(whoRule, "|endswith", "|ends", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _, code = rulesCommand(t, "", "check", dir)
	if code != exitUsage || !strings.Contains(out, file+`:6:9: unknown modifier "ends"; `) {
		t.Errorf("exit %d\n%s", code, out)
	}
}

func TestRulesList(t *testing.T) {
	out, _, code := rulesCommand(t, "", "list")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitOK || len(lines) < 41 || !strings.HasPrefix(lines[0], "ID") || !strings.Contains(out, "builtin/reverse_shell_dev_tcp.yml:1") {
		t.Errorf("exit %d, %d lines", code, len(lines))
	}
}
