//go:build linux && (amd64 || arm64)

package bpf

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// childMode tells a copy of the test program what to do instead of testing.
const childMode = "SMOOTHTASK_BPF_CHILD"

// A child acts on its first thread, the one that stands for the process.
func init() {
	if os.Getenv(childMode) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	mode := os.Getenv(childMode)
	if mode == "" {
		os.Exit(m.Run())
	}
	act, ok := childActs[mode]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such act:", mode)
		os.Exit(2)
	}
	if err := act(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	// Until the parent closes the other end.
	_, _ = io.Copy(io.Discard, os.Stdin)
}

var childActs = map[string]func() error{
	"idle":       func() error { return nil },
	"work":       work,
	"rename":     func() error { return unix.Prctl(unix.PR_SET_NAME, nameOf("re named)"), 0, 0, 0) },
	"threads":    threads,
	"renice":     func() error { return syscall.Setpriority(syscall.PRIO_PROCESS, 0, 7) },
	"nonewprivs": func() error { return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) },
	"tracer":     trace,
	"spin":       spin,
	"parent":     parent,
	"title":      title,
	"churn":      churn,
	"exec": func() error {
		return atEOF(func() error { return syscall.Exec("/bin/sleep", []string{"sleep", "600"}, os.Environ()) })
	},
	"renamelater": func() error {
		return atEOF(func() error {
			if err := unix.Prctl(unix.PR_SET_NAME, nameOf("re named)"), 0, 0, 0); err != nil {
				return err
			}
			time.Sleep(time.Hour)
			return nil
		})
	},
	"nested": nested,
	"unprivileged": func() error {
		if s, err := New(Options{}); !errors.Is(err, ErrUnsupported) || s != nil || !strings.Contains(err.Error(), "CAP_BPF") {
			return fmt.Errorf("without privilege: %w", err)
		}
		if s, err := NewSocketOwners(); !errors.Is(err, ErrUnsupported) || s != nil {
			return fmt.Errorf("without privilege: %w", err)
		}
		if err := NewScreener().Screen(context.Background(), everything, nil, nil); !errors.Is(err, ErrUnsupported) {
			return fmt.Errorf("without privilege: %w", err)
		}
		return nil
	},
}

// child is a running copy of the test program.
type child struct {
	*exec.Cmd
	pid   int32
	stdin io.Closer
	lines *bufio.Scanner
}

// startChild runs act in a child and waits until it is done; the child then waits.
func startChild(t *testing.T, act string, change func(*exec.Cmd)) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$", "--", act)
	cmd.Env = append(os.Environ(), childMode+"="+act)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if change != nil {
		change(cmd)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd, int32(cmd.Process.Pid), stdin, bufio.NewScanner(stdout)}
	t.Cleanup(c.end)
	if !c.await("ready") {
		t.Fatalf("the child %q ended without being ready", act)
	}
	return c
}

func (c *child) await(line string) bool {
	for c.lines.Scan() {
		if c.lines.Text() == line {
			return true
		}
	}
	return false
}

func (c *child) end() {
	_ = c.stdin.Close()
	_ = c.Process.Kill()
	_ = c.Wait()
}

func nameOf(s string) uintptr {
	b := append([]byte(s), 0)
	return uintptr(unsafe.Pointer(&b[0]))
}

// work burns CPU, allocates, reads and writes files.
func work() error {
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		syscall.Getppid()
	}
	held = make([]byte, 32<<20)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
	dir, err := os.MkdirTemp("", "bpf-child")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "file")
	for range 20 {
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(strings.Repeat("x", 100_000)); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		f.Close()
		if _, err := os.ReadFile(name); err != nil {
			return err
		}
	}
	return nil
}

var held []byte

// spin burns CPU until the end, beside the child's first thread.
func spin() error {
	go func() {
		for {
			syscall.Getppid()
		}
	}()
	return nil
}

// threads starts threads that work and end, and some that stay.
func threads() error {
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			for end := time.Now().Add(30 * time.Millisecond); time.Now().Before(end); {
				syscall.Getppid()
			}
		})
	}
	done.Wait()
	var up sync.WaitGroup
	for range 5 {
		up.Add(1)
		go func() {
			runtime.LockOSThread()
			for end := time.Now().Add(20 * time.Millisecond); time.Now().Before(end); {
				syscall.Getppid()
			}
			up.Done()
			select {}
		}()
	}
	up.Wait()
	return nil
}

// trace attaches to its parent's other child, whose pid is in the environment.
func trace() error {
	var pid int
	if _, err := fmt.Sscan(os.Getenv("TRACEE"), &pid); err != nil {
		return err
	}
	runtime.LockOSThread()
	const seize = 0x4206 // PTRACE_SEIZE, ptrace(2): does not stop it
	if _, _, e := syscall.Syscall6(syscall.SYS_PTRACE, seize, uintptr(pid), 0, 0, 0, 0); e != 0 {
		return e
	}
	fmt.Printf("tid %d\n", syscall.Gettid())
	return nil
}

// title writes over the arguments, as setproctitle(3) does.
func title() error {
	first, last := os.Args[0], os.Args[len(os.Args)-1]
	begin := unsafe.Pointer(unsafe.StringData(first))
	end := uintptr(unsafe.Pointer(unsafe.StringData(last))) + uintptr(len(last)) + 1
	args := unsafe.Slice((*byte)(begin), end-uintptr(begin))
	for i := range args {
		args[i] = 't'
	}
	return nil
}

// nested looks at the machine from within a pid namespace.
func nested() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return err
	}
	var traits [1]metrics.Traits
	if err := NewScreener().Screen(context.Background(), everything, []metrics.ProcKey{{PID: 1}}, traits[:]); !errors.Is(err, ErrUnsupported) {
		return fmt.Errorf("a screener that takes pids for those of the first namespace: %w", err)
	}
	sleep := exec.Command("/bin/sleep", "600")
	sleep.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := sleep.Start(); err != nil {
		return err
	}
	for _, walk := range []bool{true, false} {
		s, err := newSource(procReaders(), walk)
		if err != nil {
			return err
		}
		defer s.Close()
		procs, err := s.Append(context.Background(), nil)
		if err != nil {
			return err
		}
		if len(procs) != 2 || procs[0].Key.PID != 1 || procs[1].Key.PID != int32(sleep.Process.Pid) {
			return fmt.Errorf("walk %v: the processes are not the two of the namespace: %+v", walk, procs)
		}
		if procs[0].PPID != 0 || procs[1].PPID != 1 || procs[1].ID.Exe == "" || procs[0].Threads < 2 || procs[0].CPUNS() == 0 {
			return fmt.Errorf("walk %v: %+v, %+v", walk, procs, procs[1].ID)
		}
	}
	return nil
}

// parent starts a process that outlives it, and tells its pid.
func parent() error {
	pid, err := syscall.ForkExec("/bin/sleep", []string{"sleep", "600"}, nil)
	if err != nil {
		return err
	}
	fmt.Printf("ready\n%d\n", pid)
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}

// atEOF tells that all is ready, and acts when the parent closes the other end.
func atEOF(act func() error) error {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return act()
}

// churn starts threads that end soon, for ever.
func churn() error {
	for range 3 {
		go func() {
			for {
				done := make(chan struct{})
				go func() {
					runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
					for end := time.Now().Add(2 * time.Millisecond); time.Now().Before(end); {
						syscall.Getppid()
					}
					close(done)
				}()
				<-done
			}
		}()
	}
	return nil
}
