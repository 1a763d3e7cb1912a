package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// threadRow is a thread in the list. Its row number lies beyond those of the
// processes.
type threadRow struct {
	thread
	process int32 // row of its process
	key     metrics.ProcKey
	place   int32 // its place in a tree
	last    bool  // nothing else stands below the process
	more    int   // it stands for so many threads that are not listed
}

// threadRowsEach bounds the rows of one process: the first of them in the order
// of the list.
const threadRowsEach = 256

// thread is the thread of a row, or nil when it is the row of a process.
func (p *processes) thread(row int32) *threadRow {
	if i := int(row) - p.listed; i >= 0 && i < len(p.threads.rows) {
		return &p.threads.rows[i]
	}
	return nil
}

// hidesThreads reports whether the threads of a process are folded away.
func (p *processes) hidesThreads(proc *metrics.Process) bool {
	return p.threads.on && proc.Threads > 1 && p.closed[proc.Key]
}

// threadsOf appends the rows of the threads of a process, in the order of the list.
func (p *processes) threadsOf(dst []int32, row int32) []int32 {
	proc := p.process(row)
	if !p.threads.on || proc == nil || proc.Threads < 2 || p.closed[proc.Key] {
		return dst
	}
	g := p.threads.of[proc.Key]
	if g == nil || len(g.list) < 2 {
		return dst
	}
	from := len(p.threads.rows)
	for i := range g.list {
		p.threads.rows = append(p.threads.rows, threadRow{thread: g.list[i], process: row, key: proc.Key})
	}
	p.sortThreads(p.threads.rows[from:])
	if n := len(g.list); n > threadRowsEach {
		p.threads.rows = p.threads.rows[:from+threadRowsEach]
		p.threads.rows[from+threadRowsEach-1] = threadRow{process: row, key: proc.Key, more: n - threadRowsEach + 1}
	}
	p.threads.rows[len(p.threads.rows)-1].last = true
	for i := from; i < len(p.threads.rows); i++ {
		dst = append(dst, int32(p.listed+i))
	}
	return dst
}

// sortThreads orders the threads of one process as the list is ordered, where
// threads differ in that at all.
func (p *processes) sortThreads(list []threadRow) {
	col, flip := p.list.column(p.list.sortBy), 1
	if p.list.descending() {
		flip = -1
	}
	slices.SortFunc(list, func(a, b threadRow) int {
		var c int
		switch col {
		case colCPU:
			c = cmp.Compare(a.calm, b.calm)
		case colTime:
			c = cmp.Compare(a.CPUNS, b.CPUNS)
		case colState:
			c = cmp.Compare(a.State, b.State)
		case colCommand:
			c = cmp.Compare(a.Comm, b.Comm)
		case colPID:
			c = cmp.Compare(a.TID, b.TID)
		}
		if c != 0 {
			return c * flip
		}
		return cmp.Compare(a.TID, b.TID)
	})
}

// withThreads lists the processes that pass the filter in their order, each with
// its threads below it.
func (p *processes) withThreads() {
	l := &p.list
	l.index = p.index
	l.rank()
	l.sortTo(len(l.ranks))
	p.rows = p.rows[:0]
	for i := range l.ranks {
		row := l.ranks[i].row
		p.rows = p.threadsOf(append(p.rows, row), row)
	}
	l.fixed = true
	l.setRows(p.rows)
}

// threadCell is the cell of a thread: only what it has of its own.
func (p *processes) threadCell(dst []byte, t *threadRow, col int) ([]byte, screen.Style) {
	if t.more > 0 {
		if col == colCommand {
			dst = p.threadPrefix(dst, t)
			return append(strconv.AppendInt(append(dst, "and "...), int64(t.more), 10), " more threads"...), stDim
		}
		return dst, stText
	}
	switch col {
	case colPID:
		return strconv.AppendInt(dst, int64(t.TID), 10), stDim
	case colState:
		return append(dst, t.State), stateStyle(t.State)
	case colCPU:
		if !t.known {
			return append(dst, '?'), stFaint
		}
		return busyCell(dst, float64(t.cpu))
	case colTime:
		return appendCPUTime(dst, t.CPUNS), stDim
	case colCommand:
		return append(p.threadPrefix(dst, t), t.Comm...), stDim
	}
	return dst, stText
}

func (p *processes) threadPrefix(dst []byte, t *threadRow) []byte {
	switch {
	case p.tree != nil:
		return p.tree.branches(dst, int(t.place))
	case t.last:
		return append(dst, p.sym.lastBranch...)
	}
	return append(dst, p.sym.branch...)
}

// of says which process a thread belongs to.
func (t *threadRow) of(p *metrics.Process) string {
	subject := fmt.Sprintf("thread %d belongs", t.TID)
	if t.more > 0 {
		subject = "these threads belong"
	}
	return fmt.Sprintf("%s to process %d %s", subject, p.Key.PID, p.ID.Comm)
}

// owner is the process of a row: of its thread, where it is the row of one.
func (p *processes) owner(row int32) *metrics.Process {
	if t := p.thread(row); t != nil {
		return p.process(t.process)
	}
	return p.process(row)
}

// cursorPlace is where the cursor is: behind how many processes, on which thread
// of the last of them, and on which line of the screen.
type cursorPlace struct {
	processes int
	key       metrics.ProcKey
	tid       int32 // 0: on the process
	line      int
}

// place looks at the rows as they were listed last; the frame may be a newer one.
func (p *processes) place() cursorPlace {
	l := &p.list
	c := cursorPlace{line: l.cursor - l.top}
	for at := 0; at <= l.cursor && at < len(l.index); at++ {
		if int(l.row(at)) < p.listed {
			c.processes++
		}
	}
	if t := p.thread(l.current()); t != nil {
		c.key, c.tid = t.key, t.TID
	}
	return c
}

// goTo brings the cursor back to where it was, on the same line, while threads
// come and go around it. A thread that is gone leaves it on its process.
func (p *processes) goTo(c cursorPlace) {
	l := &p.list
	n, to := 0, 0
	for at := range l.index {
		switch t := p.thread(l.row(at)); {
		case t != nil && c.tid != 0 && t.key == c.key && t.TID == c.tid:
			l.cursor, l.top = at, at-c.line
			l.clamp()
			return
		case t == nil:
			if n++; n == c.processes || c.tid != 0 && p.process(l.row(at)).Key == c.key {
				to = at
			}
		}
	}
	l.cursor, l.top = to, to-c.line
	l.clamp()
}
