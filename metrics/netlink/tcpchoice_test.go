//go:build linux

package netlink

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// fakeLister lists what it is told to.
type fakeLister struct {
	list   []metrics.Socket
	err    error
	closed int
}

func (l *fakeLister) Append(_ context.Context, dst []metrics.Socket) ([]metrics.Socket, error) {
	if l.err != nil {
		return dst, l.err
	}
	return append(dst, l.list...), nil
}

func (l *fakeLister) Close() error { l.closed++; return nil }

func established(n int, cookie uint64) (list []metrics.Socket) {
	for i := range n {
		list = append(list, metrics.Socket{Proto: metrics.TCP, Family: unix.AF_INET, State: metrics.Established,
			Inode: uint64(i) + 1, Cookie: cookie, LocalPort: uint16(i), RemotePort: 1})
	}
	return list
}

// The other way is opened once sock_diag has listed enough, and no cycle waits for
// it.
func TestTCPListerIsOpenedWhenItPays(t *testing.T) {
	l := &fakeLister{list: established(3, 1)}
	opened, proceed := 0, make(chan bool)
	c := tcpChoice{open: func() (TCPLister, error) { opened++; <-proceed; return l, nil }}
	d := &dumper{}
	few := 10 * tcpUntilOpen / (manyTCP - 1)
	for range few {
		c.note(manyTCP - 1)
	}
	for listed := 0; listed < tcpUntilOpen; listed += 2 * manyTCP {
		if _, done := c.list(t.Context(), d, nil); done || c.opening != nil {
			t.Fatalf("opened after %d sockets", listed)
		}
		c.note(2 * manyTCP)
	}
	for range 3 {
		if _, done := c.list(t.Context(), d, nil); done {
			t.Fatal("used before it was open")
		}
	}
	close(proceed)
	eventually(t, "the lister is used", func() bool {
		got, done := c.list(t.Context(), d, nil)
		return done && len(got) == 3 && c.used
	})
	if err := c.close(); err != nil || opened != 1 || l.closed != 1 {
		t.Errorf("opened %d times, closed %d times: %v", opened, l.closed, err)
	}
}

func TestTCPListerThatIsStillOpeningIsClosed(t *testing.T) {
	l := &fakeLister{}
	c := tcpChoice{open: func() (TCPLister, error) { return l, nil }, listed: tcpUntilOpen}
	c.list(t.Context(), &dumper{}, nil)
	if err := c.close(); err != nil || l.closed != 1 {
		t.Errorf("closed %d times: %v", l.closed, err)
	}
}

// Whatever is wrong with the other way, sock_diag lists, and the note says why.
func TestSockDiagListsWhereTheOtherWayFails(t *testing.T) {
	want := errors.New("this kernel is too old")
	for name, break_ := range map[string]func(*tcpChoice){
		"opening": func(c *tcpChoice) {
			c.listed = tcpUntilOpen
			c.open = func() (TCPLister, error) { return nil, want }
		},
		"listing": func(c *tcpChoice) { c.lister = &fakeLister{err: want} },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSockets(t, Options{})
			break_(&s.tcp)
			mine := inodeOf(t, rawListener(t))
			eventually(t, "a note", func() bool {
				if withInode(cycle(t, s), mine) == nil {
					t.Fatal("the sockets are not listed")
				}
				return strings.Contains(s.Note(), want.Error())
			})
			if strings.Contains(s.Note(), "by eBPF") {
				t.Errorf("note %q", s.Note())
			}
		})
	}
}

func rawListener(t *testing.T) int {
	t.Helper()
	fd := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := unix.Listen(fd, 1); err != nil {
		t.Fatal(err)
	}
	return fd
}

// Where most sockets are new, sock_diag lists all of them faster.
func TestSockDiagListsWhereMostSocketsAreNew(t *testing.T) {
	l := &fakeLister{list: append(established(4*fewNew, 1), established(2*fewNew, 0)...)}
	c := tcpChoice{lister: l}
	if _, done := c.list(t.Context(), &dumper{}, nil); done || c.err != nil {
		t.Errorf("%d of %d new: used %v, %v", 2*fewNew, len(l.list), done, c.err)
	}
	l.list = l.list[:4*fewNew+fewNew/2]
	k := &fakeKernel{} // without an answer
	if _, done := c.list(t.Context(), &dumper{open: k.open}, nil); done || c.err == nil || k.opened != 1 || k.closed != 1 {
		t.Errorf("asking for cookies: used %v, %v; opened %d, closed %d", done, c.err, k.opened, k.closed)
	}
}

// A socket takes a cookie only from an answer about itself.
func TestCookiesOfAnswers(t *testing.T) {
	answer := func(inode, cookie uint32) []byte {
		b := make([]byte, sizeofInetDiagMsg)
		b[0], b[1], b[7] = unix.AF_INET, byte(metrics.Established), 1
		native.PutUint32(b[44:], cookie)
		native.PutUint32(b[68:], inode)
		return b
	}
	socks := established(4, 0)
	for i := range socks {
		socks[i].LocalPort = 0
		socks[i].LocalIP, socks[i].RemoteIP = mapped([4]byte{}), mapped([4]byte{})
	}
	k := &fakeKernel{scripts: [][]datagram{{
		{data: join(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 77, answer(1, 99)))}, // to an older request
		{data: join(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 101, answer(1, 11)))},
		{data: join(msg(unix.NLMSG_ERROR, 0, 102, number32(-int32(unix.ENOENT))), msg(unix.SOCK_DIAG_BY_FAMILY, 0, 104, answer(4, 44)))},
		{data: join(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 103, answer(9, 33)))}, // another socket has its addresses
	}}}
	d := dumper{open: k.open, seq: 100}
	if err := d.fillCookies(t.Context(), socks); err != nil {
		t.Fatal(err)
	}
	for i, want := range []uint64{11, 0, 0, 44} {
		if socks[i].Cookie != want {
			t.Errorf("socket %d has cookie %d, want %d", i, socks[i].Cookie, want)
		}
	}
}

// FuzzCookies feeds the kernel's answers about cookies with anything.
func FuzzCookies(f *testing.F) {
	f.Add(join(msg(unix.NLMSG_ERROR, 0, 1, number32(-2)), msg(unix.SOCK_DIAG_BY_FAMILY, 0, 2, inetAnswer(nil))))
	f.Add(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 1, make([]byte, 20)))
	f.Fuzz(func(t *testing.T, data []byte) {
		socks := established(3, 0)
		before := established(3, 0)
		k := &fakeKernel{scripts: [][]datagram{{{data: data}}}}
		d := dumper{open: k.open}
		_ = d.fillCookies(context.Background(), socks)
		for i := range socks {
			socks[i].Cookie = 0
			if socks[i] != before[i] {
				t.Fatalf("%+v", socks[i])
			}
		}
	})
}
