//go:build linux

package procfs

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The test binary started with this variable is a process to look at: it reads
// commands from its standard input, does what they say, and answers each with a
// line. It ends with its input.
const childVar = "SMOOTHTASK_PROCFS_CHILD"

// The main thread is locked, as it is before main begins only: prctl(2) names the
// thread, and the process by its first.
func init() {
	if os.Getenv(childVar) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		child(os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var ballast []byte

func child(in io.Reader) {
	commands := bufio.NewScanner(in)
	for fmt.Println("ready"); commands.Scan(); fmt.Println("done") {
		verb, arg, _ := strings.Cut(commands.Text(), " ")
		switch verb {
		case "burn":
			d, _ := time.ParseDuration(arg)
			for end := clock(unix.CLOCK_PROCESS_CPUTIME_ID) + d; clock(unix.CLOCK_PROCESS_CPUTIME_ID) < end; {
			}
		case "allocate":
			ballast = make([]byte, 64<<20)
			for i := 0; i < len(ballast); i += 4096 {
				ballast[i] = 1
			}
		case "write":
			writeFile(arg)
		case "rename":
			name := []byte(strings.ReplaceAll(arg, "NL", "\n") + "\x00")
			_, _, _ = unix.Syscall(unix.SYS_PRCTL, unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0)
		case "threads":
			threads()
		case "chdir":
			_ = os.Chdir(arg)
		case "exec":
			env := append(os.Environ(), "GENERATION=2")
			_ = syscall.Exec("/proc/self/exe", strings.Fields(arg), env)
		case "unprivileged":
			unprivileged(arg)
		}
	}
}

func clock(id int32) time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(id, &ts)
	return time.Duration(ts.Nano())
}

// writeFile writes 8 MiB to storage.
func writeFile(path string) {
	f, err := os.Create(path)
	if err != nil {
		return
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for range 8 {
		_, _ = f.Write(block)
	}
	_ = f.Sync()
}

// threads burns 200 ms on threads that end: their time is the process's.
func threads() {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			runtime.LockOSThread() // and not unlocked, so that the thread ends
			for end := clock(unix.CLOCK_THREAD_CPUTIME_ID) + 50*time.Millisecond; clock(unix.CLOCK_THREAD_CPUTIME_ID) < end; {
			}
		})
	}
	all.Wait()
}

// kid is a running child.
type kid struct {
	t   *testing.T
	pid int32
	in  io.WriteCloser
	out *bufio.Scanner
}

func start(t *testing.T, args ...string) *kid {
	t.Helper()
	return startFile(t, "/proc/self/exe", append([]string{"child"}, args...)...)
}

// startFile starts a copy of the test binary.
func startFile(t *testing.T, path string, args ...string) *kid {
	t.Helper()
	cmd := exec.Command(path)
	if len(args) > 0 {
		cmd.Args = args
	}
	cmd.Env = append(os.Environ(), childVar+"=1")
	cmd.Stderr = os.Stderr
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
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	k := &kid{t: t, pid: int32(cmd.Process.Pid), in: in, out: bufio.NewScanner(out)}
	k.expect("ready")
	return k
}

func (k *kid) expect(want string) {
	k.t.Helper()
	if !k.out.Scan() || k.out.Text() != want {
		k.t.Fatalf("the child says %q, want %q", k.out.Text(), want)
	}
}

// do has the child carry out a command.
func (k *kid) do(command string) {
	k.t.Helper()
	answer := "done"
	if strings.HasPrefix(command, "exec") {
		answer = "ready"
	}
	if _, err := fmt.Fprintln(k.in, command); err != nil {
		k.t.Fatal(err)
	}
	k.expect(answer)
}
