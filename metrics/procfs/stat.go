//go:build linux

package procfs

import (
	"bytes"

	"github.com/smoothtask/smoothtask/metrics"
)

// Stat is /proc/PID/stat, proc_pid_stat(5), in the kernel's units.
type Stat struct {
	PID   int32
	Comm  []byte
	State byte
	PPID  int32
	TTY   int32
	Flags uint32

	MinorFaults, MajorFaults uint64
	UserTicks, SystemTicks   uint64 // of live and dead threads, 1/100 s
	Nice                     int8
	Threads                  int32
	Start                    uint64 // ticks since boot
	VirtualBytes             uint64
	RSSPages                 uint64 // lags by some pages for each processor since Linux 6.2

	image image
}

// image is where the program and its arguments lie in the address space. Each exec
// lays them out anew, at random places. A reader that may not trace the process
// sees zeros, and 1 in place of a code address.
type image struct {
	code, stack, data, brk             uint64
	argStart, argEnd, envStart, envEnd uint64
}

// readable reports whether the kernel showed the addresses.
func (m *image) readable() bool { return m.code > 1 }

// sameProgram reports whether no exec lies between the two. The places of
// arguments and environment do not count: a program may move those, prctl(2)
// PR_SET_MM.
func (m *image) sameProgram(o *image) bool {
	return m.code == o.code && m.stack == o.stack && m.data == o.data && m.brk == o.brk
}

// The last field of stat that is of use; the kernel appends fields, so there can
// be more, and in old kernels fewer.
const lastStatField = 51

// parseStat fills st from the text and reports whether it is one. Comm stays part
// of b, with the escapes of those kernels that have some: see plainComm. Addresses
// of arguments are there since Linux 3.5.
func parseStat(b []byte, st *Stat) bool {
	open, closing := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 2 || closing < open || len(b) < closing+4 || b[closing+1] != ' ' || b[open-1] != ' ' {
		return false
	}
	pid, rest := decimal(b[:open])
	if len(rest) != 1 {
		return false
	}
	*st = Stat{PID: int32(pid), State: b[closing+2], Comm: b[open+1 : closing]}
	rest = b[closing+3:]
	field := 4
	for ; field <= lastStatField && len(rest) > 1 && rest[0] == ' '; field++ {
		var v uint64
		before := len(rest) - 1
		v, rest = decimal(rest[1:])
		if len(rest) == before {
			return false
		}
		st.set(field, v)
	}
	st.Comm = kthreadComm(st.Comm, st.Flags)
	return field > 24
}

func (st *Stat) set(field int, v uint64) {
	switch field {
	case 4:
		st.PPID = int32(v)
	case 7:
		st.TTY = int32(v)
	case 9:
		st.Flags = uint32(v)
	case 10:
		st.MinorFaults = v
	case 12:
		st.MajorFaults = v
	case 14:
		st.UserTicks = v
	case 15:
		st.SystemTicks = v
	case 19:
		st.Nice = int8(v)
	case 20:
		st.Threads = int32(v)
	case 22:
		st.Start = v
	case 23:
		st.VirtualBytes = v
	case 24:
		st.RSSPages = v
	case 26:
		st.image.code = v
	case 28:
		st.image.stack = v
	case 45:
		st.image.data = v
	case 47:
		st.image.brk = v
	case 48:
		st.image.argStart = v
	case 49:
		st.image.argEnd = v
	case 50:
		st.image.envStart = v
	case 51:
		st.image.envEnd = v
	}
}

// decimal parses a number, negative ones as their two's complement, and returns
// what follows it. Where there is none, all of b follows.
func decimal(b []byte) (uint64, []byte) {
	i, negative := 0, false
	if len(b) > 1 && b[0] == '-' && b[1] >= '0' && b[1] <= '9' {
		i, negative = 1, true
	}
	v := uint64(0)
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		v = v*10 + uint64(b[i]-'0')
	}
	if negative {
		v = -v
	}
	return v, b[i:]
}

// plainComm is the name without escapes. Some kernels write a newline in it as \n
// and a backslash as \\, later ones leave both alone, and the text does not tell
// which; the comm file never has escapes. The result may share the scratch's buffer.
func (s *scratch) plainComm(comm []byte, dir int, path *byte) []byte {
	b, e := s.read(dir, path)
	if e != 0 {
		return comm
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	return b[:min(len(b), maxComm)]
}

func escaped(comm []byte) bool { return bytes.IndexByte(comm, '\\') >= 0 }

const (
	flagWorker = 0x20 // PF_WQ_WORKER
	maxComm    = 15   // TASK_COMM_LEN without the NUL
)

// kthreadComm cuts the name of a kernel thread to what its task_struct has. The
// kernel appends to it: the rest of a long name, and for a workqueue's worker what
// it does at the moment, kworker/0:1-events, which would make another name each
// time.
func kthreadComm(comm []byte, flags uint32) []byte {
	if flags&metrics.FlagKthread == 0 {
		return comm
	}
	const prefix = len("kworker/R-") // rescuers have a dash of their own
	if flags&flagWorker != 0 && len(comm) > prefix {
		if i := bytes.IndexAny(comm[prefix:], "+-"); i >= 0 {
			comm = comm[:prefix+i]
		}
	}
	return comm[:min(len(comm), maxComm)]
}

// ReadStat reads /proc/PID/stat. Comm belongs to the caller.
func (f *FS) ReadStat(pid int32) (Stat, error) {
	s := f.take()
	defer f.give(s)
	var st Stat
	b, e := s.read(f.dir, s.name(pid, "stat"))
	if e != 0 {
		return st, f.fail("read", pid, "stat", e)
	}
	if !parseStat(b, &st) {
		return st, malformed(f, pid, "stat")
	}
	st.Comm = bytes.Clone(st.Comm)
	if escaped(st.Comm) {
		st.Comm = bytes.Clone(s.plainComm(st.Comm, f.dir, s.name(pid, "comm")))
	}
	return st, nil
}

// Key is the identity of the process that the text is of.
func (st *Stat) Key() metrics.ProcKey { return metrics.ProcKey{PID: st.PID, Start: st.Start} }
