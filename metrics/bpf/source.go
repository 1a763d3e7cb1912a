//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync/atomic"

	"github.com/smoothtask/smoothtask/metrics"
)

// readSize is what one read(2) of an iterator may bring: the kernel collects up to
// 8 pages, and hands over more only if one record is larger.
const readSize = 128 << 10

// Source lists processes with a walk over the kernel's list of tasks, or with the
// task iterator where the kernel is older than 6.7. One goroutine at a time may use
// it.
type Source struct {
	opts  Options
	walk  *walker
	iter  *program // the task iterator, instead of a walker
	table table
	ids   identities
	cmds  *cmdlines
	hid   *hiddenSearch
	buf   []byte
	retry bool                        // some command line was not asked for, or not had
	apart map[int32]*metrics.Identity // of the processes that insert adds
	whole bool                        // the next walk is to read all processes as a whole
	watch watchList
	lost  atomic.Uint64 // walks that lost their place
}

// sweepEvery is the number of cycles between two visits of the caches.
const sweepEvery = 64

// New loads the programs. The error wraps ErrUnsupported when the machine or the
// privilege does not allow them.
func New(opts Options) (*Source, error) { return newSource(opts, true) }

func newSource(opts Options, allowWalk bool) (*Source, error) {
	progs, err := loadPrograms(
		object{spec: loadWalk, program: walkProgWalkTasks, optional: true, skip: !allowWalk},
		object{spec: loadTask, program: taskProgListTasks, unless: walkProgWalkTasks},
		object{spec: loadCmdline, program: cmdlineProgListCmdlines, optional: true},
	)
	if err != nil {
		return nil, err
	}
	s := &Source{opts: opts.withDefaults()}
	s.hid = newHiddenSearch(&s.opts)
	s.table.pageSize = uint64(os.Getpagesize())
	s.ids.opts = &s.opts
	if err := s.use(progs[0], progs[1], progs[2]); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// use takes the programs that the kernel supports.
func (s *Source) use(walk, list, cmdlines *program) error {
	var b *bulk
	if cmdlines != nil {
		b = newBulk(cmdlines)
	}
	s.cmds = newCmdlines(s.opts.ReadCmdline, b)
	if walk != nil {
		s.walk = newWalker(walk)
		return s.watch.open(walk)
	}
	s.iter, s.buf = list, make([]byte, readSize)
	return s.watch.open(list)
}

// Name is "ebpf".
func (s *Source) Name() string { return "ebpf" }

// Append implements metrics.ProcessSource. It waits for the command lines of new
// images, but not longer than Options.IdentityWait.
func (s *Source) Append(ctx context.Context, dst []metrics.Process) ([]metrics.Process, error) {
	base := len(dst)
	s.watch.tell()
	read := s.iterate
	if s.walk != nil {
		read = s.walkAll
	}
	dst, err := read(ctx, dst)
	if err != nil {
		s.table.abandon()
		return dst[:base], err
	}
	s.table.finish(dst)
	s.identify(ctx, dst[base:])
	s.table.sort(dst[base:])
	s.hid.look(s.opts.Now(), dst[base:])
	return s.addUnseen(ctx, dst, base), nil
}

// addUnseen adds the processes that only /proc shows. The first process of a pid
// namespace is looked for before there is a listing: it is always there.
func (s *Source) addUnseen(ctx context.Context, dst []metrics.Process, base int) []metrics.Process {
	if s.opts.ReadProcess == nil {
		return dst
	}
	if _, seen := s.table.find(1); !seen {
		dst = s.insert(ctx, dst, base, 1)
	}
	for _, pid := range s.hid.unseen {
		if _, seen := s.table.find(pid); !seen && pid != 1 {
			dst = s.insert(ctx, dst, base, pid)
		}
	}
	return dst
}

func (s *Source) insert(ctx context.Context, dst []metrics.Process, base int, pid int32) []metrics.Process {
	p, err := s.opts.ReadProcess(ctx, pid)
	if err != nil || p.Key.PID != pid || p.ID == nil {
		return dst
	}
	// An identity that is the same must be the same pointer: another would have the
	// process judged anew.
	if known := s.apart[pid]; known != nil && *known == *p.ID {
		p.ID = known
	} else if s.apart == nil || len(s.apart) >= maxApart {
		s.apart = map[int32]*metrics.Identity{pid: p.ID}
	} else {
		s.apart[pid] = p.ID
	}
	i, _ := slices.BinarySearchFunc(dst[base:], pid, func(p metrics.Process, pid int32) int { return int(p.Key.PID - pid) })
	return slices.Insert(dst, base+i, p)
}

// maxApart bounds the identities that are kept of processes that only /proc shows.
const maxApart = 256

// maxLost bounds how often a walk that lost its place begins anew.
const maxLost = 10

// walkAll walks the list of tasks once.
func (s *Source) walkAll(ctx context.Context, dst []metrics.Process) ([]metrics.Process, error) {
	base := len(dst)
	for lost := 0; ; lost++ {
		s.table.begin(dst)
		err := s.walk.pass(ctx, s.whole, func(w part) (ok bool) {
			dst, ok = s.table.walked(w, dst)
			return ok
		})
		// Of what a walk that failed has left out, the next one cannot know.
		s.whole = err != nil
		if errors.Is(err, errLost) {
			s.lost.Add(1)
		}
		if !errors.Is(err, errLost) || lost == maxLost {
			return dst, err
		}
		s.table.abandon()
		dst = dst[:base]
	}
}

// iterate runs the task iterator once.
func (s *Source) iterate(ctx context.Context, dst []metrics.Process) ([]metrics.Process, error) {
	s.table.begin(dst)
	err := s.iter.read(ctx, s.buf, func(b []byte) (left int) {
		dst, left = s.table.decode(b, dst)
		return left
	})
	return dst, err
}

// identify completes the processes that are new or changed: from here on, work
// follows change.
func (s *Source) identify(ctx context.Context, procs []metrics.Process) {
	t := &s.table
	for i := range t.fresh {
		c := &t.fresh[i]
		k := t.now[c.now]
		s.ids.make(k, c, t.cycle)
		s.identified(k, &procs[c.now])
	}
	job := s.ask()
	if len(s.cmds.jobs) > 0 {
		ctx, cancel := context.WithTimeout(ctx, s.opts.IdentityWait)
		s.cmds.collect(ctx, job, func(a *answer) { s.take(a, procs) })
		cancel()
	}
	if t.cycle%sweepEvery == 0 {
		s.ids.sweep(t.cycle)
		s.retry = true
	}
}

// identified puts an identity that was made or completed into the result.
func (s *Source) identified(k *known, p *metrics.Process) {
	if k.cmd == cmdRead {
		k.proc.Have |= metrics.HasCmdline
	}
	p.ID, p.Have = k.proc.ID, k.proc.Have
}

// ask has the command lines read that are not known.
func (s *Source) ask() *job {
	t := &s.table
	s.cmds.heldUp(func(q ask) {
		if i, ok := t.find(q.pid); ok && t.now[i].cmd == cmdAsked && t.now[i].ask() == q {
			t.now[i].cmd = cmdFailed
			s.retry = true
		}
	})
	var asks []ask
	if s.retry {
		for i := range t.now {
			if k := t.now[i]; k.cmd == cmdWanted || k.cmd == cmdFailed {
				asks = append(asks, k.ask())
			}
		}
	} else {
		for _, c := range t.fresh {
			if k := t.now[c.now]; k.cmd == cmdWanted {
				asks = append(asks, k.ask())
			}
		}
	}
	s.retry = false
	if len(asks) == 0 {
		return nil
	}
	job, ok := s.cmds.start(asks, len(t.now))
	if !ok {
		s.retry = true
		return nil
	}
	for i := range asks {
		if n, ok := t.find(asks[i].pid); ok {
			t.now[n].cmd = cmdAsked
		}
	}
	return job
}

// take completes an identity with its command line.
func (s *Source) take(a *answer, procs []metrics.Process) {
	t := &s.table
	i, ok := t.find(a.pid)
	if !ok {
		return
	}
	k := t.now[i]
	if k.cmd == cmdRead || k.ask() != a.ask {
		return
	}
	if !a.read {
		k.cmd = cmdFailed
		return
	}
	if k.published {
		// Without the command line: others hold it now.
		id := *k.proc.ID
		k.proc.ID = &id
	}
	setCmdline(k.proc.ID, a)
	k.cmd = cmdRead
	k.proc.ID = s.ids.intern(k.proc.ID)
	s.identified(k, &procs[i])
}

// Close releases the programs. Readings that hang in the kernel end on their own.
func (s *Source) Close() error {
	errs := []error{s.watch.close(), s.iter.close(), s.cmds.close()}
	if s.walk != nil {
		errs = append(errs, s.walk.close())
	}
	return errors.Join(errs...)
}
