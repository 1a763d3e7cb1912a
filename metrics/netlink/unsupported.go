//go:build !linux

package netlink

import (
	"context"
	"fmt"
	"runtime"

	"github.com/smoothtask/smoothtask/metrics"
)

// Sockets cannot be made here: see ErrUnsupported.
type Sockets struct{}

// NewSockets returns ErrUnsupported.
func NewSockets(Options) (*Sockets, error) {
	return nil, fmt.Errorf("list sockets on %s: %w", runtime.GOOS, ErrUnsupported)
}

// Name is "netlink".
func (*Sockets) Name() string { return "netlink" }

// Append returns ErrUnsupported.
func (*Sockets) Append(_ context.Context, _ []metrics.Process, dst []metrics.Socket) ([]metrics.Socket, error) {
	return dst, ErrUnsupported
}

// Gaps is empty.
func (*Sockets) Gaps() []metrics.Gap { return nil }

// Note is empty.
func (*Sockets) Note() string { return "" }

// Caches is empty.
func (*Sockets) Caches() []metrics.CacheStat { return nil }

// Close does nothing.
func (*Sockets) Close() error { return nil }
