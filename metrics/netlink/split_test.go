//go:build linux

package netlink

import (
	"context"
	"runtime"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// tcpListing is the listing that may be made in halves.
func tcpListing(t testing.TB, s *Sockets) *listing {
	t.Helper()
	for _, l := range s.listings {
		if l.halves != nil {
			return l
		}
	}
	t.Fatal("no listing in halves")
	return nil
}

// The halves together are the whole: each socket of a child comes once.
func TestHalvesMakeTheWhole(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("one processor lists everything at once")
	}
	const n = splitFrom/2 + 50
	pid, _ := startChild(t, "2098")
	s := newSockets(t, Options{FirstBudget: 20e9, Budget: 20e9})
	l := tcpListing(t, s)
	for round := range 4 {
		seen := map[uint64]int{}
		for _, k := range cycle(t, s) {
			if k.Owner.PID == pid && k.Proto == metrics.TCP {
				seen[k.Cookie]++
			}
		}
		if len(seen) != 2*n+1 {
			t.Fatalf("round %d: %d sockets of the child, want %d", round, len(seen), 2*n+1)
		}
		for cookie, times := range seen {
			if times != 1 {
				t.Fatalf("round %d: socket %d is listed %d times", round, cookie, times)
			}
		}
		if l.halves.low == nil || l.halves.off {
			t.Fatalf("round %d: the next listing is not in halves", round)
		}
	}
	if len(l.halves.rows) == 0 {
		t.Error("the upper half was never listed")
	}
}

func TestKernelWithoutFilters(t *testing.T) {
	done := msg(unix.NLMSG_DONE, 0, 0, number32(0))
	many := make([]byte, 0, splitFrom*100)
	for i := range splitFrom {
		b := inetAnswer([]byte{})
		b[4], b[5] = byte(i>>8), byte(i)
		many = append(many, msg(tcpDiagGetSock, 0, 0, b)...)
	}
	var all []datagram
	for len(many) > 0 {
		n := min(len(many), 88*300)
		all = append(all, one(many[:n]))
		many = many[n:]
	}
	all = append(all, one(done))
	refuses := func() []datagram { return []datagram{one(msg(unix.NLMSG_ERROR, 0, 0, number32(-int32(unix.EINVAL))))} }
	lower := &fakeKernel{scripts: [][]datagram{all, refuses(), all, all}}
	upper := &fakeKernel{scripts: [][]datagram{refuses()}}
	p := newSplitter(upper.open)
	d := dumper{open: lower.open}
	l := &listing{request: tcpRequest(), proto: metrics.TCP, decode: decodeInet}
	for round := range 3 {
		got, err := p.dump(context.Background(), &d, l, nil)
		if err != nil || len(got) != splitFrom {
			t.Fatalf("round %d: %d sockets, %v", round, len(got), err)
		}
		if round == 0 && runtime.GOMAXPROCS(0) < 2 {
			t.Skip("one processor lists everything at once")
		}
	}
	if !p.off || upper.sent != 1 || lower.sent != 4 {
		t.Errorf("refusal remembered: %v; %d and %d requests", p.off, lower.sent, upper.sent)
	}
}

func TestMedian(t *testing.T) {
	local := func(s *metrics.Socket) uint16 { return s.LocalPort }
	socks := make([]metrics.Socket, 6000)
	ports := func(f func(i int) uint16) []metrics.Socket {
		for i := range socks {
			socks[i].LocalPort = f(i)
		}
		return socks
	}
	tests := []struct {
		name     string
		port     func(i int) uint16
		low, top int // bounds of the share
	}{
		{"spread", func(i int) uint16 { return uint16(i * 7 % 60000) }, 45, 50},
		{"a server: one port", func(int) uint16 { return 443 }, 0, 0},
		{"the highest port", func(int) uint16 { return 65535 }, 0, 0},
		{"port 0", func(int) uint16 { return 0 }, 0, 0},
		{"two thirds at one port, the others above", func(i int) uint16 { return uint16(80 + i%3/2*i) }, 25, 50},
		{"two thirds at one port, the others below", func(i int) uint16 { return uint16(50000 - i%3/2*i) }, 25, 50},
	}
	for _, tt := range tests {
		list := ports(tt.port)
		at, share := median(list, local)
		if share < tt.low || share > tt.top {
			t.Errorf("%s: share %d, want %d to %d", tt.name, share, tt.low, tt.top)
		}
		below := 0
		for i := range list {
			if list[i].LocalPort < at {
				below++
			}
		}
		if got := min(below, len(list)-below) * 100 / len(list); share > 0 && (got < share-5 || got > share+5) {
			t.Errorf("%s: port %d leaves %d %%, said %d", tt.name, at, got, share)
		}
	}
}
