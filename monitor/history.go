package monitor

import "sync"

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
	next  int // where the next value goes
	n     int // values held
}

// NewHistory makes a history of the given number of cycles; its memory is
// 4 bytes × cycles × SeriesCount and never grows.
func NewHistory(cycles int) *History {
	h := &History{}
	flat := make([]float32, cycles*int(SeriesCount))
	for i := range h.rings {
		h.rings[i] = flat[i*cycles : (i+1)*cycles : (i+1)*cycles]
	}
	return h
}

// Push adds the values of one cycle.
func (h *History) Push(values *[SeriesCount]float32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.rings {
		h.rings[i][h.next] = values[i]
	}
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

// Len is the number of cycles held.
func (h *History) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n
}

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
	h.rings, h.n, h.next = keep.rings, n, n%(size/2)
	return true
}

const minHistory = 120
