package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// command is the program without the settings of whoever runs the test.
func command(t *testing.T, args ...string) *exec.Cmd {
	home := t.TempDir()
	cmd := exec.Command(binary, args...)
	cmd.Dir = home
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8"}
	return cmd
}

// background starts the program without a terminal. told returns the next line that
// it writes to stderr with the text in it.
func background(t *testing.T, args ...string) (cmd *exec.Cmd, told func(text string) string) {
	t.Helper()
	cmd = command(t, args...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	run(t, cmd)
	late := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	t.Cleanup(func() { late.Stop() })
	lines := bufio.NewScanner(stderr)
	return cmd, func(text string) string {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return lines.Text()
			}
		}
		t.Fatalf("%q was not told: %v", text, lines.Err())
		return ""
	}
}

// output runs the program to its end, without a terminal.
func output(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := command(t, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOnceFollowsTheSchemaWithEverySource(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../report/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	child := sleeper(t)
	for _, source := range []string{"auto", "procfs", "gopsutil", "ebpf"} {
		t.Run(source, func(t *testing.T) {
			out, errs, code := output(t, "--once", "--format", "json", "--source", source, "--window", "100ms")
			if code == exitUsage && source == "ebpf" && strings.Contains(errs, "cannot work on this machine") {
				t.Skipf("no eBPF here: %s", errs)
			}
			if code != 0 || errs != "" {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Error(err)
			}
			var d struct {
				Processes []struct {
					PID     int
					Comm    string
					Cmdline []string
				}
				Self struct {
					KPIs []struct {
						Name string
						Met  bool
					}
				}
			}
			if err := json.Unmarshal([]byte(out), &d); err != nil {
				t.Fatal(err)
			}
			found := false
			for _, p := range d.Processes {
				// Its arguments may come later when thousands of others are new.
				found = found || p.PID == child.Process.Pid && p.Comm == "sleep" && len(p.Cmdline)%2 == 0
			}
			if !found || len(d.Self.KPIs) != 5 {
				t.Errorf("the child was found: %v; %d KPIs", found, len(d.Self.KPIs))
			}
		})
	}
}

func TestEveryFormatPrintsSomething(t *testing.T) {
	for format := range formats {
		out, errs, code := output(t, "--once", "--format", format, "--window", "0")
		if code != 0 || errs != "" || out == "" && format != "ocsf" && format != "ecs" {
			t.Errorf("%s: exit code %d, %d bytes: %s", format, code, len(out), errs)
		}
		if strings.Contains(out, "\x1b") {
			t.Errorf("%s: an escape sequence without a terminal", format)
		}
	}
}

func TestFilterOfAReport(t *testing.T) {
	child := sleeper(t)
	out, errs, code := output(t, "--once", "--format", "json", "--window", "0", "--filter", fmt.Sprintf("pid=%d", child.Process.Pid))
	var d struct{ Processes []struct{ PID int } }
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
		t.Fatalf("exit code %d: %s %v", code, errs, err)
	}
	if len(d.Processes) != 1 || d.Processes[0].PID != child.Process.Pid {
		t.Errorf("%+v", d.Processes)
	}
}

func TestFailOn(t *testing.T) {
	kthread := exec.Command("sleep", "1000")
	kthread.Args[0] = "[kworker/7:7]"
	run(t, kthread)
	if _, errs, code := output(t, "--once", "--fail-on", "high"); code != exitFindings {
		t.Errorf("exit code %d with a process that poses as a kernel thread: %s", code, errs)
	}
	if _, errs, code := output(t, "--once"); code != exitOK {
		t.Errorf("exit code %d without --fail-on: %s", code, errs)
	}
}

func TestBadInput(t *testing.T) {
	config := file(t, "bad.toml", "[performance]\nparallel_workers = 'many'\nnonsense = 1\n")
	rule := file(t, "bad.yml", "title: x\ndetection:\n  a:\n    Image|nonsense: y\n  condition: a\n")
	indicators := file(t, "bad.txt", "192.0.2.1\nno address\n")
	broken := file(t, "base.json", "{\n\"version\": 1,\n")
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"--once"}},
		{[]string{"--no-such-flag"}, []string{"--no-such-flag", "--help"}},
		{[]string{"no-such-command"}, []string{"no-such-command"}},
		{[]string{"--once", "--format", "xml"}, []string{"xml", "prometheus"}},
		{[]string{"--once", "--source", "magic"}, []string{"magic", "procfs"}},
		{[]string{"--once", "--interval", "1ns"}, []string{"--interval", "1ns"}},
		{[]string{"--once", "--fail-on", "awful"}, []string{"awful", "critical"}},
		{[]string{"--once", "--filter", "rss>>1"}, []string{"column 5"}},
		{[]string{"--once", "--filter", "nosuchfield=1"}, []string{"nosuchfield"}},
		{[]string{"--once", "--config", config}, []string{"bad.toml:2", "performance.parallel_workers", "many", "bad.toml:3", "nonsense"}},
		{[]string{"--once", "--config", "/no/such/file.toml"}, []string{"/no/such/file.toml"}},
		{[]string{"config", "check", config}, []string{"bad.toml:2"}},
		{[]string{"config", "check", file(t, "keys.toml", "[keys]\nquit = ['k']\n")}, []string{"keys.toml", `"k"`, "quit"}},
		{[]string{"--once", "--rules", filepath.Dir(rule)}, []string{"bad.yml:4", "nonsense"}},
		{[]string{"--once", "--rules", "/no/such/rules"}, []string{"/no/such/rules"}},
		{[]string{"--once", "--baseline", broken}, []string{"base.json"}},
		{[]string{"--once", "--baseline", "/no/such/base.json"}, []string{"/no/such/base.json"}},
		{[]string{"--once", "--baseline", fifo}, []string{fifo, "not a regular file"}},
		{[]string{"--once", "--config", file(t, "i.toml", fmt.Sprintf("[threats]\nindicators = [%q]\n", indicators))}, []string{"bad.txt:2", "no address"}},
		{[]string{"--once", "--config", file(t, "d.toml", "[threats]\ndisabled = ['no.such']\n")}, []string{"no.such"}},
		{[]string{"--once", "--pprof", "0.0.0.0:7777"}, []string{"loopback"}},
		{[]string{"serve", "--listen", "0.0.0.0:0"}, []string{"loopback"}},
		{[]string{"bench", "-n", "0"}, []string{"--cycles"}},
		{[]string{"bench", "-n", "-3"}, []string{"--cycles", "-3"}},
		{[]string{"bench", "--pause", "-1s"}, []string{"--pause", "-1s"}},
		{[]string{"bench", "--format", "xml"}, []string{"xml", "json"}},
	} {
		out, errs, code := output(t, tt.args...)
		if code != exitUsage || out != "" {
			t.Errorf("%q: exit code %d, %d bytes on stdout", tt.args, code, len(out))
		}
		for _, w := range tt.want {
			if !strings.Contains(errs, w) {
				t.Errorf("%q: %q is not in %q", tt.args, w, errs)
			}
		}
	}
}

// TestAFullDiskIsAFailure writes to a device that is always full, full(4).
func TestAFullDiskIsAFailure(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	for _, args := range [][]string{
		{"--once", "--window", "0"},
		{"--once", "--window", "0", "--format", "json"},
		{"bench", "-n", "1"},
		{"bench", "-n", "1", "--format", "json"},
		{"config", "show"},
	} {
		cmd := command(t, args...)
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &errs
		cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%q: exit code %d: %s", args, code, &errs)
		}
	}
}

// TestAnInterruptedReportIsAFailure: who asked with --fail-on must not take it for
// one that found nothing.
func TestAnInterruptedReportIsAFailure(t *testing.T) {
	// The address of --pprof is told once signals are taken.
	cmd, told := background(t, "--once", "--window", "1h", "--fail-on", "low", "--pprof", "127.0.0.1:0")
	told("profiles at http://127.0.0.1:")
	cmd.Process.Signal(syscall.SIGTERM)
	told("interrupted before the report")
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
}

func TestConfigShowLoadsBack(t *testing.T) {
	out, errs, code := output(t, "config", "show")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if _, errs, code := output(t, "config", "check", file(t, "shown.toml", out)); code != 0 {
		t.Errorf("what config show prints does not load: %s", errs)
	}
	out, _, _ = output(t, "config", "show", "--source", "procfs")
	if !strings.Contains(out, "--source") {
		t.Error("the origin of a setting from a flag is not told")
	}
}

func TestBaselineFindsWhatChanged(t *testing.T) {
	dir := t.TempDir()
	base := filepath.Join(dir, "base.json")
	if _, errs, code := output(t, "baseline", "save", base); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	out, errs, code := output(t, "--once", "--format", "json", "--baseline", base)
	var d struct {
		Threats struct {
			Baseline string
			Changes  []struct{ Kind, Op, Name string }
		}
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
		t.Fatalf("exit code %d: %s %v", code, errs, err)
	}
	if d.Threats.Baseline != base {
		t.Errorf("baseline %q", d.Threats.Baseline)
	}
}
