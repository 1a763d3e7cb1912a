package netlink

import (
	"context"
	"errors"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// ErrUnsupported is returned by NewSockets on systems other than Linux.
var ErrUnsupported = errors.New("sock_diag is there on Linux only")

// Owner says that a process holds a socket.
type Owner struct {
	Inode uint64          // of the socket file
	Key   metrics.ProcKey // of a process that holds it
	FD    int32           // the lowest descriptor by which it does
}

// Options configure Sockets. The zero value is good for the machine at hand.
type Options struct {
	// Proc is the directory where proc(5) is mounted; "" is /proc.
	Proc string

	// Owners finds the holders of the sockets whose inodes are in want, which is
	// sorted, and appends one Owner for each pair of inode and process; an inode
	// that nobody holds is left out. It may be nil: then the descriptors of
	// processes are searched in Proc.
	Owners func(ctx context.Context, want []uint64, dst []Owner) ([]Owner, error)

	// Batch spreads the reading of descriptors over workers when many processes are
	// new; nil reads them one after the other.
	Batch metrics.Batcher

	// OpenTCP opens a way to list TCP sockets that is faster than sock_diag and
	// takes some time to open; it may be nil. It is called once there has been
	// enough to list, and its result is closed by Close.
	OpenTCP func() (TCPLister, error)

	// Budget bounds the search of descriptors in one cycle in which sockets
	// without a known owner exist; 0 is 10 ms.
	Budget time.Duration
	// FirstBudget is the budget of the first cycle, in which everything is new;
	// 0 is 60 ms. What it did not suffice for follows in the next cycles, in
	// CatchUpBudget each; 0 is 50 ms.
	FirstBudget, CatchUpBudget time.Duration
	// RefreshBudget bounds the re-reading of descriptors in a cycle without new
	// sockets. It finds those who closed, inherited or were handed a socket;
	// 0 is 1 ms.
	RefreshBudget time.Duration

	// MaxSockets bounds the sockets whose owners are remembered; 0 follows Memory.
	MaxSockets int
	// Memory is what the program may take, in bytes; 0 is 512 MB.
	Memory uint64
}

// ownerBytes is about what is remembered of one socket: entry, two rows and place in
// the index.
const ownerBytes = 80

// ownerShare is what owners may take. There is one entry a socket, gone with it.
var ownerShare = metrics.Share{Part: 32, Bytes: ownerBytes, Least: 16384, Most: 1 << 17}

func (o Options) withDefaults() Options {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Budget == 0 {
		o.Budget = 10 * time.Millisecond
	}
	if o.FirstBudget == 0 {
		o.FirstBudget = 60 * time.Millisecond
	}
	if o.CatchUpBudget == 0 {
		o.CatchUpBudget = 50 * time.Millisecond
	}
	if o.RefreshBudget == 0 {
		o.RefreshBudget = time.Millisecond
	}
	if o.Memory == 0 {
		o.Memory = metrics.DefaultMemory
	}
	if o.MaxSockets == 0 {
		o.MaxSockets = ownerShare.Entries(o.Memory)
	}
	return o
}
