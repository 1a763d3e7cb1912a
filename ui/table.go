package ui

import (
	"slices"

	"github.com/smoothtask/smoothtask/ui/screen"
)

// column describes one column of a table.
type column struct {
	id, title string
	about     string
	width     int  // cells; the least for a flexible one
	right     bool // aligned to the right
	flex      bool // takes what is left over
	most      int  // grows to so many cells before that, where there is room; 0: it does not
	ample     int  // cells of a flexible one that columns of rank spare and more make way for
	desc      bool // sorted from the largest down at first
	rank      int  // columns of a high rank are the first to go when it is narrow; 0 always stays
}

// rows is what a table shows. Row numbers are those of the source, not of the
// screen; they hold until the source changes.
type rows interface {
	columns() []column
	count() int
	// cell appends the text of one cell, which may be hostile.
	cell(dst []byte, row int32, col int) ([]byte, screen.Style)
	// order is what a column sorts by: by number, then by text, then by row.
	order(row int32, col int) (float64, string)
}

// table shows rows: it knows which, in which order, and where the cursor is.
// The order is made when rows or the order change, and only as far as it can be
// seen; drawing formats visible rows only.
type table struct {
	rows
	sortBy  string
	reverse bool
	chosen  []string // ids of columns in order; nil: all
	fixed   bool     // rows come in their order, as a tree does

	index  []int32
	ranks  []rank
	sorted int // so many at the beginning of ranks are in place

	cursor, top int
	height      int // rows on the screen, when drawn last

	leave func(up bool) bool // takes the cursor to another list, from beyond the rows of this one
	none  line               // stands in place of rows when there are none

	shown  []int // columns drawn last, as numbers of the source
	widths []int
	text   []byte
	x, y   int // where it was drawn last
	w      int
}

type rank struct {
	num  float64
	text string
	row  int32
}

// setRows takes the rows that pass the filter and orders them.
func (t *table) setRows(index []int32) {
	t.index = index
	t.arrange()
}

func (t *table) arrange() {
	t.rank()
	t.clamp()
	t.sortTo(t.top + t.height + 1)
}

// rank notes what each row is sorted by.
func (t *table) rank() {
	t.sorted, t.ranks = 0, t.ranks[:0]
	col := t.column(t.sortBy)
	if t.fixed || col < 0 {
		return
	}
	flip := 1.0
	if t.descending() {
		flip = -1
	}
	for _, row := range t.index {
		n, s := t.rows.order(row, col)
		t.ranks = append(t.ranks, rank{n * flip, s, row})
	}
}

func (t *table) descending() bool {
	col := t.column(t.sortBy)
	return col >= 0 && t.columns()[col].desc != t.reverse
}

func (t *table) compare() func(a, b rank) int {
	flip := 1
	if t.descending() {
		flip = -1
	}
	return func(a, b rank) int {
		switch {
		case a.num < b.num:
			return -1
		case a.num > b.num:
			return 1
		case a.text < b.text:
			return -flip
		case a.text > b.text:
			return flip
		}
		return int(a.row) - int(b.row)
	}
}

// sortTo puts at least the first n rows in their places.
func (t *table) sortTo(n int) {
	n = min(n, len(t.ranks))
	if t.fixed || n <= t.sorted {
		return
	}
	cmp := t.compare()
	if n < len(t.ranks)/8 {
		selectFirst(t.ranks, n, cmp)
		slices.SortFunc(t.ranks[:n], cmp)
		t.sorted = n
		return
	}
	slices.SortFunc(t.ranks, cmp)
	t.sorted = len(t.ranks)
}

// selectFirst moves the n smallest of r to its beginning, in any order.
func selectFirst(r []rank, n int, cmp func(a, b rank) int) {
	lo, hi := 0, len(r)
	for hi-lo > 1 && n > lo && n < hi {
		pivot := r[lo+(hi-lo)/2]
		i, j := lo, hi-1
		for i <= j {
			for cmp(r[i], pivot) < 0 {
				i++
			}
			for cmp(r[j], pivot) > 0 {
				j--
			}
			if i <= j {
				r[i], r[j] = r[j], r[i]
				i++
				j--
			}
		}
		switch {
		case n <= j:
			hi = j + 1
		case n >= i:
			lo = i
		default:
			return
		}
	}
}

// row is the source's row at a place of the list, or -1.
func (t *table) row(at int) int32 {
	switch {
	case at < 0 || at >= len(t.index):
		return -1
	case t.ordered():
		return t.ranks[at].row
	}
	return t.index[at]
}

func (t *table) ordered() bool { return !t.fixed && len(t.ranks) == len(t.index) && t.sorted > 0 }

// current is the source's row under the cursor, or -1.
func (t *table) current() int32 { return t.row(t.cursor) }

// column finds a column by its id, or -1.
func (t *table) column(id string) int {
	return slices.IndexFunc(t.columns(), func(c column) bool { return c.id == id })
}

// ids are the columns that may be shown, in their order.
func (t *table) ids() []string {
	if t.chosen != nil {
		return t.chosen
	}
	var all []string
	for _, c := range t.columns() {
		all = append(all, c.id)
	}
	return all
}

// sort orders by a column; the same one again turns the order around.
func (t *table) sort(id string) {
	if t.column(id) < 0 {
		return
	}
	t.reverse = t.sortBy == id && !t.reverse
	t.sortBy = id
	t.arrange()
}

func (t *table) moveTo(at int) {
	if t.leave != nil && (at < 0 || at > 0 && at >= len(t.index)) && t.leave(at < 0) {
		return
	}
	t.cursor = at
	t.clamp()
	t.sortTo(t.top + t.height + 1)
}

// clamp keeps cursor and window inside of the rows.
func (t *table) clamp() {
	n := len(t.index)
	t.cursor = max(min(t.cursor, n-1), 0)
	h := max(t.height, 1)
	t.top = max(min(t.top, t.cursor, n-h), t.cursor-h+1, 0)
}

// scroll moves the window; the cursor stays inside of it.
func (t *table) scroll(by int) {
	h := max(t.height, 1)
	t.top = max(min(t.top+by, len(t.index)-h), 0)
	t.cursor = max(min(t.cursor, t.top+h-1), t.top)
	t.moveTo(t.cursor)
}

// visible are the rows on the screen.
func (t *table) visible(yield func(row int32) bool) {
	for at := t.top; at < min(t.top+t.height, len(t.index)); at++ {
		if !yield(t.row(at)) {
			return
		}
	}
}

// resize tells the table how many rows it can show.
func (t *table) resize(height int) {
	t.height = max(height, 0)
	t.clamp()
	t.sortTo(t.top + t.height + 1)
}
