package monitor

import (
	"sync"
	"sync/atomic"
	"time"
)

// Meter counts what the screen and the servers cost. They add, the monitor reads.
// The zero value is ready, and safe for concurrent use.
type Meter struct {
	terminalBytes atomic.Uint64
	networkBytes  atomic.Uint64
	renderTotal   atomic.Int64 // ns
	lostFrames    atomic.Uint64

	mu       sync.Mutex
	renders  recent // ms
	pictures recent // bytes
}

// AddTerminal counts bytes written to the terminal.
func (m *Meter) AddTerminal(n int) { m.terminalBytes.Add(uint64(n)) }

// AddNetwork counts bytes received from or sent to others over the network.
func (m *Meter) AddNetwork(n int) { m.networkBytes.Add(uint64(n)) }

// AddLostFrame counts a frame that was replaced before it could be shown.
func (m *Meter) AddLostFrame() { m.lostFrames.Add(1) }

// AddRender takes the time of one drawing of the screen.
func (m *Meter) AddRender(d time.Duration) {
	m.renderTotal.Add(int64(d))
	m.mu.Lock()
	m.renders.add(millis(d))
	m.mu.Unlock()
}

// AddPicture takes the bytes that one picture sent to the terminal.
func (m *Meter) AddPicture(bytes int) {
	m.mu.Lock()
	m.pictures.add(float64(bytes))
	m.mu.Unlock()
}

// take moves what came since the last call into the windows.
func (m *Meter) take(renders, pictures *window) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.renders.move(renders)
	m.pictures.move(pictures)
}

// recent holds the values that came since they were taken, as many as a window has
// room for: those before them would not be in it any more.
type recent struct {
	values []float64
	next   int // where the next one goes, once there is no more room
}

func (r *recent) add(v float64) {
	if len(r.values) < windowLength {
		r.values = append(r.values, v)
		return
	}
	r.values[r.next] = v
	r.next = (r.next + 1) % windowLength
}

// move adds the values to a window, in their order.
func (r *recent) move(to *window) {
	for i := range r.values {
		to.add(r.values[(r.next+i)%len(r.values)])
	}
	r.values, r.next = r.values[:0], 0
}

// RenderTime is the time that all drawings so far took together.
func (m *Meter) RenderTime() time.Duration { return time.Duration(m.renderTotal.Load()) }
