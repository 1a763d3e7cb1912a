package metrics

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A child says which privileges it was left, and ends.
func init() {
	if os.Getenv("SMOOTHTASK_HELD") == "" {
		return
	}
	for p := Trace; p < WholeProc; p++ {
		fmt.Print(p.Held(), " ")
	}
	os.Exit(0)
}

func TestHeld(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("giving a child capabilities takes root")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "held")
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(program, self, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		caps []uintptr
		want string // Trace, TraceFiles, ReadFiles, ReadLogs, LoadBPF, ListBPF
	}{
		"none":              {nil, "false false false false false false"},
		"ptrace":            {[]uintptr{unix.CAP_SYS_PTRACE}, "true false false false false false"},
		"ptrace and search": {[]uintptr{unix.CAP_SYS_PTRACE, unix.CAP_DAC_READ_SEARCH}, "true true true true false false"},
		"override":          {[]uintptr{unix.CAP_DAC_OVERRIDE}, "false false true true false false"},
		"bpf":               {[]uintptr{unix.CAP_BPF, unix.CAP_PERFMON}, "false false false false true false"},
		"admin":             {[]uintptr{unix.CAP_SYS_ADMIN}, "false false false false true true"},
	} {
		cmd := exec.Command(program)
		cmd.Dir = "/"
		cmd.Env = []string{"SMOOTHTASK_HELD=1"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}, AmbientCaps: tc.caps}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		if got := strings.TrimSpace(string(out)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
