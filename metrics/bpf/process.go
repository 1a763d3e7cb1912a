//go:build linux && (amd64 || arm64)

package bpf

import (
	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

func (r *taskProcess) security() metrics.Security {
	return metrics.Security{
		CapInheritable: r.Caps.Inheritable, CapPermitted: r.Caps.Permitted, CapEffective: r.Caps.Effective,
		CapBounding: r.Caps.Bounding, CapAmbient: r.Caps.Ambient, NoNewPrivs: r.NoNewPrivs != 0,
	}
}

// addTo adds the counters; CPU time is what the kernel sampled, to be divided later.
func (c *taskCounters) addTo(p *metrics.Process) {
	p.UserNS += c.Utime
	p.SystemNS += c.Stime
	p.ReadBytes += c.ReadBytes
	p.WriteBytes += c.WriteBytes
	p.ReadCalls += c.Syscr
	p.WriteCalls += c.Syscw
	p.MinorFaults += c.MinFlt
	p.MajorFaults += c.MajFlt
	p.VoluntarySwitches += c.Nvcsw
	p.InvoluntarySwitches += c.Nivcsw
}

// fill sets what the record alone tells, in an empty Process.
func (r *taskProcess) fill(p *metrics.Process, pageSize uint64) {
	p.Key = metrics.ProcKey{PID: int32(r.Pid), Start: ticks(r.Image.Start)}
	p.ExecID = r.Image.ExecId
	r.Sum.addTo(p)
	p.VirtualBytes = r.VmPages * pageSize
	p.CgroupID = r.CgroupId
	p.PPID = int32(r.Ppid)
	p.TTY = int32(r.Tty)
	p.Threads = int32(r.Threads)
	p.TracerPID = int32(r.Tracer)
	p.UID, p.EUID = r.Image.Uid, r.Euid
	p.GID, p.EGID = r.Gid, r.Egid
	p.Flags = r.Flags
	p.ExeNlink = r.ExeNlink
	p.State = stateLetter(r.State, r.ExitState)
	p.Nice = int8(int32(r.Priority) - 120) // DEFAULT_PRIO of include/linux/sched/prio.h
	p.Seccomp = r.Seccomp

	p.Have = metrics.HasSwitches | metrics.HasFaults | metrics.HasExecID | metrics.HasTracer | metrics.HasEffective | metrics.HasSecurity
	if r.Have&haveIO == haveIO {
		p.Have |= metrics.HasIO
	}
	if r.Have&uint8(taskHaveHAVE_SECCOMP) != 0 {
		p.Have |= metrics.HasSeccomp
	}
	if r.Have&uint8(taskHaveHAVE_CGROUP) != 0 {
		p.Have |= metrics.HasCgroupID
	}
	if r.HasMemory != 0 || r.Flags&metrics.FlagKthread != 0 {
		p.Have |= metrics.HasExeFile | metrics.HasEnvBytes
	}
}

const haveIO = uint8(taskHaveHAVE_IO_BYTES | taskHaveHAVE_IO_CALLS)

// statDev is a device number as stat(2) gives it.
func statDev(dev uint32) uint64 { return unix.Mkdev(dev>>20, dev&(1<<20-1)) }

// ticks is a time in ns as metrics.ProcKey has it.
func ticks(ns uint64) uint64 { return ns / (1_000_000_000 / metrics.TicksPerSecond) }
