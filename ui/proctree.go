package ui

import (
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
)

// tree orders processes below their parents and sums up what is folded.
type tree struct {
	view  *processes
	sym   *symbols
	rows  []int32
	depth []uint8 // parallel to rows
	last  []bool  // parallel: the last child of its parent
	up    []int32 // parallel: the parent's place in rows, or -1
	place []int32 // by process: its place in rows, or -1

	first, next []int32 // by process: first child, next sibling; -1 is none
	folded      []int32 // by process: its place in sums, or -1
	sums        []subtree

	parent, order []int32 // scratch of build
	keep          []bool
	ranks         []rank
}

// subtree is a folded process as it is shown, with all that is below it.
type subtree struct {
	process metrics.Process
	rate    metrics.ProcessRate
	calm    float32
}

const maxDepth = 200

// build makes the rows. With a filter the ancestors of what it passes stay, so
// that everything keeps its place.
func (t *tree) build(p *processes, filtered bool) {
	t.view = p
	n := p.count()
	t.rows, t.depth, t.last, t.up = t.rows[:0], t.depth[:0], t.last[:0], t.up[:0]
	t.first, t.next, t.place = none(t.first, n), none(t.next, n), none(t.place, n)
	t.findParents(n)
	parent := t.parent
	t.keep = append(t.keep[:0], make([]bool, n)...)
	keep := t.keep
	for _, i := range p.index {
		for k, steps := i, 0; k >= 0 && !keep[k] && steps < maxDepth; k, steps = parent[k], steps+1 {
			keep[k] = true
			if !filtered {
				break
			}
		}
	}
	t.sumUp(n)
	var roots []int32
	order := t.siblings(keep)
	for _, i := range slices.Backward(order) {
		if j := parent[i]; j >= 0 && keep[j] {
			t.next[i] = t.first[j]
			t.first[j] = i
		} else {
			roots = append(roots, i)
		}
	}
	slices.Reverse(roots)
	for k, r := range roots {
		t.add(r, -1, 0, k == len(roots)-1)
	}
}

// findParents notes the parent of each row. That of a process which has ended may
// have ended with it.
func (t *tree) findParents(n int) {
	t.parent = none(t.parent, n)
	now := t.view.now
	live := len(now.snap.Processes)
	for i := range t.parent {
		proc := t.view.process(int32(i))
		j := now.snap.Find(proc.PPID)
		if j < 0 && i >= live {
			j = slices.IndexFunc(now.gone, func(g goneProcess) bool { return g.process.Key.PID == proc.PPID })
			if j >= 0 {
				j += live
			}
		}
		if j >= 0 && j != i && t.view.process(int32(j)).Key.Start <= proc.Key.Start {
			t.parent[i] = int32(j)
		}
	}
}

// sumUp adds what is kept to the folded processes above it. What has ended uses
// nothing any more.
func (t *tree) sumUp(n int) {
	t.folded, t.sums = none(t.folded, n), t.sums[:0]
	p := t.view
	if len(p.closed) == 0 {
		return
	}
	live := int32(len(p.now.snap.Processes))
	for i := range live {
		if proc := p.process(i); t.keep[i] && p.closed[proc.Key] {
			t.folded[i] = int32(len(t.sums))
			t.sums = append(t.sums, subtree{*proc, *p.now.rate(i), p.now.calmed(i)})
		}
	}
	for i := range live {
		if !t.keep[i] {
			continue
		}
		for k, steps := t.parent[i], 0; k >= 0 && t.keep[k] && steps < maxDepth; k, steps = t.parent[k], steps+1 {
			if at := t.folded[k]; at >= 0 {
				t.sums[at].add(p.process(i), p.now.rate(i), p.now.calmed(i))
			}
		}
	}
}

// add counts a process in.
func (s *subtree) add(p *metrics.Process, r *metrics.ProcessRate, calm float32) {
	t := &s.process
	t.Have |= p.Have & (metrics.HasIO | metrics.HasNet)
	t.Threads += p.Threads
	t.RSSBytes += p.RSSBytes
	t.VirtualBytes += p.VirtualBytes
	t.UserNS += p.UserNS
	t.SystemNS += p.SystemNS
	s.calm += calm
	s.rate.CPU += r.CPU
	s.rate.ReadBps += r.ReadBps
	s.rate.WriteBps += r.WriteBps
	s.rate.RxBps += r.RxBps
	s.rate.TxBps += r.TxBps
	s.rate.FaultsPS += r.FaultsPS
	s.rate.SwitchesPS += r.SwitchesPS
}

// sum is what a folded row shows, or nil.
func (t *tree) sum(row int32) *subtree {
	if int(row) < len(t.folded) && t.folded[row] >= 0 {
		return &t.sums[t.folded[row]]
	}
	return nil
}

// siblings are the kept processes in the order of the column that sorts.
func (t *tree) siblings(keep []bool) []int32 {
	l := &t.view.list
	col := l.column(l.sortBy)
	ranks := t.ranks[:0]
	for i, k := range keep {
		if !k {
			continue
		}
		n, s := t.view.order(int32(i), max(col, 0))
		if l.descending() {
			n = -n
		}
		ranks = append(ranks, rank{n, s, int32(i)})
	}
	slices.SortFunc(ranks, l.compare())
	t.ranks = ranks
	t.order = t.order[:0]
	for i := range ranks {
		t.order = append(t.order, ranks[i].row)
	}
	return t.order
}

// add appends a process and what is below it.
func (t *tree) add(i, parent int32, depth int, last bool) {
	t.place[i] = int32(len(t.rows))
	t.rows = append(t.rows, i)
	t.depth = append(t.depth, uint8(min(depth, maxDepth)))
	t.last = append(t.last, last)
	t.up = append(t.up, parent)
	if depth >= maxDepth || t.folded[i] >= 0 {
		return
	}
	t.addThreads(i, depth+1)
	for c := t.first[i]; c >= 0; c = t.next[c] {
		t.add(c, t.place[i], depth+1, t.next[c] < 0)
	}
}

// addThreads appends the threads of process i, before its children.
func (t *tree) addThreads(i int32, depth int) {
	from := len(t.rows)
	t.rows = t.view.threadsOf(t.rows, i)
	for at := from; at < len(t.rows); at++ {
		row := t.view.thread(t.rows[at])
		row.place = int32(at)
		t.depth = append(t.depth, uint8(min(depth, maxDepth)))
		t.last = append(t.last, row.last && t.first[i] < 0)
		t.up = append(t.up, t.place[i])
	}
}

// folds reports whether something is hidden below a row.
func (t *tree) folds(row int32) bool {
	return t.sum(row) != nil && (t.first[row] >= 0 || t.view.hidesThreads(t.view.process(row)))
}

// prefix writes the branches before the name of a process.
func (t *tree) prefix(dst []byte, row int32) []byte {
	if int(row) >= len(t.place) || t.place[row] < 0 {
		return dst
	}
	dst = t.branches(dst, int(t.place[row]))
	if t.folds(row) {
		dst = append(append(dst, t.sym.closed...), ' ')
	}
	return dst
}

// branches leads from the margin to a place of the rows.
func (t *tree) branches(dst []byte, at int) []byte {
	depth := int(t.depth[at])
	const shownDepth = 24
	if depth > 0 {
		var open [shownDepth]bool
		levels := min(depth, shownDepth)
		for k := t.up[at]; k >= 0; k = t.up[k] {
			if d := int(t.depth[k]); d < levels {
				open[d] = !t.last[k]
			}
		}
		for l := 1; l < levels; l++ {
			if open[l] {
				dst = append(dst, t.sym.pipe...)
			} else {
				dst = append(dst, t.sym.gap...)
			}
		}
		if t.last[at] {
			dst = append(dst, t.sym.lastBranch...)
		} else {
			dst = append(dst, t.sym.branch...)
		}
	}
	return dst
}

func none(s []int32, n int) []int32 {
	s = s[:0]
	for range n {
		s = append(s, -1)
	}
	return s
}
