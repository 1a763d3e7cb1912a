package bpf

import (
	"context"
	"errors"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// ErrUnsupported is wrapped by the errors of New that no retry mends: the text
// says what the kernel or the privilege lacks.
var ErrUnsupported = errors.New("eBPF iterators are not available")

// Options says how a Source gets what only /proc has. A function that is nil
// leaves its part of the identity unknown. They are called for new identities
// only, from one goroutine at a time except for ReadCmdline and ListPids.
type Options struct {
	// ReadExe resolves /proc/PID/exe: the path without " (deleted)", and device and
	// inode as stat(2) tells them. One call serves all processes of a program.
	ReadExe func(pid int32) (path string, dev, inode uint64, err error)
	// ReadCwd resolves /proc/PID/cwd. One call serves all processes in a directory.
	ReadCwd func(pid int32) (string, error)
	// ReadCgroup reads the path for metrics.ParseCgroup from /proc/PID/cgroup. One
	// call serves all processes that share all their cgroups.
	ReadCgroup func(pid int32) (string, error)
	// ReadCmdline reads /proc/PID/cmdline, at most metrics.MaxCmdline bytes. It may
	// block in the kernel, so it is called beside the cycle.
	ReadCmdline func(ctx context.Context, pid int32) (cmdline string, cut bool, err error)
	// ListPids appends what a listing of /proc shows, in rising order. It is called
	// beside the cycle, to find processes that are hidden from it.
	ListPids func(dst []int32) ([]int32, error)
	// ReadProcess reads a process that a listing of /proc shows and the kernel does
	// not show to eBPF programs. It is called for each of them every time.
	ReadProcess func(ctx context.Context, pid int32) (metrics.Process, error)
	// UserName names a user id; it must not block.
	UserName func(uid uint32) string

	// IdentityWait is how long Append waits for command lines at most, 200 ms when
	// it is 0. Late ones are in the result of a later Append.
	IdentityWait time.Duration
	// HiddenEvery is the time between two searches for hidden processes, 10 s when
	// it is 0.
	HiddenEvery time.Duration
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.IdentityWait <= 0 {
		o.IdentityWait = 200 * time.Millisecond
	}
	if o.HiddenEvery <= 0 {
		o.HiddenEvery = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

var (
	_ metrics.ProcessSource  = (*Source)(nil)
	_ metrics.GapReporter    = (*Source)(nil)
	_ metrics.Noter          = (*Source)(nil)
	_ metrics.CacheReporter  = (*Source)(nil)
	_ metrics.Shrinker       = (*Source)(nil)
	_ metrics.HiddenReporter = (*Source)(nil)
	_ metrics.Closer         = (*Source)(nil)
	_ metrics.Screener       = (*Screener)(nil)
)

// Owner says that a process holds a socket.
type Owner struct {
	Inode uint64 // of the socket file
	Key   metrics.ProcKey
	FD    int32 // the lowest descriptor by which it does
}
