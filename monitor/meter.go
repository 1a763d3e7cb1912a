package monitor

import (
	"sync/atomic"
	"time"
)

// Meter counts what the screen and the server cost. They add, the monitor reads.
// The zero value is ready, and safe for concurrent use.
type Meter struct {
	terminalBytes atomic.Uint64
	networkBytes  atomic.Uint64
	frames        atomic.Uint64
	renderLast    atomic.Int64
	renderTotal   atomic.Int64
}

// AddTerminal counts bytes written to the terminal.
func (m *Meter) AddTerminal(n int) { m.terminalBytes.Add(uint64(n)) }

// AddNetwork counts bytes received from or sent to others over the network.
func (m *Meter) AddNetwork(n int) { m.networkBytes.Add(uint64(n)) }

// AddRender counts one drawing of the screen and the time it took.
func (m *Meter) AddRender(d time.Duration) {
	m.frames.Add(1)
	m.renderLast.Store(int64(d))
	m.renderTotal.Add(int64(d))
}

// TerminalBytes is the number of bytes written to the terminal so far.
func (m *Meter) TerminalBytes() uint64 { return m.terminalBytes.Load() }

// NetworkBytes is the number of bytes received and sent over the network so far.
func (m *Meter) NetworkBytes() uint64 { return m.networkBytes.Load() }

// Renders is the number of drawings so far and the time of the last one.
func (m *Meter) Renders() (n uint64, last time.Duration) {
	return m.frames.Load(), time.Duration(m.renderLast.Load())
}

// RenderTime is the time that all drawings so far took together.
func (m *Meter) RenderTime() time.Duration { return time.Duration(m.renderTotal.Load()) }
