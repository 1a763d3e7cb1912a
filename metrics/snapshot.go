package metrics

import (
	"sync/atomic"
	"time"
)

// Snapshot is everything that one cycle saw. It is immutable once published and
// owns its memory.
type Snapshot struct {
	At          time.Time     // when collection began
	Uptime      time.Duration // since boot, suspended time included, at At
	ProcessesAt time.Time     // when Processes were read; older than At when the source is late
	SocketsAt   time.Time     // when Sockets were read
	System      System
	Processes   []Process // sorted by pid
	Sockets     []Socket
	Execs       []Exec // programs that started since the last snapshot, where a source reports them
	Hidden      []Hidden
	Gaps        []Gap
	Sources     []SourceStat
	Counts      Counts

	holders int32
	roomy   int // for how many snapshots in a row the memory was much more than these needed
	free    func()
}

// Lease makes the caller the first holder of the snapshot. When the last holder
// has released it, free is called: its memory then serves another.
func (s *Snapshot) Lease(free func()) {
	s.free = free
	atomic.StoreInt32(&s.holders, 1)
}

// Hold keeps the snapshot, and the rates derived from it, from being used again
// until a Release of its own. Only who knows that somebody holds it now may call
// Hold. A snapshot without a lease ignores both.
func (s *Snapshot) Hold() {
	if s != nil && s.free != nil {
		atomic.AddInt32(&s.holders, 1)
	}
}

// Release ends one hold. It is optional: a snapshot that is held for ever is
// garbage in the end.
func (s *Snapshot) Release() {
	if s == nil || s.free == nil || atomic.AddInt32(&s.holders, -1) != 0 {
		return
	}
	s.free()
}

// Counts sums up processes by state.
type Counts struct {
	Processes, Threads, Running, Sleeping, Blocked, Stopped, Zombie, Kernel int
}

// Exec is one program start.
type Exec struct {
	At   time.Time
	Key  ProcKey
	PPID int32
	ID   *Identity
}

// Hidden is a task that one way of looking shows and another does not.
type Hidden struct {
	Key     ProcKey
	Comm    string
	Seen    string // the way that showed it: "ebpf task iterator"
	Missing string // the way that did not: "/proc listing"
	First   time.Time
}

// Gap says what could not be had, why, and what it would take.
type Gap struct {
	What  string // "sockets of other users"
	Why   string // "permission denied reading /proc/812/fd"
	Needs string // "root or CAP_SYS_PTRACE"
}

// SourceStat is how one source fared in a cycle.
type SourceStat struct {
	Name  string
	At    time.Time     // when the values were read; older than the snapshot when they are late
	Took  time.Duration // the last complete reading
	Late  bool          // the time allowed has passed, or it failed; the values are those of At
	Since time.Time     // when the call began that is late or failed; zero when none is
	Err   string        // what went wrong, "" when nothing
	Items int

	Beside bool          // the cycle did not wait for it
	CPU    time.Duration // what the last reading of the host spent; 0 for other sources

	Note string // what cost the most, where the source knows: "fds of pid 812: 90,000 files, 140 ms"
}

// Find returns the index of the process with the pid, or -1. It searches the
// sorted list.
func (s *Snapshot) Find(pid int32) int {
	lo, hi := 0, len(s.Processes)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if s.Processes[m].Key.PID < pid {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo < len(s.Processes) && s.Processes[lo].Key.PID == pid {
		return lo
	}
	return -1
}

// Lookup returns the process with the key, or nil.
func (s *Snapshot) Lookup(k ProcKey) *Process {
	if i := s.Find(k.PID); i >= 0 && s.Processes[i].Key == k {
		return &s.Processes[i]
	}
	return nil
}
