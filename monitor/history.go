package monitor

import (
	"sync"
	"time"
)

// Series names the values that are kept over time.
type Series uint8

// The series, with their units.
const (
	SeriesCPU      Series = iota // percent of all processors
	SeriesMemory                 // percent of memory in use
	SeriesSwap                   // percent
	SeriesLoad                   // one-minute load average
	SeriesDiskRead               // bytes per second
	SeriesDiskWrite
	SeriesNetRx // bytes per second, without loopback
	SeriesNetTx
	SeriesPSICPU // percent, some, 10 s
	SeriesPSIMemory
	SeriesPSIIO
	SeriesProcesses
	SeriesCollect // ms
	SeriesDetect  // ms
	SeriesRSS     // MB
	SeriesOwnCPU  // percent of one core
	SeriesOwnIO   // bytes per second
	SeriesCount
)

// History keeps the last values of every series, one per cycle, or coarser: the
// last of every two. It is safe for concurrent use: the monitor pushes, and whoever
// draws copies out.
type History struct {
	mu     sync.Mutex
	values rings
	cycles int // that are held at most

	pushed      int
	first, last time.Time // of all values ever pushed
}

// rings are the values of all series.
type rings struct {
	of    [SeriesCount][]float32
	times []int64 // of each value, Unix ns
	next  int     // where the next value goes
	n     int     // values held
	each  int     // cycles that a value stands for: 1, or 2 when coarse
	part  int     // of these, those that the newest value has seen
}

// NewHistory makes a history of the given number of cycles; its memory is
// 4 bytes × cycles × SeriesCount, and 8 bytes × cycles, and never grows.
func NewHistory(cycles int) *History {
	return &History{values: newRings(cycles, 1), cycles: cycles}
}

func newRings(size, each int) rings {
	r := rings{each: each, times: make([]int64, size)}
	flat := make([]float32, size*int(SeriesCount))
	for i := range r.of {
		r.of[i] = flat[i*size : (i+1)*size : (i+1)*size]
	}
	return r
}

// Push adds the values of one cycle.
func (h *History) Push(at time.Time, values *[SeriesCount]float32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pushed == 0 {
		h.first = at
	}
	h.last = at
	h.pushed++
	h.values.add(at.UnixNano(), func(s Series) float32 { return values[s] })
}

// add takes the values of a cycle. Those of a value that stands for more cycles
// than it has seen are replaced: the newest value is always that of now.
func (r *rings) add(at int64, value func(Series) float32) {
	size := len(r.times)
	if r.n > 0 && r.part < r.each {
		r.part++
	} else {
		r.part = 1
		r.next = (r.next + 1) % size
		r.n = min(r.n+1, size)
	}
	newest := (r.next - 1 + size) % size
	r.times[newest] = at
	for s := range SeriesCount {
		r.of[s][newest] = value(s)
	}
}

// place is where the value of the given number of cycles ago is; 0 is the newest.
func (r *rings) place(ago int) int {
	size := len(r.times)
	behind := 0 // values
	if ago >= r.part {
		behind = 1 + (ago-r.part)/r.each
	}
	return (r.next - 1 - behind + 2*size) % size
}

// at is the value of a series the given number of cycles ago.
func (r *rings) at(s Series, ago int) float32 { return r.of[s][r.place(ago)] }

// span is the number of cycles held.
func (h *History) span() int {
	return min(max(h.values.n-1, 0)*h.values.each+h.values.part, h.cycles)
}

// Tail appends the last n values of a series to dst, oldest first; fewer when
// fewer are held. There is one for each cycle, at whatever resolution they are kept.
func (h *History) Tail(dst []float32, s Series, n int) []float32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ago := min(n, h.span()) - 1; ago >= 0; ago-- {
		dst = append(dst, h.values.at(s, ago))
	}
	return dst
}

// Span is the time from the oldest to the newest of the last n cycles, and how
// many of these are held.
func (h *History) Span(n int) (over time.Duration, held int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n = min(n, h.span()); n == 0 {
		return 0, 0
	}
	v := &h.values
	return time.Duration(v.times[v.place(0)] - v.times[v.place(n-1)]), n
}

// Len is the number of cycles held.
func (h *History) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.span()
}

// slope is the growth of a series per hour, by least squares over what is held;
// false when that spans less than minSlope. Cycles are timed by when they were
// pushed.
func (h *History) slope(s Series) (perHour float64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := h.span()
	if held < minHistory || h.last.Sub(h.first) < minSlope {
		return 0, false
	}
	hours := h.last.Sub(h.first).Hours() * float64(held) / float64(max(h.pushed, held))
	var sx, sy, sxx, sxy float64
	n := float64(held)
	for i := range held {
		x, y := hours*float64(i)/n, float64(h.values.at(s, held-1-i))
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if d := n*sxx - sx*sx; d > 0 {
		return (n*sxy - sx*sy) / d, true
	}
	return 0, false
}

// minSlope is the time that must be covered before a slope means something.
const minSlope = 10 * time.Minute

// Coarsen keeps one value for two cycles, in half of the memory, as a means against
// memory growth. It reports false when that is not worth it.
func (h *History) Coarsen() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.values.each > 1 || h.cycles < 2*minHistory {
		return false
	}
	h.resample(2)
	return true
}

// Refine ends Coarsen. What was kept meanwhile stays as it is.
func (h *History) Refine() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.values.each > 1 {
		h.resample(1)
	}
}

// resample takes what is held into rings in which a value stands for so many cycles.
func (h *History) resample(each int) {
	held, old := h.span(), h.values
	h.values = newRings((h.cycles+each-1)/each, each)
	for ago := held - 1; ago >= 0; ago-- {
		h.values.add(old.times[old.place(ago)], func(s Series) float32 { return old.at(s, ago) })
	}
}

// bytes is the memory of the values.
func (h *History) bytes() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return int64(len(h.values.times)) * (int64(SeriesCount)*4 + 8)
}

const minHistory = 120
