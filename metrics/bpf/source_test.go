//go:build linux && (amd64 || arm64)

package bpf

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// kernelPidNS is the inode number of the first pid namespace, PROC_PID_INIT_INO.
const kernelPidNS = 0xeffffffc

// one finds a process in a reading.
func one(t *testing.T, procs []metrics.Process, pid int32) *metrics.Process {
	t.Helper()
	s := metrics.Snapshot{Processes: procs}
	i := s.Find(pid)
	if i < 0 {
		t.Fatalf("pid %d is not listed", pid)
	}
	return &procs[i]
}

func TestListIsSortedAndWhole(t *testing.T) {
	s := openSource(t, procReaders())
	procs := list(t, s)
	if !slices.IsSortedFunc(procs, func(a, b metrics.Process) int { return int(a.Key.PID - b.Key.PID) }) {
		t.Error("not sorted by pid")
	}
	for i := range procs {
		if procs[i].ID == nil || procs[i].Security == nil {
			t.Fatalf("pid %d has no identity or no credentials", procs[i].Key.PID)
		}
	}
	self := one(t, procs, int32(os.Getpid()))
	if self.ID.Exe == "" || self.State != 'R' && self.State != 'S' {
		t.Errorf("this process: exe %q, state %c", self.ID.Exe, self.State)
	}
	kthreads := 0
	for i := range procs {
		if p := &procs[i]; p.Kthread() {
			kthreads++
			if p.ID.Exe != "" || p.ID.Cmdline != "" || !p.Has(metrics.HasCmdline|metrics.HasExeFile) || p.Deleted() {
				t.Errorf("kernel thread %d: %+v", p.Key.PID, p.ID)
			}
		}
	}
	if self.ID.Namespaces.Pid == kernelPidNS && kthreads == 0 {
		t.Error("no kernel threads")
	}
}

func TestEqualToProc(t *testing.T) {
	s := openSource(t, procReaders())
	for name, c := range map[string]struct {
		act    string
		change func(*exec.Cmd)
	}{
		"idle":              {"idle", nil},
		"work":              {"work", nil},
		"rename":            {"rename", nil},
		"threads":           {"threads", nil},
		"nice":              {"renice", nil},
		"no new privileges": {"nonewprivs", nil},
		"another user": {"idle", func(c *exec.Cmd) {
			c.SysProcAttr.Credential = &syscall.Credential{Uid: 12345, Gid: 54321, NoSetGroups: true}
			c.Path, c.Dir = copyProgram(t), "/"
		}},
		"own namespaces": {"idle", func(c *exec.Cmd) {
			c.SysProcAttr.Cloneflags = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET |
				syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUSER
		}},
		"no environment but one": {"idle", func(c *exec.Cmd) { c.Env = []string{childMode + "=idle"} }},
	} {
		t.Run(name, func(t *testing.T) {
			c := startChild(t, c.act, c.change)
			settle(t, c.pid)
			sameAsProc(t, one(t, list(t, s), c.pid))
			sameAsProc(t, one(t, list(t, s), c.pid)) // reused
		})
	}
}

func TestPlainProgramEqualToProc(t *testing.T) {
	s := openSource(t, procReaders())
	cmd := exec.Command("/bin/sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	settle(t, int32(cmd.Process.Pid))
	sameAsProc(t, one(t, list(t, s), int32(cmd.Process.Pid)))
}

func TestTracer(t *testing.T) {
	s := openSource(t, procReaders())
	tracee := startChild(t, "idle", nil)
	startChild(t, "tracer", func(c *exec.Cmd) { c.Env = append(c.Env, "TRACEE="+strconv.Itoa(int(tracee.pid))) })
	settle(t, tracee.pid)
	p := one(t, list(t, s), tracee.pid)
	if p.TracerPID == 0 {
		t.Error("no tracer")
	}
	sameAsProc(t, p)
}
