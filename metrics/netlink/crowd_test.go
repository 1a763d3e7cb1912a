//go:build linux

package netlink

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// The test binary runs itself as a child that holds sockets. What a child does is
// said by this variable; it ends when its standard input does, or its parent.
const roleVariable = "SMOOTHTASK_NETLINK_CHILD"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		child(role)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(role string) {
	var keep []any
	switch n, err := strconv.Atoi(role); {
	case err == nil:
		keep = pairs(n)
	case strings.HasPrefix(role, "unprivileged "):
		if err := unprivileged(strings.TrimPrefix(role, "unprivileged ")); err != nil {
			panic(err)
		}
		return
	case role == "namespace":
		runtime.LockOSThread() // the namespace is that of a thread
		l, err := namespace()
		if err != nil {
			fmt.Println(err)
		}
		keep = append(keep, l)
	case role == "gap":
		// A socket far above the other descriptors.
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			panic(err)
		}
		if err := syscall.Dup3(int(f.Fd()), 77, syscall.O_CLOEXEC); err != nil {
			panic(err)
		}
		f.Close()
		l.Close()
	case role == "descriptors":
		for range 5000 {
			f, err := os.Open("/dev/null")
			if err != nil {
				panic(err)
			}
			keep = append(keep, f)
		}
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		keep = append(keep, l)
		fmt.Println(l.Addr().(*net.TCPAddr).Port)
	}
	fmt.Println("ready")
	_, _ = os.Stdin.Read(make([]byte, 1))
	_ = keep
}

// pairs makes n established connections to itself: 2 n sockets.
func pairs(n int) (keep []any) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	keep = append(keep, l)
	for range n {
		c, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			panic(err)
		}
		a, err := l.Accept()
		if err != nil {
			panic(err)
		}
		// Reset at the end, so that no TIME_WAIT stays behind for a minute.
		c.(*net.TCPConn).SetLinger(0)
		a.(*net.TCPConn).SetLinger(0)
		keep = append(keep, c, a)
	}
	return keep
}

// startChild starts this binary in a role, with extra files from descriptor 3 on,
// and waits until it is ready. It returns the lines that came before.
func startChild(t testing.TB, role string, files ...*os.File) (pid int32, lines []string) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.ExtraFiles = files
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
		cmd.Process.Kill()
		cmd.Wait()
	})
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		if scan.Text() == "ready" {
			return int32(cmd.Process.Pid), lines
		}
		lines = append(lines, scan.Text())
	}
	t.Fatalf("the child %q ended before it was ready: %v", role, scan.Err())
	return 0, nil
}

// processes lists all processes as far as the search needs them: key, user, CPU
// time, kernel thread.
func processes(t testing.TB) []metrics.Process {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var list []metrics.Process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, ok := process(int32(pid)); ok {
			list = append(list, p)
		}
	}
	sortByPID(list)
	return list
}

// eventually repeats check until it is true, or fails the test.
func eventually(t testing.TB, what string, check func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); ; {
		if check() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not within 90 s: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func inodeOf(t testing.TB, fd int) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}
