package monitor

import "time"

// Usage is what the operating system charges the program itself, in totals
// since its start.
type Usage struct {
	CPU                           time.Duration // user and system
	RSSBytes, PeakRSSBytes        uint64
	ReadCalls, WriteCalls         uint64 // proc_pid_io(5) syscr, syscw
	ReadBytes, WriteBytes         uint64 // rchar, wchar
	DiskReadBytes, DiskWriteBytes uint64 // read_bytes, write_bytes
	HasIO                         bool
}
