package detectors

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// roleVariable tells the test binary to be a process for the tests to find,
// instead of running them.
const roleVariable = "SMOOTHTASK_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := play(role, os.Args[1:]); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		time.Sleep(5 * time.Minute)
		return
	}
	os.Exit(m.Run())
}

// play brings this process into the state that a detector is to find.
func play(role string, args []string) error {
	page := os.Getpagesize()
	switch role {
	case "rename":
		return os.WriteFile("/proc/self/comm", []byte(args[0]), 0)
	case "rwx":
		_, err := unix.Mmap(-1, 0, page, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
		return err
	case "memfd code":
		fd, err := unix.MemfdCreate("smoothtask-test", 0)
		if err == nil {
			err = unix.Ftruncate(fd, int64(page))
		}
		if err == nil {
			_, err = unix.Mmap(fd, 0, page, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE)
		}
		return err
	case "open memory":
		_, err := os.Open("/proc/" + args[0] + "/mem")
		return err
	case "trace":
		runtime.LockOSThread() // the tracer is a thread
		pid, err := strconv.Atoi(args[0])
		if err == nil {
			err = unix.PtraceSeize(pid)
		}
		if err == nil {
			time.Sleep(5 * time.Minute)
		}
		return err
	}
	return os.ErrInvalid
}

// player runs the test binary in a role.
func player(role string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), roleVariable+"="+role)
	return c
}
