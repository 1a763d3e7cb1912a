//go:build linux && (amd64 || arm64)

package bpf

import (
	"math/bits"
	"unsafe"
)

const (
	processSize = int(unsafe.Sizeof(taskProcess{}))
	threadSize  = int(unsafe.Sizeof(taskThread{}))
)

// records walks over what the task iterator wrote. The records it returns are
// views of the bytes and live as long as those.
type records struct{ rest []byte }

// next returns the next record: a process, or else a thread, or neither when what
// is left holds no whole record. The bytes must be aligned to 8 at the start; all
// sizes are multiples of 8.
func (r *records) next() (*taskProcess, *taskThread) {
	if len(r.rest) < threadSize {
		return nil, nil
	}
	first := unsafe.Pointer(unsafe.SliceData(r.rest))
	if t := (*taskThread)(first); t.Leader != 0 {
		r.rest = r.rest[threadSize:]
		return nil, t
	}
	if len(r.rest) < processSize {
		return nil, nil
	}
	r.rest = r.rest[processSize:]
	return (*taskProcess)(first), nil
}

// States of fs/proc/array.c: bits of task_struct.__state and exit_state that
// /proc reports, in the order of their letters.
const (
	stateReport = 0x7f
	stateIdle   = 0x402 // uninterruptible, and not counted in the load
	stateUnint  = 0x02
	stateRTLock = 0x1000 // sleeps on a lock of PREEMPT_RT, shown as uninterruptible
	stateFrozen = 0x8000 // by the freezer, shown likewise
)

// stateLetter tells what the third field of proc_pid_stat(5) shows.
func stateLetter(state, exit uint32) byte {
	if state&stateIdle == stateIdle {
		return 'I'
	}
	report := (state | exit) & stateReport
	if state&(stateRTLock|stateFrozen) != 0 {
		report = stateUnint
	}
	return "RSDTtXZP"[bits.Len32(report)]
}
