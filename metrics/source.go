package metrics

import (
	"context"
	"time"
)

// ProcessSource lists the processes of the machine.
//
// Append appends one Process for each process to dst, sorted by pid, and
// returns the extended slice; what it appends belongs to the caller, except that
// ID and Security are shared and immutable. A process that vanishes meanwhile is
// left out and is no error. The caller makes one call at a time.
type ProcessSource interface {
	Name() string
	Append(ctx context.Context, dst []Process) ([]Process, error)
}

// SocketSource lists the sockets of the machine. procs are the processes of the
// same cycle, to find owners among; it may be nil. The rules of
// ProcessSource.Append hold.
type SocketSource interface {
	Name() string
	Append(ctx context.Context, procs []Process, dst []Socket) ([]Socket, error)
}

// EarlySocketSource is implemented by socket sources that need the processes only at
// the end: AppendEarly is called while they are still being read, and procs waits for
// them. What it returns may be nil. Otherwise the rules of SocketSource.Append hold.
type EarlySocketSource interface {
	AppendEarly(ctx context.Context, procs func() []Process, dst []Socket) ([]Socket, error)
}

// HostReader reads one aspect of the whole machine at its own cadence. Read may
// be slow or block: the collector runs it beside the cycle, one call at a time,
// and keeps the last result. Apply sets the values in a System; it must only
// assign values that nobody will change any more.
type HostReader interface {
	Name() string
	Every() time.Duration
	Read(ctx context.Context) (apply func(*System), err error)
}

// GapReporter is implemented by sources that know what they could not have. The
// result is valid until the source's next call.
type GapReporter interface{ Gaps() []Gap }

// Noter is implemented by sources that know what cost the most in the last call.
type Noter interface{ Note() string }

// HiddenReporter is implemented by process sources that can tell tasks that are
// missing from the listing of /proc, already confirmed.
type HiddenReporter interface{ Hidden() []Hidden }

// CacheReporter is implemented by whatever keeps caches.
type CacheReporter interface{ Caches() []CacheStat }

// CacheStat describes one cache.
type CacheStat struct {
	Name         string
	Entries      int
	Bytes        int64  // estimate; 0 when unknown
	Hits, Misses uint64 // since the start
	Limit        int    // entries; 0 when bounded otherwise

	Store bool // holds what there is and is never asked for more: it has no hits
}

// Closer is implemented by sources that hold descriptors or kernel objects.
type Closer interface{ Close() error }

// Pool is what collection needs of a worker pool.
type Pool interface {
	// Submit runs task on a worker, soon, and does not wait for it. The task may
	// be held up by the kernel; such workers are few and bounded: false means that
	// none is free.
	Submit(task func()) bool
}

// Batcher runs fn over the contiguous ranges [lo, hi) that make up [0, n), in
// parallel, and waits for all. The caller's goroutine takes part. The first
// error is returned; a panic in fn comes back as an error with its stack.
// Batches not begun when ctx ends are left out and ctx.Err() is returned.
type Batcher interface {
	Each(ctx context.Context, n int, fn func(ctx context.Context, lo, hi int) error) error
}
