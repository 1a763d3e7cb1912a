package netlink

import (
	"context"

	"github.com/smoothtask/smoothtask/metrics"
)

// TCPLister is another way to list the TCP sockets of this network namespace. It
// gives what sock_diag gives, in the same order, except that the Cookie of a socket
// is 0 for which nobody has asked the kernel yet.
type TCPLister interface {
	Append(ctx context.Context, dst []metrics.Socket) ([]metrics.Socket, error)
	Close() error
}
