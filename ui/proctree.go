package ui

import "slices"

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
	sumCPU      []float32
	sumRSS      []uint64
	folded      []bool // by process

	parent, order []int32 // scratch of build
	keep          []bool
	ranks         []rank
}

const maxDepth = 200

// build makes the rows. With a filter the ancestors of what it passes stay, so
// that everything keeps its place.
func (t *tree) build(p *processes, filtered bool) {
	t.view = p
	procs := p.now.snap.Processes
	n := len(procs)
	t.rows, t.depth, t.last, t.up = t.rows[:0], t.depth[:0], t.last[:0], t.up[:0]
	t.first, t.next, t.place = none(t.first, n), none(t.next, n), none(t.place, n)
	t.sumCPU = append(t.sumCPU[:0], make([]float32, n)...)
	t.sumRSS = append(t.sumRSS[:0], make([]uint64, n)...)
	t.folded = append(t.folded[:0], make([]bool, n)...)

	t.parent = none(t.parent, n)
	parent := t.parent
	for i := range procs {
		if j := p.now.snap.Find(procs[i].PPID); j >= 0 && j != i && procs[j].Key.Start <= procs[i].Key.Start {
			parent[i] = int32(j)
		}
	}
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
		t.add(r, -1, 0, k == len(roots)-1, true)
	}
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

// add appends a process and what is below it, and sums up.
func (t *tree) add(i, parent int32, depth int, last, shown bool) {
	p := t.view
	proc := &p.now.snap.Processes[i]
	if shown {
		t.place[i] = int32(len(t.rows))
		t.rows = append(t.rows, i)
		t.depth = append(t.depth, uint8(min(depth, maxDepth)))
		t.last = append(t.last, last)
		t.up = append(t.up, parent)
	}
	t.sumCPU[i], t.sumRSS[i] = p.now.rate(i).CPU, proc.RSSBytes
	t.folded[i] = p.closed[proc.Key] && (t.first[i] >= 0 || p.hidesThreads(proc))
	if depth >= maxDepth {
		return
	}
	if shown {
		t.addThreads(i, depth+1)
	}
	for c := t.first[i]; c >= 0; c = t.next[c] {
		t.add(c, t.place[i], depth+1, t.next[c] < 0, shown && !t.folded[i])
		t.sumCPU[i] += t.sumCPU[c]
		t.sumRSS[i] += t.sumRSS[c]
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

func (t *tree) isFolded(row int32) bool { return int(row) < len(t.folded) && t.folded[row] }

// cpu is the CPU of a row: of its subtree when that is folded.
func (t *tree) cpu(row int32, own float64) float64 {
	if t.isFolded(row) {
		return float64(t.sumCPU[row])
	}
	return own
}

func (t *tree) rss(row int32, own uint64) uint64 {
	if t.isFolded(row) {
		return t.sumRSS[row]
	}
	return own
}

// prefix writes the branches before the name of a process.
func (t *tree) prefix(dst []byte, row int32) []byte {
	if int(row) >= len(t.place) || t.place[row] < 0 {
		return dst
	}
	dst = t.branches(dst, int(t.place[row]))
	if t.isFolded(row) {
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
