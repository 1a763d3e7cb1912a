package action

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// pinned is a process that a pidfd holds, with its directory in /proc, which
// belongs to the same process: both answer ESRCH once it is reaped, whoever has
// the pid then.
type pinned struct {
	pid   int32
	pidfd int
	dir   *os.Root
}

// pin takes hold of the process with the key.
//
// The start time is read after pidfd_open(2), and that order makes it safe: the
// process that has the start time of the key is older than the snapshot which
// the key is from, so it had the pid already when the pidfd was opened, and is
// the one the pidfd refers to. The directory is opened last and checked the same
// way.
func pin(key metrics.ProcKey, _ Options) (*pinned, error) {
	fd, err := unix.PidfdOpen(int(key.PID), 0)
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM): // an old kernel, or a seccomp filter
		return nil, fmt.Errorf("this system does not let us pin a process: pidfd_open: %v", err)
	case err != nil:
		return nil, fmt.Errorf("pinning the process: %w", err)
	}
	p := &pinned{pid: key.PID, pidfd: fd}
	p.dir, err = os.OpenRoot("/proc/" + strconv.Itoa(int(key.PID)))
	if errors.Is(err, os.ErrNotExist) {
		err = p.alive() // the process is gone, or hidepid hides it
		if err == nil {
			err = fmt.Errorf("/proc hides the process (hidepid): %w", unix.EACCES)
		}
	}
	var start uint64
	if err == nil {
		start, err = p.start()
	}
	if err == nil && start != key.Start {
		err = metrics.ErrVanished
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pinned) close() {
	unix.Close(p.pidfd)
	if p.dir != nil {
		p.dir.Close()
	}
}

// signal sends a signal. A zombie would take it and nothing would follow.
func (p *pinned) signal(sig syscall.Signal) error {
	if err := p.alive(); err != nil {
		return err
	}
	return unix.PidfdSendSignal(p.pidfd, sig, nil, 0)
}

// alive returns ErrVanished once the process has ended, also while its parent
// has not collected it: a pidfd becomes readable then, pidfd_open(2).
func (p *pinned) alive() error {
	fds := []unix.PollFd{{Fd: int32(p.pidfd), Events: unix.POLLIN}}
	for {
		switch n, err := unix.Poll(fds, 0); {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return err
		case n > 0:
			return metrics.ErrVanished
		default:
			return nil
		}
	}
}

// renice sets the nice value of each thread: setpriority(2) takes a thread id on
// Linux, and other threads keep theirs. It knows no pidfd, so we look before and
// after: as long as the process has not ended its thread ids are its own.
func (p *pinned) renice(nice int) error {
	task, err := p.dir.Open("task")
	if err != nil {
		return err
	}
	defer task.Close()
	tids, err := task.Readdirnames(-1)
	if err != nil {
		return err
	}
	if err := p.alive(); err != nil {
		return err
	}
	for _, name := range tids {
		tid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		err = unix.Setpriority(unix.PRIO_PROCESS, tid, nice)
		if errors.Is(err, unix.ESRCH) && int32(tid) != p.pid {
			continue // a thread that has ended
		}
		if err != nil {
			return err
		}
	}
	return p.alive()
}

// start reads field 22 of proc_pid_stat(5), the start time in clock ticks. The
// name, field 2, may hold spaces and parentheses: fields are counted from the
// last one that closes.
func (p *pinned) start() (uint64, error) {
	f, err := p.dir.Open("stat")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf := make([]byte, 1024)
	n, err := f.Read(buf)
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(buf[:n], []byte(" ("))
	if i := bytes.LastIndexByte(rest, ')'); i >= 0 {
		rest = rest[i+1:]
	}
	fields := bytes.Fields(rest) // from field 3, the state
	if len(fields) < 20 {
		return 0, fmt.Errorf("/proc/%d/stat is cut short", p.pid)
	}
	return strconv.ParseUint(string(fields[19]), 10, 64)
}
