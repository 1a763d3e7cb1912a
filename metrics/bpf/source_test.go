//go:build linux && (amd64 || arm64)

package bpf

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/internal/proctest"
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
	bothWays(t, procReaders(), func(t *testing.T, s *Source) {
		procs := list(t, s)
		if !slices.IsSortedFunc(procs, func(a, b metrics.Process) int { return int(a.Key.PID - b.Key.PID) }) {
			t.Error("not sorted by pid")
		}
		kthreads := 0
		for i := range procs {
			p := &procs[i]
			if p.ID == nil || p.Security == nil {
				t.Fatalf("pid %d has no identity or no credentials", p.Key.PID)
			}
			if !p.Kthread() {
				continue
			}
			kthreads++
			if p.ID.Exe != "" || p.ID.Cmdline != "" || !p.Has(metrics.HasCmdline|metrics.HasExeFile) || p.Deleted() {
				t.Errorf("kernel thread %d: %+v", p.Key.PID, p.ID)
			}
		}
		self := one(t, procs, int32(os.Getpid()))
		if self.ID.Exe == "" || self.State != 'R' && self.State != 'S' {
			t.Errorf("this process: exe %q, state %c", self.ID.Exe, self.State)
		}
		if self.ID.Namespaces.Pid == kernelPidNS && kthreads == 0 {
			t.Error("no kernel threads")
		}
	})
}

// Every process that /proc lists before and after is in the list, except for those
// that the kernel does not show to eBPF programs.
func TestNoneIsMissing(t *testing.T) {
	opts := procReaders()
	bothWays(t, opts, func(t *testing.T, s *Source) {
		before, err := opts.ListPids(nil)
		if err != nil {
			t.Fatal(err)
		}
		snapshot := metrics.Snapshot{Processes: list(t, s)}
		after, err := opts.ListPids(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, pid := range before {
			if slices.Contains(after, pid) && snapshot.Find(pid) < 0 && pid != 1 {
				t.Errorf("pid %d is not listed", pid)
			}
		}
	})
}

func TestEqualToProc(t *testing.T) {
	for name, c := range map[string]struct {
		act    string
		change func(*exec.Cmd)
	}{
		"idle":              {"idle", nil},
		"work":              {"work", nil},
		"rename":            {"rename", nil},
		"threads":           {"threads", nil},
		"nice":              {"renice", nil},
		"title":             {"title", nil},
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
			bothWays(t, procReaders(), func(t *testing.T, s *Source) {
				settle(t, c.pid)
				sameAsProc(t, one(t, list(t, s), c.pid))
				sameAsProc(t, one(t, list(t, s), c.pid)) // reused
			})
		})
	}
}

func TestPlainProgramEqualToProc(t *testing.T) {
	pid := proctest.Crowd(t, 1)[0]
	bothWays(t, procReaders(), func(t *testing.T, s *Source) {
		settle(t, pid)
		p := one(t, list(t, s), pid)
		sameAsProc(t, p)
		q := tell(t, pid)
		if n := q.column(t, "voluntary_ctxt_switches", 0); p.VoluntarySwitches != n {
			t.Errorf("%d voluntary switches, /proc has %d", p.VoluntarySwitches, n)
		}
		if n := q.column(t, "nonvoluntary_ctxt_switches", 0); p.InvoluntarySwitches != n {
			t.Errorf("%d involuntary switches, /proc has %d", p.InvoluntarySwitches, n)
		}
	})
}

func TestZombieEqualToProc(t *testing.T) {
	pid, err := syscall.ForkExec("/bin/true", []string{"true"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Wait4(pid, nil, 0, nil) })
	// A look at /proc before the end would count: what it has told of user and system
	// time does not fall.
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	bothWays(t, procReaders(), func(t *testing.T, s *Source) {
		p := one(t, list(t, s), int32(pid))
		sameAsProc(t, p)
		if p.State != 'Z' || p.Deleted() {
			t.Errorf("state %c, deleted %v", p.State, p.Deleted())
		}
	})
}

func TestTracer(t *testing.T) {
	tracee := startChild(t, "idle", nil)
	startChild(t, "tracer", func(c *exec.Cmd) { c.Env = append(c.Env, "TRACEE="+strconv.Itoa(int(tracee.pid))) })
	bothWays(t, procReaders(), func(t *testing.T, s *Source) {
		settle(t, tracee.pid)
		p := one(t, list(t, s), tracee.pid)
		if p.TracerPID == 0 {
			t.Error("no tracer")
		}
		sameAsProc(t, p)
	})
}

func TestDeletedProgram(t *testing.T) {
	name := copyProgram(t)
	c := startChild(t, "idle", func(c *exec.Cmd) { c.Path = name })
	bothWays(t, procReaders(), func(t *testing.T, s *Source) {
		p := one(t, list(t, s), c.pid)
		if p.ID.Exe != name {
			t.Errorf("exe %q, want %q", p.ID.Exe, name)
		}
	})
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	bothWays(t, procReaders(), func(t *testing.T, s *Source) {
		p := one(t, list(t, s), c.pid)
		if !p.Deleted() || p.ID.Exe != name {
			t.Errorf("deleted %v, exe %q, want %q", p.Deleted(), p.ID.Exe, name)
		}
	})
}

// In a pid namespace of its own, the program sees what is in there, by the numbers
// that hold there.
func TestWithinPidNamespace(t *testing.T) {
	check(t, func() error {
		s, err := New(Options{})
		if err == nil {
			s.Close()
		}
		return err
	}())
	startChild(t, "nested", func(c *exec.Cmd) {
		c.SysProcAttr.Cloneflags = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS
	})
}

func TestUnprivileged(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to give it up in a child")
	}
	startChild(t, "unprivileged", func(c *exec.Cmd) {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: 12345, Gid: 54321, NoSetGroups: true}
		c.Path, c.Dir = copyProgram(t), "/"
	})
}
