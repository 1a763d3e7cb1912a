//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// maxJobs bounds how many readings of command lines may be held up by the kernel
// at a time.
const maxJobs = 4

// heldUp is when the rest of a reading in bulk is asked for one by one.
const heldUp = time.Second

// ask is one command line to be read. It is for the image that was seen, and not
// for what the process may have become since.
type ask struct {
	pid           int32
	start, execID uint64
}

type answer struct {
	ask
	text string
	cut  bool
	read bool // false: the process is gone, or its memory cannot be read
}

// job is one reading of command lines, by a goroutine of its own.
type job struct {
	asks  []ask
	begun time.Time
	bulk  bool
	given bool // the rest of a bulk was asked for again
}

// batch is a part of the answers to a job.
type batch struct {
	job     *job
	answers []answer
	last    bool
}

// cmdlines reads command lines beside the cycle, since each takes the mmap lock of
// its process and can block for as long as somebody else has it.
type cmdlines struct {
	each    func(ctx context.Context, pid int32) (string, bool, error)
	bulk    *bulk // nil where the kernel is too old for it
	jobs    []*job
	results chan batch
	closed  chan struct{}
}

func newCmdlines(each func(context.Context, int32) (string, bool, error), b *bulk) *cmdlines {
	if each == nil {
		each = noCmdline
	}
	return &cmdlines{each: each, bulk: b, results: make(chan batch, 16), closed: make(chan struct{})}
}

var errNoCmdline = errors.New("no way to read command lines was given")

func noCmdline(context.Context, int32) (string, bool, error) { return "", false, errNoCmdline }

// start begins to read, unless too many readings hang already. processes is how
// many there are in all: a pass over them costs as much as reading one in fifty
// from /proc.
func (c *cmdlines) start(asks []ask, processes int) (*job, bool) {
	if len(c.jobs) >= maxJobs {
		return nil, false
	}
	j := &job{asks: asks, begun: time.Now()}
	j.bulk = c.bulk != nil && len(asks) > 8 && len(asks) > processes/50 && c.bulk.busy.TryLock()
	c.jobs = append(c.jobs, j)
	give := func(a []answer, last bool) {
		select {
		case c.results <- batch{j, a, last}:
		case <-c.closed:
		}
	}
	go func() {
		if !j.bulk {
			c.readEach(asks, give)
			return
		}
		defer c.bulk.busy.Unlock()
		failed := c.bulk.read(asks, func(a []answer) { give(a, false) })
		c.readEach(failed, give)
	}()
	return j, true
}

// readEach asks /proc for each process, and gives one of them up after a while.
func (c *cmdlines) readEach(asks []ask, give func([]answer, bool)) {
	const some = 256
	var answers []answer
	for i, q := range asks {
		ctx, cancel := context.WithTimeout(context.Background(), heldUp)
		text, cut, err := c.each(ctx, q.pid)
		cancel()
		answers = append(answers, answer{q, text, cut, err == nil})
		if len(answers) == some && i < len(asks)-1 {
			give(answers, false)
			answers = nil
		}
	}
	give(answers, true)
}

// collect gives take the answers that are there, and waits until the job (nil:
// none) is done or ctx ends.
func (c *cmdlines) collect(ctx context.Context, wait *job, take func(*answer)) {
	for len(c.jobs) > 0 {
		var b batch
		select {
		case b = <-c.results:
		default:
			if wait == nil {
				return
			}
			select {
			case b = <-c.results:
			case <-ctx.Done():
				return
			}
		}
		for i := range b.answers {
			take(&b.answers[i])
		}
		if b.last {
			c.drop(b.job)
			if b.job == wait {
				wait = nil
			}
		}
	}
}

func (c *cmdlines) drop(j *job) {
	for i := range c.jobs {
		if c.jobs[i] == j {
			c.jobs = append(c.jobs[:i], c.jobs[i+1:]...)
			return
		}
	}
}

// heldUp calls give with all asks of each reading in bulk that does not get on.
func (c *cmdlines) heldUp(give func(ask)) {
	for _, j := range c.jobs {
		if j.bulk && !j.given && time.Since(j.begun) > heldUp {
			j.given = true
			for _, q := range j.asks {
				give(q)
			}
		}
	}
}

// close lets the goroutines end as soon as the kernel lets them go.
func (c *cmdlines) close() error {
	close(c.closed)
	if c.bulk != nil {
		return c.bulk.close()
	}
	return nil
}

// setCmdline completes an identity that nobody has seen yet.
func setCmdline(id *metrics.Identity, a *answer) {
	id.Cmdline, id.CmdlineCut = a.text, a.cut
	argv0, _ := id.Arg(0)
	id.Invoked = metrics.ResolveInvoked(argv0, id.Exe, id.Cwd)
}
