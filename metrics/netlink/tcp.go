//go:build linux

package netlink

import (
	"context"

	"github.com/smoothtask/smoothtask/metrics"
)

// tcpChoice decides who lists the TCP sockets. It begins with sock_diag, and opens
// Options.OpenTCP when sock_diag has cost about what opening costs, so that a
// single report and a machine with few sockets never pay for it.
type tcpChoice struct {
	open    func() (TCPLister, error)
	opening chan opened // nil until it is time
	lister  TCPLister   // nil as long as sock_diag serves
	listed  int         // sockets that sock_diag has listed, where they were many
	used    bool        // in the last cycle
	err     error       // why the lister was not used
}

type opened struct {
	lister TCPLister
	err    error
}

const (
	// manyTCP is from how many sockets on another way than sock_diag gains half a
	// millisecond in each cycle.
	manyTCP = 500
	// tcpUntilOpen is how many sockets sock_diag lists in the 15 ms that it takes to
	// load an eBPF program.
	tcpUntilOpen = 20_000
	// newTCP is the share of sockets without a cookie, one in so many, from which on
	// sock_diag lists all of them faster than it tells the cookies. Up to fewNew it
	// does not matter.
	newTCP = 4
	fewNew = 256
)

// note takes in that sock_diag has listed n sockets.
func (c *tcpChoice) note(n int) {
	if c.lister == nil && n >= manyTCP {
		c.listed += n
	}
}

// list appends the sockets, all with cookies, unless sock_diag is to do it.
func (c *tcpChoice) list(ctx context.Context, d *dumper, dst []metrics.Socket) ([]metrics.Socket, bool) {
	c.used = false
	if !c.ready() {
		return dst, false
	}
	begin := len(dst)
	dst, c.err = c.lister.Append(ctx, dst)
	if c.err != nil {
		return dst[:begin], false
	}
	fresh := 0
	for i := begin; i < len(dst); i++ {
		if dst[i].Cookie == 0 {
			fresh++
		}
	}
	if fresh > max(fewNew, (len(dst)-begin)/newTCP) {
		return dst[:begin], false
	}
	if fresh > 0 {
		if c.err = d.fillCookies(ctx, dst[begin:]); c.err != nil {
			return dst[:begin], false
		}
	}
	c.used = true
	return dst, true
}

// ready reports whether there is a lister. Opening it takes as long as a cycle or
// two, and goes on beside them.
func (c *tcpChoice) ready() bool {
	if c.lister != nil || c.open == nil || c.listed < tcpUntilOpen {
		return c.lister != nil
	}
	if c.opening == nil {
		c.opening = make(chan opened, 1)
		go func() {
			l, err := c.open()
			c.opening <- opened{l, err}
		}()
	}
	select {
	case o := <-c.opening:
		c.take(o)
	default:
	}
	return c.lister != nil
}

// take takes over what opening has brought. It is not tried again.
func (c *tcpChoice) take(o opened) {
	c.lister, c.err = o.lister, o.err
	c.open, c.opening = nil, nil
}

func (c *tcpChoice) close() error {
	if c.opening != nil {
		c.take(<-c.opening)
	}
	if c.lister == nil {
		return nil
	}
	return c.lister.Close()
}
