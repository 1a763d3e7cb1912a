package host

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	// A process source that has no number for the exec of a process looks at its
	// identity again after so long, and at once when its name or user changed.
	identityFor = 30 * time.Second
	maxPIDs     = 4 << 20 // PID_MAX_LIMIT
)

// ProcessOptions sets up NewProcesses.
type ProcessOptions struct {
	Root    string          // holds proc, on Linux; "" is "/"
	Users   *metrics.Users  // names users; nil reads Root
	Batcher metrics.Batcher // spreads the processes; nil reads them one after another
}

// Processes is the portable process source, for systems that have no better one.
// It costs many times what a source that reads /proc itself does.
type Processes struct {
	root  string
	users *metrics.Users
	batch metrics.Batcher
	boot  time.Time // as it was at the start: a clock that is set must not change keys

	mu     sync.Mutex
	cache  map[metrics.ProcKey]*cachedIdentity
	cycle  uint64
	hits   uint64
	misses uint64
	denied int
	gaps   []metrics.Gap
}

type cachedIdentity struct {
	id       *metrics.Identity
	comm     string
	uid, gid uint32
	until    time.Time
	cycle    uint64 // in which it was used last
}

// NewProcesses makes the source.
func NewProcesses(o ProcessOptions) *Processes {
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Users == nil {
		o.Users = metrics.NewUsers(o.Root, metrics.DefaultMemory)
	}
	// gopsutil reads the boot time for each look at a process otherwise.
	process.EnableBootTimeCache(true)
	return &Processes{root: o.Root, users: o.Users, batch: o.Batcher, boot: bootTime(below(context.Background(), o.Root), o.Root),
		cache: make(map[metrics.ProcKey]*cachedIdentity)}
}

// Name implements metrics.ProcessSource.
func (p *Processes) Name() string { return "gopsutil" }

// Gaps implements metrics.GapReporter.
func (p *Processes) Gaps() []metrics.Gap { return p.gaps }

// Caches implements metrics.CacheReporter.
func (p *Processes) Caches() []metrics.CacheStat {
	p.mu.Lock()
	defer p.mu.Unlock()
	const bytesPerEntry = 768 // identity, texts and place in the map
	return []metrics.CacheStat{{Name: "process identities", Entries: len(p.cache),
		Bytes: int64(len(p.cache)) * bytesPerEntry, Hits: p.hits, Misses: p.misses}}
}

// Append implements metrics.ProcessSource.
func (p *Processes) Append(ctx context.Context, dst []metrics.Process) ([]metrics.Process, error) {
	ctx = below(ctx, p.root)
	pids, err := process.PidsWithContext(ctx)
	if err != nil {
		return dst, fmt.Errorf("listing processes: %w", err)
	}
	pids = pids[:min(len(pids), maxPIDs)]
	slices.Sort(pids)
	p.cycle++
	p.denied = 0
	first := len(dst)
	dst = slices.Grow(dst, len(pids))[:first+len(pids)]
	found := dst[first:]
	err = p.each(ctx, len(pids), func(ctx context.Context, lo, hi int) error {
		for i := lo; i < hi; i++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			found[i] = metrics.Process{}
			p.read(ctx, pids[i], &found[i])
		}
		return nil
	})
	if err != nil {
		return dst[:first], err
	}
	p.forget()
	p.report()
	// Those that vanished have no identity.
	found = slices.DeleteFunc(found, func(m metrics.Process) bool { return m.ID == nil })
	return dst[:first+len(found)], nil
}

func (p *Processes) each(ctx context.Context, n int, fn func(ctx context.Context, lo, hi int) error) error {
	if p.batch == nil {
		return fn(ctx, 0, n)
	}
	return p.batch.Each(ctx, n, fn)
}

// read fills m, and leaves its ID nil when the process has vanished.
func (p *Processes) read(ctx context.Context, pid int32, m *metrics.Process) {
	q := &process.Process{Pid: pid}
	comm, ok := p.state(ctx, q, m)
	if !ok {
		return
	}
	uids, err := q.UidsWithContext(ctx)
	if err != nil {
		return
	}
	m.UID = idAt(uids, 0)
	if len(uids) > 1 {
		m.EUID = idAt(uids, 1)
		m.Have |= metrics.HasEffective
	}
	if times, err := q.TimesWithContext(ctx); err == nil {
		m.UserNS, m.SystemNS = nanoseconds(times.User), nanoseconds(times.System)
	}
	if memory, err := q.MemoryInfoWithContext(ctx); err == nil && memory != nil {
		m.RSSBytes, m.VirtualBytes = memory.RSS, memory.VMS
	}
	if io, err := q.IOCountersWithContext(ctx); err == nil && io != nil {
		m.ReadBytes, m.WriteBytes, m.ReadCalls, m.WriteCalls = io.ReadBytes, io.WriteBytes, io.ReadCount, io.WriteCount
		m.Have |= metrics.HasIO
	} else if !m.Kthread() {
		p.mu.Lock()
		p.denied++
		p.mu.Unlock()
	}
	if n, err := q.NumCtxSwitchesWithContext(ctx); err == nil && n != nil {
		m.VoluntarySwitches, m.InvoluntarySwitches = uint64(n.Voluntary), uint64(n.Involuntary)
		m.Have |= metrics.HasSwitches
	}
	p.identify(ctx, q, m, comm)
}

// identify gives m its identity, from the cache where it is good.
func (p *Processes) identify(ctx context.Context, q *process.Process, m *metrics.Process, comm string) {
	now := time.Now()
	p.mu.Lock()
	c := p.cache[m.Key]
	good := c != nil && c.comm == comm && c.uid == m.UID && now.Before(c.until)
	if good {
		p.hits++
	} else {
		p.misses++
	}
	p.mu.Unlock()
	if !good {
		c = &cachedIdentity{comm: comm, uid: m.UID, until: now.Add(identityFor)}
		if gids, err := q.GidsWithContext(ctx); err == nil {
			c.gid = idAt(gids, 0)
		}
		c.id = p.identity(ctx, q, m, comm)
	}
	m.ID, m.GID = c.id, c.gid
	if c.id.Cmdline != "" || m.Kthread() {
		m.Have |= metrics.HasCmdline
	}
	p.fileState(q.Pid, m)
	p.mu.Lock()
	c.cycle = p.cycle
	p.cache[m.Key] = c
	p.mu.Unlock()
}

func (p *Processes) identity(ctx context.Context, q *process.Process, m *metrics.Process, comm string) *metrics.Identity {
	id := &metrics.Identity{Comm: comm, User: p.users.Name(m.UID)}
	if args, err := q.CmdlineSliceWithContext(ctx); err == nil {
		id.Cmdline, id.CmdlineCut = joinArgs(args)
	}
	if exe, err := q.ExeWithContext(ctx); err == nil {
		id.Exe = strings.TrimSuffix(exe, " (deleted)")
	}
	id.Cwd, _ = q.CwdWithContext(ctx)
	if argv0, ok := id.Arg(0); ok {
		id.Invoked = metrics.ResolveInvoked(argv0, id.Exe, id.Cwd)
	}
	p.place(q.Pid, id)
	return id
}

// joinArgs ends each argument with a NUL, and cuts the text at MaxCmdline.
func joinArgs(args []string) (line string, cut bool) {
	var b strings.Builder
	for _, a := range args {
		if b.Len()+len(a)+1 > metrics.MaxCmdline {
			b.WriteString(a[:min(len(a), metrics.MaxCmdline-b.Len())])
			return b.String(), true
		}
		b.WriteString(a)
		b.WriteByte(0)
	}
	return b.String(), false
}

// forget drops what this cycle has not used.
func (p *Processes) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, c := range p.cache {
		if c.cycle != p.cycle {
			delete(p.cache, key)
		}
	}
}

func (p *Processes) report() {
	p.gaps = append([]metrics.Gap(nil), processGaps...)
	if p.denied > 0 {
		p.gaps = append(p.gaps, metrics.Gap{What: "I/O of processes", Why: fmt.Sprintf("%d processes do not tell it", p.denied),
			Needs: metrics.TraceFiles.String()})
	}
}

// idAt is element i of a list of ids, which gopsutil has signed.
func idAt(ids []int32, i int) uint32 {
	if i < len(ids) {
		return uint32(ids[i])
	}
	return 0
}

// nanoseconds is seconds in nanoseconds; gopsutil divides whole ticks, so that
// rounding gives them back exactly.
func nanoseconds(s float64) uint64 {
	if s <= 0 {
		return 0
	}
	return uint64(s*metrics.TicksPerSecond+0.5) * (1e9 / metrics.TicksPerSecond)
}
