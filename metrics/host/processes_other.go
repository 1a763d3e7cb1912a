//go:build !linux

package host

import (
	"context"
	"runtime"
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"github.com/smoothtask/smoothtask/metrics"
)

// processGaps is what the source cannot have on this system.
var processGaps = []metrics.Gap{
	{What: "program files, control groups, capabilities and namespaces of processes", Why: "not known on " + runtime.GOOS, Needs: "Linux"},
}

// state reads what changes. gopsutil tells the start in milliseconds since 1970.
func (p *Processes) state(ctx context.Context, q *process.Process, m *metrics.Process) (comm string, ok bool) {
	created, err := q.CreateTimeWithContext(ctx)
	if err != nil {
		return "", false
	}
	since := time.UnixMilli(created).Sub(p.boot)
	m.Key = metrics.ProcKey{PID: q.Pid, Start: uint64(max(since, 0) / (time.Second / metrics.TicksPerSecond))}
	comm, err = q.NameWithContext(ctx)
	if err != nil {
		return "", false
	}
	m.PPID, _ = q.PpidWithContext(ctx)
	m.Threads, _ = q.NumThreadsWithContext(ctx)
	if nice, err := q.NiceWithContext(ctx); err == nil {
		m.Nice = int8(nice)
	}
	m.State = '?'
	if status, err := q.StatusWithContext(ctx); err == nil && len(status) > 0 {
		m.State = stateLetter(status[0])
	}
	return comm, true
}

// stateLetter is the state as proc_pid_stat(5) has it on Linux.
func stateLetter(word string) byte {
	switch word {
	case process.Running:
		return 'R'
	case process.Sleep, process.Wait:
		return 'S'
	case process.Blocked, process.Lock:
		return 'D'
	case process.Stop:
		return 'T'
	case process.Zombie:
		return 'Z'
	case process.Idle:
		return 'I'
	}
	return '?'
}

func (p *Processes) place(int32, *metrics.Identity) {}

func (p *Processes) fileState(int32, *metrics.Process) {}
