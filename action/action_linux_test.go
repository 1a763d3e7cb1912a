package action

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// TestMain lets the test binary be its own child with several threads, which
// waits until its standard input closes.
func TestMain(m *testing.M) {
	if os.Getenv("ACTION_TEST_CHILD") != "" {
		var threads sync.WaitGroup
		threads.Add(5)
		for range 5 {
			go func() { runtime.LockOSThread(); threads.Done(); select {} }()
		}
		threads.Wait()
		os.Stdout.WriteString("ready\n")
		os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child starts a process that sleeps until the test ends.
func child(t *testing.T) (*exec.Cmd, Target) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ACTION_TEST_CHILD=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	start, err := strconv.ParseUint(stat(t, cmd.Process.Pid)[19], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, Target{Key: metrics.ProcKey{PID: int32(cmd.Process.Pid), Start: start}}
}

// stat gives the fields of /proc/PID/stat from the state on.
func stat(t *testing.T, pid int) []string {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
}

// eventually waits until the process is in the state.
func eventually(t *testing.T, pid int, state string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); stat(t, pid)[0] != state; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("state is %s, want %s", stat(t, pid)[0], state)
		}
	}
}

func expect(t *testing.T, r Result, want Outcome) {
	t.Helper()
	if r.Outcome != want {
		t.Errorf("%v: outcome %v, want %v", r, r.Outcome, want)
	}
}

func TestSignalEndsTheTarget(t *testing.T) {
	cmd, target := child(t)
	expect(t, New(Options{}).Signal(target, unix.SIGTERM), Done)
	cmd.Wait()
	if ws := cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signal() != unix.SIGTERM {
		t.Errorf("the child ended by %v", ws.Signal())
	}
}

func TestReusedPidIsNotHit(t *testing.T) {
	cmd, target := child(t)
	for _, off := range []int64{-1, +1} {
		other := target
		other.Key.Start += uint64(off)
		expect(t, New(Options{}).Signal(other, unix.SIGKILL), Vanished)
		expect(t, New(Options{}).Renice(other, 5), Vanished)
	}
	if f := stat(t, cmd.Process.Pid); f[0] == "Z" || f[16] != "0" {
		t.Errorf("the process was touched: state %s, nice %s", f[0], f[16])
	}
}

func TestVanished(t *testing.T) {
	cmd, target := child(t)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, cmd.Process.Pid, "Z")
	// Its first thread may be a zombie while others have yet to end.
	for end := time.Now().Add(30 * time.Second); New(Options{}).Signal(target, 0).Outcome != Vanished && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	expect(t, New(Options{}).Signal(target, unix.SIGTERM), Vanished) // a zombie
	cmd.Wait()
	expect(t, New(Options{}).Signal(target, unix.SIGTERM), Vanished)
	expect(t, New(Options{}).Renice(target, 5), Vanished)
}

func TestStopAndContinue(t *testing.T) {
	cmd, target := child(t)
	o := New(Options{})
	expect(t, o.Stop(target), Done)
	eventually(t, cmd.Process.Pid, "T")
	expect(t, o.Continue(target), Done)
	eventually(t, cmd.Process.Pid, "S")
}

func TestReniceReachesAllThreads(t *testing.T) {
	cmd, target := child(t)
	expect(t, New(Options{}).Renice(target, 7), Done)
	tids, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if len(tids) < 5 {
		t.Fatalf("the child has %d threads", len(tids))
	}
	for _, e := range tids {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		prio, err := unix.Getpriority(unix.PRIO_PROCESS, tid) // the system call gives 20 − nice
		if err != nil || 20-prio != 7 {
			t.Errorf("thread %d has nice %d, %v", tid, 20-prio, err)
		}
	}
}

func TestDeniedSaysWhatIsNeeded(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user in one thread")
	}
	cmd, target := child(t)
	results := make(chan [2]Result)
	go func() {
		// The raw call changes this thread alone. The thread is not unlocked, so
		// it ends with the goroutine.
		runtime.LockOSThread()
		const nobody = 65534
		if _, _, errno := syscall.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
			t.Error(errno)
			close(results)
			return
		}
		o := New(Options{})
		results <- [2]Result{o.Signal(target, unix.SIGKILL), o.Renice(target, 5)}
	}()
	for _, r := range <-results {
		expect(t, r, Denied)
		if r.Problem != "operation not permitted (EPERM)" || !strings.HasPrefix(r.Needs, "root, CAP_") {
			t.Errorf("%+v", r)
		}
	}
	if f := stat(t, cmd.Process.Pid); f[0] == "Z" || f[16] != "0" {
		t.Errorf("the process was touched: state %s, nice %s", f[0], f[16])
	}
}

func TestNothingStaysOpen(t *testing.T) {
	_, target := child(t)
	o := New(Options{})
	wrong := target
	wrong.Key.Start++
	before := openFiles(t)
	for range 20 {
		o.Signal(target, unix.SIGWINCH)
		o.Renice(target, 0)
		o.Signal(wrong, unix.SIGWINCH)
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}
