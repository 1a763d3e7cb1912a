//go:build !linux || !(amd64 || arm64)

package bpf

import (
	"context"

	"github.com/smoothtask/smoothtask/metrics"
)

// TCPSockets cannot be made on this system.
type TCPSockets struct{ metrics.Closer }

// NewTCPSockets returns ErrUnsupported on this system.
func NewTCPSockets() (*TCPSockets, error) {
	_, err := New(Options{})
	return nil, err
}

// Append lists nothing.
func (*TCPSockets) Append(_ context.Context, dst []metrics.Socket) ([]metrics.Socket, error) {
	return dst, ErrUnsupported
}

// ProgramIDs is empty: nothing was loaded.
func (*TCPSockets) ProgramIDs() []uint32 { return nil }
