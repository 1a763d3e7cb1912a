//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// maxAsking bounds how many readings of command lines may be held up by the kernel
// at a time.
const maxAsking = 4

// ask is one command line to be read. It is for the image that was seen, and not
// for what the process may have become since.
type ask struct {
	pid           int32
	start, execID uint64
	cycle         uint32
}

func (k *known) ask(cycle uint32) ask { return ask{k.pid, k.image.Start, k.image.ExecId, cycle} }

type answer struct {
	ask
	text string
	cut  bool
	read bool // false: the process is gone
}

// cmdlines reads command lines beside the cycle, since each takes the mmap lock of
// its process and can block for as long as somebody else has it.
type cmdlines struct {
	read    func([]ask) []answer
	asking  int
	newest  uint32 // the cycle of the last asks, 0 when they are answered
	results chan []answer
}

func newCmdlines(read func([]ask) []answer) *cmdlines {
	return &cmdlines{read: read, results: make(chan []answer, maxAsking)}
}

// start begins to read, unless too many readings hang already.
func (c *cmdlines) start(asks []ask) bool {
	if c.asking == maxAsking {
		return false
	}
	c.asking++
	c.newest = asks[0].cycle
	go func() { c.results <- c.read(asks) }()
	return true
}

// wait gives take the answers that are there. If some were asked for in this
// cycle, it waits for them, but not beyond the limit.
func (c *cmdlines) wait(ctx context.Context, limit time.Duration, cycle uint32, take func(*answer)) {
	if c.asking == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for c.asking > 0 {
		var answers []answer
		select {
		case answers = <-c.results:
		default:
			if c.newest != cycle {
				return
			}
			select {
			case answers = <-c.results:
			case <-ctx.Done():
				return
			}
		}
		c.asking--
		for i := range answers {
			take(&answers[i])
		}
		if len(answers) > 0 && answers[0].cycle == cycle {
			c.newest = 0
		}
	}
}

// readEach asks /proc for each process, and gives one of them up after a while.
func readEach(read func(context.Context, int32) (string, bool, error)) func([]ask) []answer {
	return func(asks []ask) []answer {
		answers := make([]answer, len(asks))
		for i, q := range asks {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			text, cut, err := read(ctx, q.pid)
			cancel()
			answers[i] = answer{q, text, cut, err == nil}
		}
		return answers
	}
}

var errNoCmdline = errors.New("no way to read command lines was given")

func noCmdline(context.Context, int32) (string, bool, error) { return "", false, errNoCmdline }

// setCmdline completes an identity that nobody has seen yet.
func setCmdline(id *metrics.Identity, a *answer) {
	id.Cmdline, id.CmdlineCut = a.text, a.cut
	argv0, _ := id.Arg(0)
	id.Invoked = metrics.ResolveInvoked(argv0, id.Exe, id.Cwd)
}
