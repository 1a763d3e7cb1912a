package metrics

import (
	"context"
	"errors"
	"time"
)

// CollectorOptions sets up a Collector. Sockets and Host may be left out.
type CollectorOptions struct {
	Processes ProcessSource
	Sockets   SocketSource
	Host      []HostReader
	Pool      Pool
	// Deadline is how long a cycle waits for its sources, all together. What is
	// not there by then is shown with its age and joins a later cycle.
	Deadline time.Duration
	Now      func() time.Time
}

// Collector gathers snapshots. Its methods are for one goroutine, but for
// Recycle.
type Collector struct {
	opt     CollectorOptions
	procs   feed[Process]
	socks   feed[Socket]
	account NetAccount
	host    []*reading
	free    chan *Snapshot
	first   bool
	extras  time.Duration
	sockDue time.Time
}

// NewCollector makes a collector over the sources, which Close closes.
func NewCollector(o CollectorOptions) *Collector {
	c := &Collector{opt: o, free: make(chan *Snapshot, 1), first: true, procs: newFeed[Process](o.Processes.Name())}
	if o.Sockets != nil {
		c.socks = newFeed[Socket](o.Sockets.Name())
	}
	for _, r := range o.Host {
		c.host = append(c.host, newReading(r))
	}
	return c
}

// SlowExtras makes sockets, and the host readings that do not come every cycle
// anyway, at least d apart; 0 gives them their own cadence back.
func (c *Collector) SlowExtras(d time.Duration) { c.extras = d }

// Collect gathers one snapshot. It returns within the deadline, whatever a
// source does, and then repeats from prev, the snapshot before (nil in the first
// cycle), what a source did not bring. The result belongs to the caller. An
// error means that ctx has ended.
func (c *Collector) Collect(ctx context.Context, prev *Snapshot) (*Snapshot, error) {
	s := c.snapshot(prev)
	s.At, s.Uptime = c.opt.Now(), uptime()
	wait, cancel := context.WithTimeout(ctx, c.opt.Deadline)
	defer cancel()
	for _, r := range c.host {
		r.begin(ctx, s.At, c.extras, c.opt.Now, c.opt.Pool)
	}
	if prev == nil {
		prev = &Snapshot{}
	}
	ready := make(chan struct{})
	c.beginProcesses(ctx, s)
	due := c.opt.Sockets != nil && c.beginSockets(ctx, s, ready)
	fresh := c.endProcesses(wait, s, prev)
	close(ready)
	if c.opt.Sockets != nil {
		var socks []Socket // none: the totals so far are only written down
		if c.endSockets(wait, s, prev, due) && fresh {
			socks = s.Sockets
		}
		c.account.Apply(s.Processes, socks)
	}
	for _, r := range c.host {
		r.end(wait.Done(), c.first, s.At, c.opt.Deadline)
		if r.apply != nil {
			r.apply(&s.System)
		}
	}
	c.first = false
	if s.Uptime == 0 && !s.System.Host.BootTime.IsZero() {
		s.Uptime = s.At.Sub(s.System.Host.BootTime)
	}
	s.Counts = count(s.Processes)
	c.report(s)
	return s, ctx.Err()
}

func (c *Collector) beginProcesses(ctx context.Context, s *Snapshot) {
	c.procs.begin(c.opt.Now, c.opt.Pool, s.Processes, func(dst []Process, _ *time.Duration) ([]Process, error) {
		return c.opt.Processes.Append(ctx, dst)
	})
}

func (c *Collector) endProcesses(wait context.Context, s, prev *Snapshot) bool {
	got, ok := c.procs.end(wait.Done())
	if ok {
		s.Processes, s.ProcessesAt = got, c.procs.stat.At
		return true
	}
	// The late call owns the buffer that it was given.
	s.Processes, s.ProcessesAt = append([]Process(nil), prev.Processes...), prev.ProcessesAt
	return false
}

// beginSockets has the sockets read if it is time. ready is closed when the processes
// of s are there: a source that can begin without them does, the others wait.
func (c *Collector) beginSockets(ctx context.Context, s *Snapshot, ready <-chan struct{}) bool {
	if !c.socks.busy && s.At.Before(c.sockDue) {
		return false
	}
	c.sockDue = s.At.Add(c.extras)
	c.socks.begin(c.opt.Now, c.opt.Pool, s.Sockets, func(dst []Socket, idle *time.Duration) ([]Socket, error) {
		procs := func() []Process {
			begun := c.opt.Now()
			<-ready
			*idle += c.opt.Now().Sub(begun)
			return s.Processes
		}
		if early, ok := c.opt.Sockets.(EarlySocketSource); ok {
			return early.AppendEarly(ctx, procs, dst)
		}
		return c.opt.Sockets.Append(ctx, procs(), dst)
	})
	return true
}

func (c *Collector) endSockets(wait context.Context, s, prev *Snapshot, due bool) bool {
	if !due {
		s.Sockets, s.SocketsAt = append(s.Sockets, prev.Sockets...), prev.SocketsAt
		return false
	}
	got, ok := c.socks.end(wait.Done())
	if ok {
		s.Sockets, s.SocketsAt = got, c.socks.stat.At
		return true
	}
	s.Sockets, s.SocketsAt = append([]Socket(nil), prev.Sockets...), prev.SocketsAt
	return false
}

// report adds what the sources say of themselves.
func (c *Collector) report(s *Snapshot) {
	s.Sources = append(s.Sources[:0], c.procs.status(c.opt.Processes))
	s.Gaps = gaps(s.Gaps[:0], c.opt.Processes, c.procs.busy)
	if h, ok := c.opt.Processes.(HiddenReporter); ok && !c.procs.busy {
		s.Hidden = append(s.Hidden[:0], h.Hidden()...)
	}
	if c.opt.Sockets != nil {
		s.Sources = append(s.Sources, c.socks.status(c.opt.Sockets))
		s.Gaps = gaps(s.Gaps, c.opt.Sockets, c.socks.busy)
	}
	for _, r := range c.host {
		s.Sources = append(s.Sources, r.feed.status(r.HostReader))
		s.Gaps = gaps(s.Gaps, r.HostReader, r.feed.busy)
	}
}

// gaps appends what a source could not have. A source that is at work must not
// be asked.
func gaps(dst []Gap, source any, busy bool) []Gap {
	if g, ok := source.(GapReporter); ok && !busy {
		dst = append(dst, g.Gaps()...)
	}
	return dst
}

// outsized reports whether a list has room for several times what is in use: what
// a crowd needed is given up when the crowd is gone.
func outsized[T any](list []T, used int) bool { return cap(list) > 4*(used+minRoom) }

// roomyUses is how often in a row a snapshot serves though it has a good deal more room
// than is in use: long enough for what comes and goes, not for what the start needed.
const roomyUses = 16

// minRoom is the number of items for which room is never too much.
const minRoom = 256

// snapshot takes a recycled snapshot, emptied, or makes a new one. A late call
// for sockets may still read the processes of an old one: then it makes a new.
// A new one has room for what prev holds and a little more: growing by appending
// would leave half a dozen outgrown lists behind.
func (c *Collector) snapshot(prev *Snapshot) *Snapshot {
	fresh := func() *Snapshot {
		if prev == nil {
			return &Snapshot{}
		}
		p, n := len(prev.Processes), len(prev.Sockets)
		return &Snapshot{Processes: make([]Process, 0, p+p/32+16), Sockets: make([]Socket, 0, n+n/32+16)}
	}
	select {
	case s := <-c.free:
		if c.socks.busy || prev != nil && (outsized(s.Processes, len(prev.Processes)) || outsized(s.Sockets, len(prev.Sockets))) {
			return fresh()
		}
		roomy := 0
		if prev != nil && (Roomy(cap(s.Processes), len(prev.Processes)) || Roomy(cap(s.Sockets), len(prev.Sockets))) {
			if roomy = s.roomy + 1; roomy >= roomyUses {
				c.Shrink() // the other lists were as long
				return fresh()
			}
		}
		*s = Snapshot{roomy: roomy, Processes: s.Processes[:0], Sockets: s.Sockets[:0],
			Gaps: s.Gaps[:0], Sources: s.Sources[:0], Hidden: s.Hidden[:0]}
		return s
	default:
		return fresh()
	}
}

// Recycle gives back the memory of a snapshot that nobody reads any more. It is
// optional, and safe for concurrent use.
func (c *Collector) Recycle(s *Snapshot) {
	select {
	case c.free <- s:
	default:
	}
}

// Caches reports the caches of all sources.
func (c *Collector) Caches() []CacheStat {
	var all []CacheStat
	if r, ok := c.opt.Processes.(CacheReporter); ok && !c.procs.busy {
		all = append(all, r.Caches()...)
	}
	if r, ok := c.opt.Sockets.(CacheReporter); ok && !c.socks.busy {
		all = append(all, r.Caches()...)
	}
	for _, h := range c.host {
		if r, ok := h.HostReader.(CacheReporter); ok && !h.feed.busy {
			all = append(all, r.Caches()...)
		}
	}
	return all
}

// Close closes the sources that hold something. It must not run beside Collect.
// Closing a source that is still held up in a call would pull its files away from
// under it: that one is closed when the call ends.
func (c *Collector) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	err := c.procs.close(ctx.Done(), c.opt.Processes)
	if c.opt.Sockets != nil {
		err = errors.Join(err, c.socks.close(ctx.Done(), c.opt.Sockets))
	}
	for _, r := range c.host {
		err = errors.Join(err, r.feed.close(ctx.Done(), r.HostReader))
	}
	return err
}

// closeWait is how long Close waits for calls that are under way.
const closeWait = 300 * time.Millisecond

func count(procs []Process) (n Counts) {
	n.Processes = len(procs)
	for i := range procs {
		p := &procs[i]
		n.Threads += int(p.Threads)
		if p.Kthread() {
			n.Kernel++
		}
		switch p.State {
		case 'R':
			n.Running++
		case 'D':
			n.Blocked++
		case 'T', 't':
			n.Stopped++
		case 'Z':
			n.Zombie++
		default:
			n.Sleeping++
		}
	}
	return n
}
