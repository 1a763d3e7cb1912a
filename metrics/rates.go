package metrics

import "time"

// Rates is what changed between two snapshots, per second of the time between
// them. Processes and Sockets are parallel to those of the newer snapshot.
type Rates struct {
	Over       time.Duration // the time between the snapshots; 0: rates are since each start
	CPU        CPUPercent
	Cores      []CPUPercent
	DiskIO     []DiskRate    // parallel to System.DiskIO
	Networks   []NetworkRate // parallel to System.Networks
	Cgroups    []CgroupRate  // parallel to System.Cgroups
	Processes  []ProcessRate
	Sockets    []SocketRate
	Switches   float64 // context switches per second
	Forks      float64 // processes and threads created per second
	SwapIn     float64 // bytes per second
	SwapOut    float64
	Retransmit float64 // TCP segments per second
}

// CPUPercent is the share of time in each mode, in percent of the processors it
// speaks of: 100 is all of them busy.
type CPUPercent struct {
	Busy, User, Nice, System, IOWait, IRQ, Steal float32
}

// ProcessRate is what one process did, per second. CPU is in percent of one
// core, as top(1) shows it.
type ProcessRate struct {
	CPU                  float32
	ReadBps, WriteBps    float32
	RxBps, TxBps         float32
	FaultsPS, SwitchesPS float32
	New                  bool // not in the older snapshot
}

// SocketRate is the traffic of one socket in bytes per second.
type SocketRate struct{ RxBps, TxBps float32 }

// DiskRate is the I/O of a block device per second, and the share of time in
// which it was busy (percent).
type DiskRate struct{ ReadBps, WriteBps, ReadOps, WriteOps, Busy float64 }

// NetworkRate is the traffic of an interface per second.
type NetworkRate struct{ RxBps, TxBps, RxPackets, TxPackets float64 }

// CgroupRate is what a cgroup used: CPU in percent of one core, I/O in bytes per second.
type CgroupRate struct {
	CPU, ReadBps, WriteBps float64
	Throttled              float64 // percent of the time
}
