package proctest

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"testing"
)

// Crowd starts n sleeping copies of /bin/sleep and returns their pids. They end
// with the test, or with the program when it dies before.
func Crowd(tb testing.TB, n int) []int32 {
	tb.Helper()
	pids, stop, err := crowd(n)
	tb.Cleanup(stop)
	if err != nil {
		tb.Fatalf("proctest: a crowd of %d processes: %v", n, err)
	}
	return pids
}

// crowd starts the processes from a thread of its own, which waits until stop: the
// signal on the death of a parent, prctl(2) PR_SET_PDEATHSIG, comes with the death
// of the thread that forked.
func crowd(n int) (pids []int32, stop func(), err error) {
	started, end := make(chan struct{}), make(chan struct{})
	var gone sync.WaitGroup
	gone.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for range n {
			var pid int
			pid, err = sleeper()
			if err != nil {
				err = fmt.Errorf("start /bin/sleep, number %d: %w", len(pids)+1, err)
				break
			}
			pids = append(pids, int32(pid))
		}
		close(started)
		<-end
		for _, pid := range pids {
			_ = syscall.Kill(int(pid), syscall.SIGKILL)
		}
		for _, pid := range pids {
			_, _ = syscall.Wait4(int(pid), nil, 0, nil)
		}
	})
	<-started
	return pids, sync.OnceFunc(func() { close(end); gone.Wait() }), err
}

// sleeper starts one process, without the pipes and goroutines of os/exec.
func sleeper() (int, error) {
	return syscall.ForkExec("/bin/sleep", []string{"sleep", "86400"}, &syscall.ProcAttr{
		Dir: "/",
		Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	})
}
