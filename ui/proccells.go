package ui

import (
	"bytes"
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// The columns of processes, by number.
const (
	colPID = iota
	colPPID
	colUser
	colState
	colNice
	colThreads
	colCPU
	colMem
	colRSS
	colVirt
	colRead
	colWrite
	colRx
	colTx
	colFaults
	colSwitches
	colTime
	colAge
	colUnit
	colCommand
)

var processColumns = []column{
	colPID:      {id: "pid", title: "PID", about: "process id", width: 7, right: true},
	colPPID:     {id: "ppid", title: "PPID", about: "parent's process id", width: 7, right: true, rank: 9},
	colUser:     {id: "user", title: "USER", about: "real user", width: 9, rank: 2},
	colState:    {id: "state", title: "S", about: "R running, S sleeping, D waiting for I/O, T stopped, Z ended and not collected", width: 1, rank: 1},
	colNice:     {id: "nice", title: "NI", about: "nice value", width: 3, right: true, rank: 6},
	colThreads:  {id: "threads", title: "THR", about: "threads", width: 4, right: true, desc: true, rank: 5},
	colCPU:      {id: "cpu", title: "CPU%", about: "share of one core", width: 6, right: true, desc: true},
	colMem:      {id: "mem", title: "MEM%", about: "resident memory of all memory", width: 5, right: true, desc: true, rank: 4},
	colRSS:      {id: "rss", title: "RSS", about: "resident memory, as VmRSS", width: 5, right: true, desc: true, rank: 1},
	colVirt:     {id: "virt", title: "VIRT", about: "address space", width: 5, right: true, desc: true, rank: 9},
	colRead:     {id: "read", title: "READ/s", about: "read from storage", width: 6, right: true, desc: true, rank: 3},
	colWrite:    {id: "write", title: "WRIT/s", about: "written to storage", width: 6, right: true, desc: true, rank: 3},
	colRx:       {id: "rx", title: "RX/s", about: "TCP payload received", width: 6, right: true, desc: true, rank: 4},
	colTx:       {id: "tx", title: "TX/s", about: "TCP payload sent", width: 6, right: true, desc: true, rank: 4},
	colFaults:   {id: "faults", title: "FLT/s", about: "page faults", width: 6, right: true, desc: true, rank: 9},
	colSwitches: {id: "switches", title: "CSW/s", about: "context switches", width: 6, right: true, desc: true, rank: 9},
	colTime:     {id: "time", title: "TIME+", about: "CPU time so far", width: 8, right: true, desc: true, rank: 5},
	colAge:      {id: "age", title: "AGE", about: "time since it started", width: 6, right: true, rank: 7},
	colUnit:     {id: "unit", title: "UNIT", about: "systemd unit or container", width: 18, rank: 8},
	colCommand:  {id: "command", title: "COMMAND", about: "command line; [name] of a kernel thread", width: 8, flex: true},
}

func (p *processes) columns() []column { return processColumns }

// maxShownCommand bounds the bytes of a command line that a cell is made of.
const maxShownCommand = 400

func (p *processes) cell(dst []byte, row int32, col int) ([]byte, screen.Style) {
	if t := p.thread(row); t != nil {
		return p.threadCell(dst, t, col)
	}
	proc := p.process(row)
	if proc == nil {
		return dst, stText
	}
	proc, r := p.shown(row, proc)
	known := true
	switch col {
	case colPID:
		return strconv.AppendInt(dst, int64(proc.Key.PID), 10), stText
	case colPPID:
		return strconv.AppendInt(dst, int64(proc.PPID), 10), stDim
	case colUser:
		if proc.UID == 0 {
			return append(dst, proc.ID.User...), stRoot
		}
		return append(dst, proc.ID.User...), stText
	case colState:
		return append(dst, proc.State), stateStyle(proc.State)
	case colNice:
		if proc.Nice == 0 {
			return append(dst, '0'), stFaint
		}
		return strconv.AppendInt(dst, int64(proc.Nice), 10), stAccent
	case colThreads:
		return countCell(dst, float64(proc.Threads), 1)
	case colCPU:
		return busyCell(dst, float64(r.CPU))
	case colMem:
		if p.now.total == 0 {
			return append(dst, '?'), stFaint
		}
		v := 100 * float64(proc.RSSBytes) / float64(p.now.total)
		if v < 0.05 {
			return append(dst, "0.0"...), stFaint
		}
		return appendPercent(dst, v), loadStyle(v/50, stText)
	case colRSS:
		return sizeCell(dst, float64(proc.RSSBytes), true)
	case colVirt:
		return sizeCell(dst, float64(proc.VirtualBytes), true)
	case colRead:
		known = proc.Has(metrics.HasIO)
		return sizeCell(dst, float64(r.ReadBps), known)
	case colWrite:
		known = proc.Has(metrics.HasIO)
		return sizeCell(dst, float64(r.WriteBps), known)
	case colRx:
		return sizeCell(dst, float64(r.RxBps), p.now.knowsNet(proc))
	case colTx:
		return sizeCell(dst, float64(r.TxBps), p.now.knowsNet(proc))
	case colFaults:
		return countCell(dst, float64(r.FaultsPS), 0)
	case colSwitches:
		return countCell(dst, float64(r.SwitchesPS), 0)
	case colTime:
		return appendCPUTime(dst, proc.CPUNS()), stText
	case colAge:
		return appendSpan(dst, p.age(proc)), stDim
	case colUnit:
		return append(dst, unitOf(proc)...), stDim
	}
	return p.command(dst, row, proc)
}

func (p *processes) age(proc *metrics.Process) time.Duration {
	return p.now.snap.Uptime - time.Duration(proc.Key.Start)*(time.Second/metrics.TicksPerSecond)
}

// shown is what a row shows of its process: the sums of the subtree where that is
// folded.
func (p *processes) shown(row int32, proc *metrics.Process) (*metrics.Process, *metrics.ProcessRate) {
	if p.tree != nil {
		if s := p.tree.sum(row); s != nil {
			return &s.process, &s.rate
		}
	}
	return proc, p.now.rate(row)
}

func (p *processes) command(dst []byte, row int32, proc *metrics.Process) ([]byte, screen.Style) {
	if p.tree != nil {
		dst = p.tree.prefix(dst, row)
	} else if p.hidesThreads(proc) {
		dst = append(append(dst, p.sym.closed...), ' ')
	}
	return commandCell(dst, proc)
}

// commandCell writes the command line of a process, or the name of a kernel
// thread in brackets.
func commandCell(dst []byte, proc *metrics.Process) ([]byte, screen.Style) {
	if proc.Kthread() {
		dst = append(append(append(dst, '['), proc.ID.Comm...), ']')
		return dst, stFaint
	}
	return appendCommand(dst, proc.ID), stText
}

// appendCommand writes a command line with spaces between the arguments; the
// name in brackets when it has none.
func appendCommand(dst []byte, id *metrics.Identity) []byte {
	return appendCommandTo(dst, id, maxShownCommand)
}

// wholeCommand is the command line as far as it is known.
func wholeCommand(id *metrics.Identity) string {
	b := appendCommandTo(nil, id, metrics.MaxCmdline)
	if id.CmdlineCut {
		b = append(b, " (and more, which is not kept)"...)
	}
	return string(b)
}

func appendCommandTo(dst []byte, id *metrics.Identity, limit int) []byte {
	c := id.Cmdline
	if c == "" {
		return append(append(append(dst, '['), id.Comm...), ']')
	}
	if len(c) > limit {
		c = c[:limit]
	}
	from := len(dst)
	dst = append(dst, c...)
	for i := from; i < len(dst); i++ {
		if dst[i] == 0 {
			dst[i] = ' '
		}
	}
	return append(dst[:from], bytes.TrimRight(dst[from:], " ")...)
}

// unitOf names where a process belongs: its container, else its unit.
func unitOf(proc *metrics.Process) string {
	c := &proc.ID.Cgroup
	switch {
	case c.Container != "":
		return c.Container[:min(12, len(c.Container))]
	case c.Unit != "":
		return c.Unit
	}
	return ""
}

// order is what the rows are sorted by.
func (p *processes) order(row int32, col int) (float64, string) {
	proc := p.process(row)
	if proc == nil {
		return 0, ""
	}
	proc, r := p.shown(row, proc)
	switch col {
	case colPID:
		return float64(proc.Key.PID), ""
	case colPPID:
		return float64(proc.PPID), ""
	case colUser:
		return 0, proc.ID.User
	case colState:
		return float64(proc.State), ""
	case colNice:
		return float64(proc.Nice), ""
	case colThreads:
		return float64(proc.Threads), ""
	case colCPU:
		cpu := float64(p.now.calmed(row))
		if p.tree != nil {
			if s := p.tree.sum(row); s != nil {
				cpu = float64(s.calm)
			}
		}
		if proc.Kthread() {
			cpu -= 1e-3 // of all that rest, threads of the kernel come last
		}
		return cpu, ""
	case colMem, colRSS:
		return float64(proc.RSSBytes), ""
	case colVirt:
		return float64(proc.VirtualBytes), ""
	case colRead:
		return float64(r.ReadBps), ""
	case colWrite:
		return float64(r.WriteBps), ""
	case colRx:
		return float64(r.RxBps), ""
	case colTx:
		return float64(r.TxBps), ""
	case colFaults:
		return float64(r.FaultsPS), ""
	case colSwitches:
		return float64(r.SwitchesPS), ""
	case colTime:
		return float64(proc.CPUNS()), ""
	case colAge:
		return -float64(proc.Key.Start), ""
	case colUnit:
		return 0, unitOf(proc)
	}
	return 0, proc.ID.Cmdline
}

// ProcessColumns lists the ids of the columns of the process table.
func ProcessColumns() []string {
	var names []string
	for _, c := range processColumns {
		if c.id != "" {
			names = append(names, c.id)
		}
	}
	return names
}
