package metrics

import "time"

// TicksPerSecond is USER_HZ, the unit of times that Linux exports to user space
// in /proc/PID/stat. It is 100 on every architecture Go supports (see
// include/asm-generic/param.h); the kernel's internal HZ does not matter.
const TicksPerSecond = 100

// ProcKey identifies a process for as long as the machine is up: a pid alone is
// reused. Start is the start time in clock ticks (1/100 s) since boot, field 22
// of proc_pid_stat(5). Every source rounds to ticks, so that the keys of all
// sources are equal.
type ProcKey struct {
	PID   int32
	Start uint64
}

// Fields says which groups of a Process are known. A group that is not known
// holds zeros, and a reader must not take them for measurements.
type Fields uint32

// The groups of Process that a source or a privilege can lack.
const (
	HasIO        Fields = 1 << iota // ReadBytes, WriteBytes, ReadCalls, WriteCalls
	HasSwitches                     // VoluntarySwitches, InvoluntarySwitches
	HasFaults                       // MinorFaults, MajorFaults
	HasNet                          // NetRxBytes, NetTxBytes
	HasExecID                       // ExecID
	HasExeFile                      // ExeNlink, and Exe, ExeDev, ExeInode of ID
	HasSecurity                     // Security
	HasTracer                       // TracerPID
	HasCgroupID                     // CgroupID
	HasEffective                    // EUID, EGID
	HasCmdline                      // ID.Cmdline was read, though it may be empty
	HasEnvBytes                     // ID.EnvBytes
	HasSeccomp                      // Seccomp
)

// FlagKthread is PF_KTHREAD of include/linux/sched.h in Process.Flags: set for
// kernel threads, and not settable by a program.
const FlagKthread = 0x00200000

// Process is one process (thread group) at the moment of a snapshot. It holds
// what changes; what stays the same for the life of a program image is behind
// ID, so that a scan over all processes touches compact values only.
type Process struct {
	Key    ProcKey
	ExecID uint64 // grows with every exec of the process; comparable within one source only

	UserNS   uint64 // CPU time in user mode, ns, of live and dead threads
	SystemNS uint64 // CPU time in the kernel, ns

	RSSBytes     uint64 // resident memory, as VmRSS
	VirtualBytes uint64 // address space, as VmSize

	ReadBytes  uint64 // from storage, read_bytes of proc_pid_io(5)
	WriteBytes uint64 // to storage, write_bytes
	ReadCalls  uint64 // read-like system calls, syscr
	WriteCalls uint64 // write-like system calls, syscw

	MinorFaults, MajorFaults uint64
	// Of all threads, live and dead; a source that reads /proc/PID/status has those
	// of the first thread only.
	VoluntarySwitches, InvoluntarySwitches uint64

	NetRxBytes, NetTxBytes uint64 // payload bytes over TCP sockets since we first saw the process; never falls

	CgroupID uint64 // inode number of the cgroup v2 directory

	PPID      int32
	TTY       int32 // device number as in /proc/PID/stat; 0 is none
	Threads   int32
	TracerPID int32 // 0 when not traced
	UID, EUID uint32
	GID, EGID uint32
	Flags     uint32 // PF_* of include/linux/sched.h
	ExeNlink  uint32 // links to the program file; 0 with HasExeFile: it was deleted
	Have      Fields
	State     byte // R S D Z T t I X as in proc_pid_stat(5)
	Nice      int8
	Seccomp   uint8 // 0 off, 1 strict, 2 filter

	Security *Security // shared by all processes with equal credentials; nil when unknown
	ID       *Identity // never nil in a published snapshot
}

// CPUNS is the CPU time used so far, user and system, in nanoseconds.
func (p *Process) CPUNS() uint64 { return p.UserNS + p.SystemNS }

// Kthread reports whether the process is a thread of the kernel.
func (p *Process) Kthread() bool { return p.Flags&FlagKthread != 0 }

// Has reports whether all the groups in f are known.
func (p *Process) Has(f Fields) bool { return p.Have&f == f }

// Deleted reports whether the program file is known to have no name any more.
func (p *Process) Deleted() bool { return p.Has(HasExeFile) && p.ID.ExeInode != 0 && p.ExeNlink == 0 }

// StartedAt is the wall-clock time at which the process started, given the
// machine's boot time.
func (k ProcKey) StartedAt(boot time.Time) time.Time {
	return boot.Add(time.Duration(k.Start) * (time.Second / TicksPerSecond))
}

// Identity is what a program image keeps until its next exec. It is immutable:
// a source that sees a change makes a new one. Sources cache one per exec.
type Identity struct {
	Comm string // up to 15 bytes, as the kernel has it; hostile text
	Exe  string // resolved path of the program, without " (deleted)"; "" when unknown
	// Invoked is argv[0], made absolute against PATH directories or Cwd where that
	// names an existing file; "" when unknown. On Debian sh is dash: Exe tells
	// dash, Invoked tells sh.
	Invoked string
	// Cmdline is the argument vector, each argument ended by a NUL as in
	// /proc/PID/cmdline, cut at MaxCmdline bytes. Args splits it.
	Cmdline string
	Cwd     string // working directory when the identity was read; "" when unknown
	User    string // name of the real user; decimal uid when it has no name

	ExeDev   uint64 // device of the program file, as stat(2) gives st_dev
	ExeInode uint64 // inode of the program file; 0 when unknown
	ExeMode  uint32 // permission and setuid bits, as stat(2) gives st_mode; 0 when unknown

	Cgroup     Cgroup // of the process when the identity was read
	Namespaces Namespaces

	CmdlineCut bool // Cmdline was longer than MaxCmdline

	EnvBytes uint32 // size of the environment that the program was started with; 0 with HasEnvBytes: it had none
}

// MaxCmdline bounds the bytes of a command line that are kept.
const MaxCmdline = 4096

// Args splits the command line into its arguments. It allocates; for a look at
// one argument use Arg.
func (id *Identity) Args() []string {
	if id.Cmdline == "" {
		return nil
	}
	args := make([]string, 0, 8)
	for i := 0; ; i++ {
		a, ok := id.Arg(i)
		if !ok {
			return args
		}
		args = append(args, a)
	}
}

// Arg returns argument i of the command line without allocating.
func (id *Identity) Arg(i int) (string, bool) {
	rest := id.Cmdline
	for rest != "" {
		end := len(rest)
		next := end
		for j := 0; j < len(rest); j++ {
			if rest[j] == 0 {
				end, next = j, j+1
				break
			}
		}
		if i == 0 {
			return rest[:end], true
		}
		i--
		rest = rest[next:]
	}
	return "", false
}

// Security is the part of a process's credentials that thousands of processes
// share; sources intern it.
type Security struct {
	CapInheritable, CapPermitted, CapEffective, CapBounding, CapAmbient uint64 // bit n is capability n, capabilities(7)
	NoNewPrivs                                                          bool
}

// Namespaces holds the inode numbers of a process's namespaces, as in
// /proc/PID/ns; 0 is unknown.
type Namespaces struct {
	Mnt, Pid, Net, User, UTS, IPC, Cgroup uint32
}
