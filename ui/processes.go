package ui

import (
	"slices"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// processes is the view of all processes, as a list or as a tree. Rows beyond
// the snapshot are processes that just ended.
type processes struct {
	list  table
	now   *screenProcs
	spare *screenProcs // of the frame before; its memory is reused

	tree   *tree // nil as a list
	closed map[metrics.ProcKey]bool
	marks  map[metrics.ProcKey]bool
	follow metrics.ProcKey
	hideK  bool // leave kernel threads out

	index   []int32
	threads threads
	rows    []int32 // processes with their threads
	listed  int     // rows of the processes listed now; those of threads follow
	sym     *symbols
}

// screenProcs are the processes of the frame on the screen, with what is carried
// from frame to frame beside them.
type screenProcs struct {
	snap  *metrics.Snapshot
	rates *metrics.Rates
	total uint64        // memory of the machine, bytes
	calm  []float32     // parallel to the processes: CPU for sorting, which ignores small moves
	fresh []uint64      // parallel: the frame in which it was first seen; 0: it was there at the start
	gone  []goneProcess // that ended a moment ago
	net   bool          // traffic is accounted for at all
	seq   uint64
}

type goneProcess struct {
	process metrics.Process
	rate    metrics.ProcessRate
	at      time.Time
}

const (
	goneTime   = 4 * time.Second // how long a row stays after its process
	goneLimit  = 64
	freshTime  = 4 * time.Second // how long a new row is marked
	calmMargin = 0.15            // a change of CPU below this share does not change the order
)

func newProcesses(m *Model) *processes {
	p := &processes{spare: &screenProcs{}, now: &screenProcs{snap: &metrics.Snapshot{}, rates: &metrics.Rates{}},
		closed: map[metrics.ProcKey]bool{}, marks: map[metrics.ProcKey]bool{}, sym: m.sym}
	p.list = table{rows: p, sortBy: "cpu", chosen: m.opts.Columns}
	return p
}

func (p *processes) name() string  { return "Processes" }
func (p *processes) scope() scope  { return inProcesses }
func (p *processes) table() *table { return &p.list }
func (p *processes) count() int    { return len(p.now.snap.Processes) + len(p.now.gone) }

// carry moves to the next frame: both lists are sorted by pid, so that one pass
// finds what is new and what is gone.
func (p *processes) carry(f *monitor.Frame) {
	old, next := p.now, p.spare
	n := len(f.Snapshot.Processes)
	*next = screenProcs{snap: f.Snapshot, rates: f.Rates, seq: f.Seq, total: f.Snapshot.System.Memory.Total,
		calm: slices.Grow(next.calm[:0], n)[:n], fresh: slices.Grow(next.fresh[:0], n)[:n], gone: next.gone[:0],
		net: old.net || slices.ContainsFunc(f.Snapshot.Sockets, func(s metrics.Socket) bool { return s.Cookie != 0 })}
	for _, g := range old.gone {
		if f.At.Sub(g.at) < goneTime {
			next.gone = append(next.gone, g)
		}
	}
	was, is := old.snap.Processes, f.Snapshot.Processes
	j := 0
	end := func(i int) {
		delete(p.marks, was[i].Key)
		delete(p.closed, was[i].Key)
		if len(next.gone) < goneLimit {
			next.gone = append(next.gone, goneProcess{was[i], *old.rate(int32(i)), f.At})
		}
	}
	for i := range is {
		for ; j < len(was) && before(was[j].Key, is[i].Key); j++ {
			end(j)
		}
		cpu := next.rate(int32(i)).CPU
		next.calm[i], next.fresh[i] = cpu, 0
		if j < len(was) && was[j].Key == is[i].Key {
			next.calm[i], next.fresh[i] = settle(old.calm[j], cpu), old.fresh[j]
			j++
		} else if old.seq != 0 {
			next.fresh[i] = f.Seq
		}
	}
	for ; j < len(was); j++ {
		end(j)
	}
	p.now, p.spare = next, old
}

func before(a, b metrics.ProcKey) bool {
	return a.PID < b.PID || a.PID == b.PID && a.Start < b.Start
}

// settle keeps the old value while the new one is close to it.
func settle(old, now float32) float32 {
	if d := now - old; max(d, -d) <= calmMargin*old+0.3 && now > 0 {
		return old
	}
	return now
}

// rate is what a process does a second. It is only lent.
func (s *screenProcs) rate(row int32) *metrics.ProcessRate {
	n := len(s.snap.Processes)
	switch g := int(row) - n; {
	case g < 0 && int(row) < len(s.rates.Processes):
		return &s.rates.Processes[row]
	case g >= 0 && g < len(s.gone):
		return &s.gone[g].rate
	}
	return &noRate
}

var noRate metrics.ProcessRate

// calmed is the CPU of a process for sorting.
func (s *screenProcs) calmed(row int32) float32 {
	if int(row) < len(s.calm) {
		return s.calm[row]
	}
	return s.rate(row).CPU
}

// knowsNet reports whether the traffic of a process is known. One that never had a
// socket is not accounted for, and has none; but whose counters of I/O cannot be
// read, of that the sockets cannot be known either.
func (s *screenProcs) knowsNet(p *metrics.Process) bool {
	return p.Has(metrics.HasNet) || s.net && (p.Has(metrics.HasIO) || p.Kthread())
}

// process is the process of a row; nil when it is none of a process.
func (p *processes) process(row int32) *metrics.Process {
	n := len(p.now.snap.Processes)
	switch g := int(row) - n; {
	case row < 0:
		return nil
	case g < 0:
		return &p.now.snap.Processes[row]
	case g < len(p.now.gone):
		return &p.now.gone[g].process
	}
	return nil
}

func (p *processes) ended(row int32) bool {
	return int(row) >= len(p.now.snap.Processes) && int(row) < p.count()
}

// refresh filters and orders the rows of the frame.
func (p *processes) refresh(m *Model) {
	q := m.filterOf(processView)
	p.index = p.index[:0]
	for i := range p.now.snap.Processes {
		proc := &p.now.snap.Processes[i]
		if p.hideK && proc.Kthread() || !q.good.Process(&m.data, i) {
			continue
		}
		p.index = append(p.index, int32(i))
	}
	threaded := p.threads.on || len(p.threads.rows) > 0
	var here cursorPlace
	if threaded {
		here = p.place()
	}
	p.threads.rows, p.listed = p.threads.rows[:0], p.count()
	if len(p.now.gone) > 0 {
		for _, i := range q.gone(&m.goneData, p.now.gone) {
			p.index = append(p.index, int32(len(p.now.snap.Processes))+i)
		}
	}
	if p.tree != nil {
		p.tree.build(p, !q.good.Empty())
		p.list.fixed = true
		p.list.setRows(p.tree.rows)
	} else {
		p.list.fixed = false
		if p.threads.on {
			p.withThreads()
		} else {
			p.list.setRows(p.index)
		}
	}
	if threaded {
		p.goTo(here)
	}
	if p.follow.PID != 0 {
		p.find(p.follow)
	}
}

// find puts the cursor on a process and reports whether it is listed.
func (p *processes) find(k metrics.ProcKey) bool {
	p.list.sortTo(len(p.list.index))
	for at := range p.list.index {
		if proc := p.process(p.list.row(at)); proc != nil && proc.Key == k {
			p.list.moveTo(at)
			return true
		}
	}
	return false
}

// current is the process under the cursor, or of the thread there; or nil.
func (p *processes) current() *metrics.Process { return p.owner(p.list.current()) }

// targets are the marked processes, else the one under the cursor.
func (p *processes) targets() []metrics.Process {
	var t []metrics.Process
	for i := range p.now.snap.Processes {
		if proc := &p.now.snap.Processes[i]; p.marks[proc.Key] {
			t = append(t, *proc)
		}
	}
	if c := p.current(); len(t) == 0 && c != nil && !p.ended(p.list.current()) {
		t = append(t, *c)
	}
	return t
}

// look is how a whole row is shown, with a sign in the first cell.
func (p *processes) look(m *Model) decorate {
	frames := uint64(max(1, int(freshTime/max(m.interval, time.Second/10))))
	return func(row int32) (screen.Style, rune) {
		proc := p.process(row)
		switch {
		case proc == nil:
			return stText, 0
		case p.ended(row):
			return stGone, '-'
		case p.marks[proc.Key]:
			return stMark, m.sym.marked
		case p.now.fresh[row] != 0 && p.now.seq-p.now.fresh[row] < frames:
			return stNew, '+'
		case proc.Key == p.follow:
			return stText, m.sym.dot
		}
		return stText, 0
	}
}

func (p *processes) draw(m *Model, a area) {
	p.list.resize(a.h - 1)
	p.list.draw(a, true, p.look(m))
}
