package host

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	maxMounts = 1000
	maxAsking = 32 // file systems that are waited for at one time
)

// usage is what statfs(2) tells of a file system.
type usage struct {
	total, used, free, inodes, inodesUsed uint64
	readOnly                              bool
}

type statfsFunc func(path string) (usage, error)

// mount is one mounted file system. Two with equal keys are the same.
type mount struct {
	path, device, kind string
	readOnly           bool
	id                 uint64 // device number; 0 when unknown
}

type mountKey struct {
	path string
	id   uint64
}

// disks asks file systems for their usage, each in a task of its own, because
// statfs(2) on a file system whose server is gone waits for ever. A file system
// has one task at most, and shows the numbers of its last answer meanwhile.
type disks struct {
	list     func() ([]mount, error)
	statfs   statfsFunc
	deadline time.Duration
	submit   func(task func()) bool
	asked    map[mountKey]*asked
}

type asked struct {
	busy   bool
	answer chan answer // holds one, so that a late task can end
	last   usage
	at     time.Time // of the last answer
	err    error
	seen   bool // mounted in this reading
}

type answer struct {
	usage usage
	err   error
	at    time.Time
}

// newDisks reads the usage of mounted file systems.
func newDisks(o Options) *reader {
	d := &disks{
		list:     func() ([]mount, error) { return mounts(o.Root) },
		statfs:   o.statfs,
		deadline: o.StatfsDeadline,
		submit:   func(task func()) bool { go task(); return true },
		asked:    make(map[mountKey]*asked),
	}
	if o.Pool != nil {
		d.submit = o.Pool.Submit
	}
	return &reader{name: "disks", every: 10 * time.Second, read: d.read}
}

func (d *disks) read(ctx context.Context, gaps *gapList) (func(*metrics.System), error) {
	list, err := d.list()
	if err != nil {
		gaps.add("disk usage", "listing mounts: "+err.Error(), "a readable /proc/self/mountinfo")
		return func(s *metrics.System) { s.Disks = nil }, nil
	}
	if len(list) > maxMounts {
		gaps.add("disk usage", fmt.Sprintf("%d file systems are mounted, the first %d are shown", len(list), maxMounts), "fewer mounts")
		list = list[:maxMounts]
	}
	d.ask(list)
	d.wait(ctx)
	found := make([]metrics.Disk, 0, len(list))
	for _, m := range list {
		a := d.asked[mountKey{m.path, m.id}]
		switch {
		case a.busy:
			gaps.add("disk usage of "+m.path, m.kind+" does not answer", "its server or device")
		case a.err != nil:
			gaps.add("disk usage of "+m.path, a.err.Error(), "permission to search "+m.path)
			continue
		case a.at.IsZero():
			gaps.add("disk usage of "+m.path, "too many file systems do not answer", "their servers or devices")
			continue
		case a.last.total == 0: // a file system that stores nothing
			continue
		}
		found = append(found, metrics.Disk{Mount: m.path, Device: m.device, Type: m.kind,
			Total: a.last.total, Used: a.last.used, Free: a.last.free,
			Inodes: a.last.inodes, InodesUsed: a.last.inodesUsed,
			ReadOnly: m.readOnly || a.last.readOnly, Stuck: a.busy, At: a.at})
	}
	return func(s *metrics.System) { s.Disks = found }, nil
}

// ask begins a task for each file system that has none under way, and forgets
// those that are no longer mounted.
func (d *disks) ask(list []mount) {
	for _, a := range d.asked {
		a.seen = false
	}
	asking, heldUp := d.asking(), false
	for _, m := range list {
		key := mountKey{m.path, m.id}
		a := d.asked[key]
		if a == nil {
			a = &asked{answer: make(chan answer, 1)}
			d.asked[key] = a
		}
		a.seen = true
		if asking >= maxAsking && !heldUp {
			asking = d.drain()
			heldUp = asking >= maxAsking
		}
		if a.busy || heldUp {
			continue
		}
		path, done, statfs := m.path, a.answer, d.statfs
		a.busy = d.submit(func() {
			u, err := statfs(path)
			done <- answer{u, err, time.Now()}
		})
		if a.busy {
			asking++
		}
	}
	for key, a := range d.asked {
		if !a.seen && !a.busy {
			delete(d.asked, key)
		}
	}
}

// asking takes the answers that are there, and counts the tasks under way.
func (d *disks) asking() (n int) {
	for _, a := range d.asked {
		if a.take(); a.busy {
			n++
		}
	}
	return n
}

// drain waits for tasks to end, for half of the time that there is. If as many
// then remain they are held up.
func (d *disks) drain() (asking int) {
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		if asking = d.asking(); asking < maxAsking || time.Since(begin) > d.deadline/2 {
			return asking
		}
	}
}

// wait gives the tasks time until the deadline, and takes their answers.
func (d *disks) wait(ctx context.Context) {
	timer := time.NewTimer(d.deadline)
	defer timer.Stop()
	expired := false
	for _, a := range d.asked {
		if !a.busy {
			continue
		}
		if expired {
			a.take()
			continue
		}
		select {
		case got := <-a.answer:
			a.set(got)
		case <-timer.C:
			expired = true
			a.take()
		case <-ctx.Done():
			expired = true
			a.take()
		}
	}
}

// take takes the answer if it is there.
func (a *asked) take() {
	select {
	case got := <-a.answer:
		a.set(got)
	default:
	}
}

func (a *asked) set(got answer) {
	a.busy, a.err = false, got.err
	if got.err == nil {
		a.last, a.at = got.usage, got.at
	}
}

// statfs is statfs(2). Used counts what is not free at all; free is what a plain
// user may use, as df(1) has it.
func statfs(path string) (usage, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return usage{}, fmt.Errorf("statfs %s: %w", path, err)
	}
	return usageOf(&st), nil
}
