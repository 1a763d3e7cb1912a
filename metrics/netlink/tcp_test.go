//go:build linux

package netlink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/metrics/bpf"
	"golang.org/x/sys/unix"
)

// withBPF is a Sockets that lists TCP by eBPF from the first cycle on.
func withBPF(t testing.TB) *Sockets {
	t.Helper()
	l, err := bpf.NewTCPSockets()
	if errors.Is(err, bpf.ErrUnsupported) {
		t.Skipf("TCP sockets by eBPF: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := newSockets(t, Options{})
	s.tcp.lister = l
	return s
}

// streams makes TCP sockets in all states that can be had over loopback, and
// returns the ports of their listeners. They change no more, but for timers.
func streams(t *testing.T) (ports []uint16) {
	t.Helper()
	loopback := map[int]unix.Sockaddr{
		unix.AF_INET:  &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}},
		unix.AF_INET6: &unix.SockaddrInet6{Addr: [16]byte{15: 1}},
	}
	for family, address := range loopback {
		if fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
			t.Logf("address family %d: %v", family, err)
			continue
		} else {
			unix.Close(fd)
		}
		// listen gives a listener with a queue of so many.
		listen := func(backlog int, set func(fd int)) (int, unix.Sockaddr) {
			fd := rawSocket(t, family, unix.SOCK_STREAM, 0)
			set(fd)
			if err := unix.Bind(fd, address); err != nil {
				t.Fatal(err)
			}
			if err := unix.Listen(fd, backlog); err != nil {
				t.Fatal(err)
			}
			name, err := unix.Getsockname(fd)
			if err != nil {
				t.Fatal(err)
			}
			ports = append(ports, portOf(name))
			return fd, name
		}
		dial := func(to unix.Sockaddr) int {
			fd := rawSocket(t, family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
			if err := unix.Connect(fd, to); err != nil && err != unix.EINPROGRESS {
				t.Fatal(err)
			}
			return fd
		}
		accept := func(l int) int {
			fd, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { unix.Close(fd) })
			return fd
		}
		plain := func(int) {}

		l, at := listen(16, plain)
		near := dial(at) // with traffic, of which the last bytes are not read
		far := accept(l)
		for _, size := range []int{1, 1000, 100_000} {
			unix.SetNonblock(near, false)
			go unix.Write(near, make([]byte, size))
			if _, err := io.ReadFull(reader(far), make([]byte, size)); err != nil {
				t.Fatal(err)
			}
		}
		unix.Write(far, make([]byte, 4321))
		dial(at) // FIN_WAIT2 and CLOSE_WAIT
		unix.Shutdown(accept(l), unix.SHUT_WR)
		near = dial(at) // TIME_WAIT
		far = accept(l)
		unix.Shutdown(near, unix.SHUT_WR)
		unix.Shutdown(far, unix.SHUT_WR)
		dial(at) // two that nobody accepts: established, without an inode
		dial(at)

		_, at = listen(0, plain) // full: the last stay in SYN_SENT
		for range 4 {
			dial(at)
		}
		_, at = listen(16, func(fd int) { // accepts with the first byte only: SYN_RECV
			unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 60)
		})
		dial(at)
		listen(16, func(fd int) { unix.BindToDevice(fd, "lo") })
		reuse := func(fd int) { unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) }
		_, at = listen(16, reuse)
		shared := rawSocket(t, family, unix.SOCK_STREAM, 0) // a second one at the same address
		reuse(shared)
		if err := errors.Join(unix.Bind(shared, at), unix.Listen(shared, 16)); err != nil {
			t.Fatal(err)
		}
	}
	return ports
}

type reader int

func (r reader) Read(b []byte) (int, error) { return unix.Read(int(r), b) }

func portOf(a unix.Sockaddr) uint16 {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return uint16(a.Port)
	case *unix.SockaddrInet6:
		return uint16(a.Port)
	}
	return 0
}

// of are the TCP sockets with one of the ports on either end.
func of(ports []uint16, list []metrics.Socket) (mine []metrics.Socket) {
	for _, s := range list {
		if s.Proto == metrics.TCP && (slices.Contains(ports, s.LocalPort) || slices.Contains(ports, s.RemotePort)) {
			mine = append(mine, s)
		}
	}
	return mine
}

// What eBPF lists equals what sock_diag lists, in each field and in order. Sockets
// that wait for a timer differ for a moment: the two must agree once.
func TestBPFEqualsSockDiag(t *testing.T) {
	fast, plain := withBPF(t), newSockets(t, Options{})
	ports := streams(t)
	many := pairs(600) // more than the memory of the program holds
	defer func() {
		for _, c := range many {
			c.(io.Closer).Close()
		}
	}()
	ports = append(ports, uint16(many[0].(net.Listener).Addr().(*net.TCPAddr).Port))
	var got, want []metrics.Socket
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		want, got = of(ports, cycle(t, plain)), of(ports, cycle(t, fast))
		if !fast.tcp.used {
			t.Fatalf("eBPF did not list: %v", fast.tcp.err)
		}
		if cmp.Equal(got, want) || time.Now().After(end) {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-sock_diag +eBPF):\n%s", diff)
	}
	seen := map[metrics.SocketState]int{}
	for _, s := range got {
		seen[s.State]++
		if s.Cookie == 0 {
			t.Errorf("without a cookie: %+v", s)
		}
	}
	for _, state := range []metrics.SocketState{metrics.Established, metrics.Listen, metrics.SynSent, metrics.SynRecv,
		metrics.FinWait2, metrics.CloseWait, metrics.TimeWait} {
		if seen[state] == 0 {
			t.Errorf("the test has no socket in state %v", state)
		}
	}
	if note := fast.Note(); !strings.HasPrefix(note, "TCP by eBPF") {
		t.Errorf("note %q", note)
	}
}

// A socket has the kernel's cookie in the first listing that shows it.
func TestBPFListsCookiesOfNewSockets(t *testing.T) {
	s := withBPF(t)
	cycle(t, newSockets(t, Options{})) // gives cookies to all that are not new
	// Not by package net, which makes listeners of MPTCP: they have two cookies.
	l := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := unix.Listen(l, 128); err != nil {
		t.Fatal(err)
	}
	at, err := unix.Getsockname(l)
	if err != nil {
		t.Fatal(err)
	}
	fds := []int{l}
	for range askedAtOnce + 10 {
		fd := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
		if err := unix.Connect(fd, at); err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
	}
	list := cycle(t, s)
	if !s.tcp.used {
		t.Fatalf("eBPF did not list: %v", s.tcp.err)
	}
	for _, fd := range fds {
		inode := inodeOf(t, fd)
		cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_COOKIE) // after the listing, since it makes one
		if err != nil {
			t.Fatal(err)
		}
		if k := withInode(list, inode); k == nil || k.Cookie != cookie {
			t.Errorf("socket %d has cookie %d, listed is %+v", inode, cookie, k)
		}
	}
}

// The sockets of another network namespace are listed there, and here are not.
func TestBPFListsOneNetworkNamespace(t *testing.T) {
	here := withBPF(t)
	fd := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := unix.Listen(fd, 1); err != nil {
		t.Fatal(err)
	}
	mine := inodeOf(t, fd)
	_, lines := startChild(t, "namespace")
	var inodes []uint64 // its own, and what is listed there
	for _, line := range lines {
		n, err := strconv.ParseUint(line, 10, 64)
		if err != nil {
			t.Skipf("a network namespace of its own: %s", line)
		}
		inodes = append(inodes, n)
	}
	if !slices.Equal(inodes, []uint64{inodes[0], inodes[0]}) {
		t.Errorf("socket %d is alone in its namespace, where %d are listed", inodes[0], inodes[1:])
	}
	list := cycle(t, here)
	if withInode(list, mine) == nil || withInode(list, inodes[0]) != nil {
		t.Errorf("in the first namespace: its own socket %v, that of the other %v", withInode(list, mine), withInode(list, inodes[0]))
	}
}

// namespace makes a listener in a network namespace of its own, and tells its inode
// and those of all TCP sockets that are listed there.
func namespace() (listener int, err error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return 0, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	if err := unix.Listen(fd, 1); err != nil {
		return fd, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fd, err
	}
	fmt.Println(st.Ino)
	l, err := bpf.NewTCPSockets()
	if err != nil {
		return fd, err
	}
	defer l.Close()
	list, err := l.Append(context.Background(), nil)
	for i := range list {
		fmt.Println(list[i].Inode)
	}
	return fd, err
}
