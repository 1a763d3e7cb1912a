package proctest

import (
	"fmt"
	"strings"
)

// P describes a process of a Tree. What is left out has the value of a small
// sleeping program of root, started by init.
type P struct {
	Comm  string // "proc"
	State byte   // 'S'
	PPID  int32  // 1
	TTY   int32
	Flags uint32
	Start uint64 // 1000 + pid
	Nice  int

	Threads                int // 1
	UserTicks, SystemTicks uint64
	MinorFaults            uint64
	MajorFaults            uint64
	VirtualBytes, RSSPages uint64

	// Image is where the program lies; an exec changes it. 0 is what a reader sees
	// that may not trace the process.
	Image uint64

	UID, EUID, GID, EGID uint32
	TracerPID            int32
	Caps                 uint64 // permitted and effective
	NoNewPrivs           bool
	Seccomp              int
	Voluntary            uint64
	Involuntary          uint64

	Cmdline string
	Environ string
	Exe     string // "" makes no link, as of kernel threads
	Cwd     string
	Cgroup  string // the text of the file; "0::/\n"

	IO         IO
	Namespaces map[string]uint32 // by the name of the link: mnt, net
	FDs        map[int]string
}

// IO is what the io file says.
type IO struct{ ReadBytes, WriteBytes, ReadCalls, WriteCalls uint64 }

func (p P) defaults(pid int32) P {
	if p.Comm == "" {
		p.Comm = "proc"
	}
	if p.State == 0 {
		p.State = 'S'
	}
	if p.PPID == 0 && pid != 1 {
		p.PPID = 1
	}
	if p.Start == 0 {
		p.Start = 1000 + uint64(pid)
	}
	if p.Threads == 0 {
		p.Threads = 1
	}
	if p.Cgroup == "" {
		p.Cgroup = "0::/\n"
	}
	return p
}

func (p P) stat(pid int32) string {
	code, rest := uint64(1), uint64(0)
	if p.Image != 0 {
		code, rest = p.Image, p.Image+0x1000
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d (%s) %c", pid, p.Comm, p.State)
	for _, v := range []any{
		p.PPID, pid, pid, p.TTY, -1, p.Flags, // 4–9
		p.MinorFaults, 0, p.MajorFaults, 0, // –13
		p.UserTicks, p.SystemTicks, 0, 0, 20 + p.Nice, p.Nice, // –19
		p.Threads, 0, p.Start, p.VirtualBytes, p.RSSPages, uint64(1<<64 - 1), // –25
		code, code + 0x800, rest, 0, 0, // –30: start and end of code, start of stack
		0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, // –44
		rest + 0x10, rest + 0x20, rest + 0x30, rest + 0x40, rest + 0x50, rest + 0x60, rest + 0x70, 0, // –52
	} {
		fmt.Fprintf(&b, " %d", v)
	}
	return b.String() + "\n"
}

func (p P) status(pid int32) string {
	nnp := 0
	if p.NoNewPrivs {
		nnp = 1
	}
	return fmt.Sprintf("Name:\t%s\nUmask:\t0022\nState:\t%c (x)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n"+
		"Uid:\t%d\t%d\t%d\t%d\nGid:\t%d\t%d\t%d\t%d\nFDSize:\t64\nGroups:\t0 \n"+
		"VmPeak:\t%8d kB\nVmHWM:\t%8d kB\nVmRSS:\t%8d kB\nVmSwap:\t%8d kB\nThreads:\t%d\n"+
		"CapInh:\t%016x\nCapPrm:\t%016x\nCapEff:\t%016x\nCapBnd:\t%016x\nCapAmb:\t%016x\n"+
		"NoNewPrivs:\t%d\nSeccomp:\t%d\nSeccomp_filters:\t0\n"+
		"voluntary_ctxt_switches:\t%d\nnonvoluntary_ctxt_switches:\t%d\n",
		escape(p.Comm), p.State, pid, pid, p.PPID, p.TracerPID,
		p.UID, p.EUID, p.EUID, p.EUID, p.GID, p.EGID, p.EGID, p.EGID,
		p.VirtualBytes/1024, p.RSSPages*4, p.RSSPages*4, 0, p.Threads,
		0, p.Caps, p.Caps, uint64(1)<<41-1, 0,
		nnp, p.Seccomp, p.Voluntary, p.Involuntary)
}

func (i IO) text() string {
	return fmt.Sprintf("rchar: 0\nwchar: 0\nsyscr: %d\nsyscw: %d\nread_bytes: %d\nwrite_bytes: %d\ncancelled_write_bytes: 0\n",
		i.ReadCalls, i.WriteCalls, i.ReadBytes, i.WriteBytes)
}
