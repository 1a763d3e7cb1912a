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

// History keeps the last values of every series, one per cycle. It is safe for
// concurrent use: the monitor pushes, and whoever draws copies out.
type History struct {
	mu    sync.Mutex
	rings [SeriesCount][]float32
	times []int64 // of each cycle, Unix ns
	next  int     // where the next value goes
	n     int     // values held

	pushed      int
	first, last time.Time // of all values ever pushed
}

// NewHistory makes a history of the given number of cycles; its memory is
// 4 bytes × cycles × SeriesCount, and 8 bytes × cycles, and never grows.
func NewHistory(cycles int) *History {
	h := &History{times: make([]int64, cycles)}
	flat := make([]float32, cycles*int(SeriesCount))
	for i := range h.rings {
		h.rings[i] = flat[i*cycles : (i+1)*cycles : (i+1)*cycles]
	}
	return h
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
	for i := range h.rings {
		h.rings[i][h.next] = values[i]
	}
	h.times[h.next] = at.UnixNano()
	size := len(h.rings[0])
	h.next = (h.next + 1) % size
	h.n = min(h.n+1, size)
}

// Tail appends the last n values of a series to dst, oldest first; fewer when
// fewer are held.
func (h *History) Tail(dst []float32, s Series, n int) []float32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	size := len(h.rings[s])
	n = min(n, h.n)
	for i := range n {
		dst = append(dst, h.rings[s][(h.next-n+i+size)%size])
	}
	return dst
}

// Span is the time from the oldest to the newest of the last n cycles, and how
// many of these are held.
func (h *History) Span(n int) (over time.Duration, held int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n = min(n, h.n)
	if n == 0 {
		return 0, 0
	}
	size := len(h.times)
	return time.Duration(h.times[(h.next-1+size)%size] - h.times[(h.next-n+size)%size]), n
}

// Len is the number of cycles held.
func (h *History) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n
}

// slope is the growth of a series per hour, by least squares over what is held;
// false when that spans less than minSlope. Cycles are timed by when they were
// pushed.
func (h *History) slope(s Series) (perHour float64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n < minHistory || h.last.Sub(h.first) < minSlope {
		return 0, false
	}
	size := len(h.rings[s])
	hours := h.last.Sub(h.first).Hours() * float64(h.n) / float64(max(h.pushed, h.n))
	var sx, sy, sxx, sxy float64
	n := float64(h.n)
	for i := range h.n {
		x, y := hours*float64(i)/n, float64(h.rings[s][(h.next-h.n+i+size)%size])
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if d := n*sxx - sx*sx; d > 0 {
		return (n*sxy - sx*sy) / d, true
	}
	return 0, false
}

// minSlope is the time that must be covered before a slope means something.
const minSlope = 10 * time.Minute

// Halve gives up the older half of the capacity, as a means against memory
// growth. It reports whether anything was given up.
func (h *History) Halve() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	size := len(h.rings[0])
	if size < 2*minHistory {
		return false
	}
	keep := NewHistory(size / 2)
	n := min(h.n, size/2)
	for i := range h.rings {
		for k := range n {
			keep.rings[i][k] = h.rings[i][(h.next-n+k+size)%size]
		}
	}
	for k := range n {
		keep.times[k] = h.times[(h.next-n+k+size)%size]
	}
	h.rings, h.times, h.n, h.next = keep.rings, keep.times, n, n%(size/2)
	return true
}

const minHistory = 120
