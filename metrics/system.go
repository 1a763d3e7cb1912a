package metrics

import "time"

// System is the state of the whole machine. Values are totals since boot where
// they count something, and levels where they measure one; Rates derives the
// rest. Slices are immutable once published.
type System struct {
	Host      Host
	CPU       CPU
	Memory    Memory
	Load      Load
	Disks     []Disk
	DiskIO    []DiskIO
	Networks  []Network
	Sensors   []Sensor
	Users     []User
	Pressure  Pressure
	TCP       TCPCounters
	Cgroups   []CgroupStat // sorted by Path
	CgroupsAt time.Time    // when Cgroups were read
	CgroupV   string       // "v2", "hybrid", "v1" or "" when unknown
}

// Host says what the machine is.
type Host struct {
	Name, OS, Platform, PlatformVersion, Kernel, Arch string
	Virtualization                                    string // "kvm", "docker", …; "" when none was seen
	BootTime                                          time.Time
	Threads                                           int // kernel-wide count of tasks, from /proc/loadavg; 0 when unknown
	CPUModel                                          string
}

// CPUTimes are seconds since boot spent in each mode, proc_stat(5). Guest time
// is part of User and GuestNice of Nice, as the kernel counts it.
type CPUTimes struct {
	User, Nice, System, Idle, IOWait, IRQ, SoftIRQ, Steal, Guest, GuestNice float64
}

// Total is the time in all modes, each counted once.
func (t CPUTimes) Total() float64 {
	return t.User + t.Nice + t.System + t.Idle + t.IOWait + t.IRQ + t.SoftIRQ + t.Steal
}

// CPU holds the times of all processors together and of each.
type CPU struct {
	Total           CPUTimes
	Cores           []CPUTimes
	ContextSwitches uint64
	Interrupts      uint64
	Forks           uint64 // processes and threads created since boot
	Running         int    // runnable tasks
	Blocked         int    // tasks waiting for I/O
}

// Memory is in bytes, from proc_meminfo(5). Used = Total − Available, as free(1)
// of procps 4 counts it.
type Memory struct {
	Total, Available, Used, Free, Buffers, Cached, Shared, Slab, Dirty uint64
	SwapTotal, SwapFree, SwapUsed                                      uint64
	SwapIn, SwapOut                                                    uint64 // bytes since boot
}

// Load is the load average and the task counts of proc_loadavg(5).
type Load struct{ One, Five, Fifteen float64 }

// Disk is one mounted file system.
type Disk struct {
	Mount, Device, Type string
	Total, Used, Free   uint64 // bytes; Free is what a plain user may use
	Inodes, InodesUsed  uint64
	ReadOnly            bool
	Stuck               bool // the file system does not answer; the numbers are those of At
	At                  time.Time
}

// DiskIO counts the I/O of one block device since boot.
type DiskIO struct {
	Name                  string
	ReadBytes, WriteBytes uint64
	ReadOps, WriteOps     uint64
	BusyMillis            uint64 // time in which the device had work
}

// Network counts the traffic of one interface since boot.
type Network struct {
	Name                                   string
	RxBytes, TxBytes, RxPackets, TxPackets uint64
	RxErrors, TxErrors, RxDrops, TxDrops   uint64
	Up, Loopback, Promiscuous              bool
	Addresses                              []string
}

// Sensor is one temperature, in degrees Celsius.
type Sensor struct {
	Name                    string
	Celsius, High, Critical float64 // 0 when the sensor does not tell
}

// User is one login session, from utmp(5).
type User struct {
	Name, Terminal, Host string
	Since                time.Time
}

// TCPCounters are machine-wide counters of /proc/net/snmp and netstat.
type TCPCounters struct {
	ActiveOpens, PassiveOpens, AttemptFails, Retransmits, InErrors uint64
	ListenDrops                                                    uint64
	Have                                                           bool
}

// PSI is one line of pressure: the share of time (percent) in which tasks
// waited, over 10, 60 and 300 seconds, and the total in microseconds.
type PSI struct {
	Avg10, Avg60, Avg300 float64
	TotalMicros          uint64
}

// Pressure is pressure stall information, Documentation/accounting/psi.rst.
// Some: at least one task waited; Full: all did. Have tells that the kernel has it.
type Pressure struct {
	Have                                                     bool
	CPUSome, MemorySome, MemoryFull, IOSome, IOFull, CPUFull PSI
}
