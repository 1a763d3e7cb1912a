package ui

import (
	"math"
	"time"

	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// meter paints a bar of w cells that shows share (0 to 1).
func (a area) meter(x, y, w int, share float64, st screen.Style) {
	if math.IsNaN(share) {
		share = 0
	}
	share = min(max(share, 0), 1)
	steps := len(a.sym.steps) + 1
	filled := int(share*float64(w*steps) + 0.5)
	a.fill(x, y, w, a.sym.empty, stRule)
	a.fill(x, y, filled/steps, a.sym.full, st)
	if rest := filled % steps; rest > 0 {
		a.put(x+filled/steps, y, a.sym.steps[rest-1], st)
	}
}

// loadStyle is the colour of a share that had better stay low.
func loadStyle(share float64, calm screen.Style) screen.Style {
	switch {
	case share >= 0.95:
		return stBad
	case share >= 0.80:
		return stWarn
	}
	return calm
}

// level is the small column that shows share.
func (s *symbols) level(share float64) rune {
	n := len(s.levels) - 1
	i := int(share*float64(n) + 0.5)
	if share > 0.005 && i == 0 {
		i = 1
	}
	return s.levels[min(max(i, 0), n)]
}

// series is what a graph draws.
type series struct {
	of    monitor.Series
	style screen.Style
	// top is the value at the upper edge; 0 scales by the largest value seen, and
	// at least floor.
	top, floor float64
	goal       float64 // a line across; 0 is none
}

// plot keeps the scratch of drawing graphs.
type plot struct {
	values  []float32
	columns []float32
}

// bucket is how many cycles one column of dots stands for, so that the graph
// reaches back at least as long as minSpan cycles. The borders of columns are
// multiples of it, counted from the first cycle: the picture stays the same
// until a column is full.
func bucket(columns int) int {
	const minSpan = 300
	if columns <= 0 {
		return 1
	}
	return max(1, (minSpan+columns-1)/columns)
}

// span is the time that a graph of a width reaches back: of the cycles that it
// shows, by their clock, and at the present pace for the room that is still empty.
func (m *Model) span(width int) time.Duration {
	if m.sym.braille {
		width *= 2
	}
	cycles := width * bucket(width)
	var over time.Duration
	held := 0
	if h := m.frame.Self.History; h != nil {
		over, held = h.Span(cycles + 1) // the first begins where the one before it ends
	}
	over += time.Duration(cycles-max(held-1, 0)) * max(m.frame.Interval, time.Second/10)
	if over > 2*time.Minute {
		return over.Round(10 * time.Second) // cycles are not that punctual
	}
	return over.Round(time.Second)
}

// graph fills the area with the history of one series, newest at the right, and
// returns the value at its upper edge.
func (p *plot) graph(a area, h *monitor.History, seq uint64, s series) float64 {
	if a.w <= 0 || a.h <= 0 || h == nil {
		return 0
	}
	wide, high := 1, len(a.sym.levels)-1
	if a.sym.braille {
		wide, high = 2, 4
	}
	columns := a.w * wide
	step := bucket(columns)
	// Two columns share a cell of braille dots: shift by whole cells only.
	newest := int(seq % uint64(step*wide))
	p.values = h.Tail(p.values[:0], s.of, (columns-wide)*step+newest+1)
	p.bin(columns, step, wide, newest)

	top := s.top
	if top == 0 {
		top = s.floor
		for _, v := range p.columns {
			top = max(top, float64(v))
		}
		top = nice(top)
	}
	if s.goal > 0 {
		p.line(a, s.goal/top)
	}
	for cx := range a.w {
		if a.sym.braille {
			p.brailleCell(a, cx, top, s.style)
			continue
		}
		v := float64(p.columns[cx]) / top * float64(a.h*high)
		for row := range a.h {
			n := int(v+0.5) - (a.h-1-row)*high
			if n > 0 {
				a.put(cx, row, a.sym.levels[min(n, high)], s.style)
			} else if row == a.h-1 && p.columns[cx] > 0 {
				a.put(cx, row, a.sym.levels[1], s.style)
			}
		}
	}
	return top
}

// bin makes columns of the values: the largest of each bucket, so that a spike
// is never lost; -1 where there is nothing yet.
func (p *plot) bin(columns, step, wide, newest int) {
	p.columns = p.columns[:0]
	for range columns {
		p.columns = append(p.columns, -1)
	}
	// The last cell holds newest+1 values, and is filled from its left.
	base := columns*step - step*wide + newest // place of the newest value
	for i, v := range p.values {
		at := (base - (len(p.values) - 1 - i)) / step
		if at >= 0 && at < columns {
			p.columns[at] = max(p.columns[at], v)
		}
	}
}

// dots are the bits of a braille cell, from its lowest row up: left, right.
var dots = [4][2]uint8{{0x40, 0x80}, {0x04, 0x20}, {0x02, 0x10}, {0x01, 0x08}}

func (p *plot) brailleCell(a area, cx int, top float64, st screen.Style) {
	for row := range a.h {
		var bits uint8
		for side := range 2 {
			v := float64(p.columns[2*cx+side])
			if v < 0 {
				continue
			}
			n := int(v/top*float64(4*a.h) + 0.5)
			n = max(n, 1) - 4*(a.h-1-row) // a base line shows that there are values
			for k := range min(max(n, 0), 4) {
				bits |= dots[k][side]
			}
		}
		if bits != 0 {
			a.put(cx, row, rune(0x2800)+rune(bits), st)
		}
	}
}

// line paints a goal across the graph, below what is drawn later.
func (p *plot) line(a area, share float64) {
	if row := a.h - 1 - int(share*float64(a.h)); share <= 1 && a.inside(row) {
		for x := 0; x < a.w; x += 2 {
			a.put(x, row, a.sym.rule, stRule)
		}
	}
}

// nice rounds up to 1, 2 or 5 times a power of ten, so that the scale of a graph
// seldom changes.
func nice(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*p {
			return m * p
		}
	}
	return 10 * p
}
