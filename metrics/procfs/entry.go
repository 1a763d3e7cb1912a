//go:build linux

package procfs

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// entry is what the source keeps of one process from cycle to cycle.
type entry struct {
	proc metrics.Process // as last published; ID is nil until something was read
	comm string          // as of the last scan
	pid  int32           // known before the first scan
	stat int32           // descriptor of /proc/PID/stat that is kept open, or -1

	image   image
	scanned bool // proc holds the values of a process
	gone    bool // the last scan did not find it
	used    bool // it used the CPU between the last two scans

	reread  bool // the identity is missing or out of date
	stale   bool // proc.ID tells of the program before an exec
	guess   bool // renamed, and whether by an exec or by prctl(2) only reading tells
	renamed bool // by prctl(2): all but the name holds
	read    part // what was read at least once
	denied  part // what the kernel refused
	asked   uint32
	held    *job // the reading that has not come back

	identityAt int64         // ns since the source began
	rest       time.Duration // after which the texts are read again
}

// part is a group of values that is read together.
type part uint8

const (
	partIdentity   part = 1 << iota // exe, cwd, cgroup, cmdline
	partStatus                      // status, and whether the program was deleted
	partIO                          // io
	partNamespaces                  // ns
	partExe                         // not asked for alone: exe, cwd

	partAll = partIdentity | partStatus | partIO | partNamespaces
)

// missing are the parts that were never read.
func (e *entry) missing() part { return partAll &^ e.read }

// begin makes the entry that of a process just seen.
func (e *entry) begin(st *Stat) {
	*e = entry{pid: e.pid, stat: e.stat, scanned: true, reread: true, image: st.image, comm: string(st.Comm)}
	e.proc.Key = metrics.ProcKey{PID: e.pid, Start: st.Start}
	e.proc.ExecID = 1
	e.proc.Have = metrics.HasFaults | metrics.HasExecID
}

// update takes the values of a scan and sees what became of the program since the
// last one.
func (e *entry) update(st *Stat) {
	p := &e.proc
	user, system := st.UserTicks*tick, st.SystemTicks*tick
	e.used = user+system != p.UserNS+p.SystemNS
	p.UserNS, p.SystemNS = user, system
	p.RSSBytes, p.VirtualBytes = st.RSSPages*pageSize, st.VirtualBytes
	p.MinorFaults, p.MajorFaults = st.MinorFaults, st.MajorFaults
	p.PPID, p.TTY, p.Threads = st.PPID, st.TTY, st.Threads
	p.Flags, p.State, p.Nice = st.Flags, st.State, st.Nice
	if st.Threads != 1 {
		// status tells the switches of the main thread only.
		p.Have &^= metrics.HasSwitches
	}
	if st.State == 'Z' || st.State == 'X' {
		return // the address space is gone; the program was what it was
	}
	renamed := string(st.Comm) != e.comm
	switch {
	case st.image.readable() && e.image.readable():
		switch {
		case !st.image.sameProgram(&e.image):
			e.exec()
		case st.image != e.image:
			e.reread = true // it moved its arguments
		}
		e.renamed = e.renamed || renamed
	case renamed && p.Kthread():
		e.renamed = true
	case renamed:
		e.reread, e.guess, e.renamed = true, true, true
	}
	e.image = st.image
	p.Have &^= metrics.HasEnvBytes
	if e.image.readable() {
		p.Have |= metrics.HasEnvBytes
	}
	if renamed {
		e.comm = string(st.Comm)
	}
}

// exec notes that another program runs now.
func (e *entry) exec() {
	e.proc.ExecID++
	e.reread, e.stale = true, true
	e.proc.Have &^= metrics.HasExeFile | metrics.HasCmdline
}
