//go:build !linux && unix

package action

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// pinned is a process whose start time was right a moment ago. These systems
// have no handle for a process of others, so a pid that is reused within
// microseconds could still be hit.
type pinned struct{ pid int }

func pin(key metrics.ProcKey, opt Options) (*pinned, error) {
	if opt.Start == nil {
		return nil, errors.New("cannot verify the start time of a process on this system")
	}
	start, err := opt.Start(key.PID)
	if err != nil {
		return nil, err
	}
	if start != key.Start {
		return nil, metrics.ErrVanished
	}
	return &pinned{int(key.PID)}, nil
}

func (p *pinned) close() {}

func (p *pinned) signal(sig syscall.Signal) error { return unix.Kill(p.pid, sig) }

func (p *pinned) renice(nice int) error { return unix.Setpriority(unix.PRIO_PROCESS, p.pid, nice) }
