//go:build linux

package netlink

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

func TestInheritedSocketHasTwoHolders(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := fileOf(t, l.(*net.TCPListener))
	inode := inodeOf(t, int(f.Fd()))
	pid, _ := startChild(t, "idle", nil, nil, f) // descriptor 5 of the child
	s := newSockets(t, Options{})

	var k *metrics.Socket
	eventually(t, "two holders", func() bool {
		k = withInode(cycle(t, s), inode)
		return k != nil && k.Holders == 2
	})
	if k.Owner.PID != int32(os.Getpid()) {
		t.Errorf("owner %v: the older of the two is %d", k.Owner, os.Getpid())
	}

	l.Close()
	f.Close()
	eventually(t, "the child alone holds it, by descriptor 5", func() bool {
		k = withInode(cycle(t, s), inode)
		return k != nil && k.Holders == 1 && k.Owner.PID == pid && k.FD == 5
	})
}

func TestOwnerThatEndsLeavesTheSocketToTheOther(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := fileOf(t, l.(*net.TCPListener))
	l.Close()
	inode := inodeOf(t, int(f.Fd()))
	first, _ := startChild(t, "idle", f)
	second, _ := startChild(t, "idle", f)
	f.Close()
	s := newSockets(t, Options{})
	eventually(t, "two holders", func() bool {
		k := withInode(cycle(t, s), inode)
		return k != nil && k.Holders == 2
	})
	procs := slices.DeleteFunc(processes(t), func(p metrics.Process) bool { return p.Key.PID == first })
	list, err := s.Append(context.Background(), procs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if k := withInode(list, inode); k.Owner.PID != second || k.Holders != 1 {
		t.Errorf("owner %v of %d, want pid %d alone", k.Owner, k.Holders, second)
	}
}

// The lowest descriptor tells whether a socket is somebody's standard input.
func TestLowestDescriptorFollowsDup(t *testing.T) {
	fd := rawSocket(t, unix.AF_INET, unix.SOCK_DGRAM, 0)
	inode := inodeOf(t, fd)
	s := newSockets(t, Options{})
	fdOf := func() int32 {
		if k := withInode(cycle(t, s), inode); k != nil && k.Owner.PID == int32(os.Getpid()) {
			return k.FD
		}
		return -1
	}
	// An unbound UDP socket is not listed; bound it is.
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the descriptor is known", func() bool { return fdOf() == int32(fd) })

	high, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, fd+100)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(high)
	if got := fdOf(); got != int32(fd) {
		t.Errorf("descriptor %d, want %d", got, fd)
	}
	null := rawSocket(t, unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err := unix.Dup3(null, fd, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the higher descriptor took over", func() bool { return fdOf() == int32(high) })
	if err := unix.Dup3(high, fd, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the lower descriptor is back", func() bool { return fdOf() == int32(fd) })
}

func TestOwnersFromOutside(t *testing.T) {
	fd := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := unix.Listen(fd, 1); err != nil {
		t.Fatal(err)
	}
	inode := inodeOf(t, fd)
	self, _ := process(int32(os.Getpid()))
	var asked [][]uint64
	var fail error
	s := newSockets(t, Options{
		RefreshBudget: time.Nanosecond, // no search of our own
		Owners: func(_ context.Context, want []uint64, dst []Owner) ([]Owner, error) {
			asked = append(asked, slices.Clone(want))
			if slices.Contains(want, inode) {
				dst = append(dst, Owner{Inode: inode, Key: self.Key, FD: 42},
					Owner{Inode: inode, Key: metrics.ProcKey{PID: 1 << 30}, FD: 1}) // not in the list of processes
			}
			return dst, fail
		},
	})
	k := withInode(cycle(t, s), inode)
	if k.Owner != self.Key || k.FD != 42 || k.Holders != 1 {
		t.Errorf("%+v", *k)
	}
	if s.search.scans != 0 {
		t.Errorf("%d processes searched though the owners are told", s.search.scans)
	}
	for range 40 {
		cycle(t, s)
	}
	times := 0
	for _, want := range asked {
		if !slices.IsSorted(want) {
			t.Errorf("not sorted: %v", want)
		}
		if slices.Contains(want, inode) {
			times++
		}
	}
	if times != 1 {
		t.Errorf("asked %d times for an inode whose owner is known", times)
	}

	other := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := unix.Listen(other, 1); err != nil {
		t.Fatal(err)
	}
	fail = errors.New("the program was detached")
	eventually(t, "the descriptors are searched when the others fail", func() bool {
		k = withInode(cycle(t, s), inodeOf(t, other))
		return k != nil && k.Owner == self.Key && k.FD == int32(other)
	})
}

// A lookup that finds nothing is repeated ever more rarely, and then no more.
func TestUnownedInodesAreNotAskedForForEver(t *testing.T) {
	fd := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := unix.Listen(fd, 1); err != nil {
		t.Fatal(err)
	}
	inode := inodeOf(t, fd)
	var at []int
	n := 0
	s := newSockets(t, Options{
		RefreshBudget: time.Nanosecond, FirstBudget: time.Nanosecond,
		Owners: func(_ context.Context, want []uint64, dst []Owner) ([]Owner, error) {
			if slices.Contains(want, inode) {
				at = append(at, n)
			}
			return dst, nil
		},
	})
	procs := []metrics.Process{{Key: metrics.ProcKey{PID: 1, Start: 1}, ID: &metrics.Identity{}}}
	for n = range 100 {
		if _, err := s.Append(context.Background(), procs, nil); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(at, []int{0, 1, 3, 7}) {
		t.Errorf("asked in cycles %v", at)
	}
}

// A process with very many descriptors is read over several cycles, and does not
// keep others from their turn.
func TestManyDescriptorsAreReadInParts(t *testing.T) {
	big, lines := startChild(t, "descriptors")
	s := newSockets(t, Options{FirstBudget: time.Microsecond, CatchUpBudget: 2 * time.Millisecond, Budget: 2 * time.Millisecond, RefreshBudget: 2 * time.Millisecond})
	port := lines[0]
	small := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := unix.Listen(small, 1); err != nil {
		t.Fatal(err)
	}
	noted, early := false, false
	eventually(t, "the socket behind 5,000 descriptors has its owner", func() bool {
		list := cycle(t, s)
		noted = noted || strings.Contains(s.Note(), "goes on in the next cycle")
		for i := range list {
			if k := &list[i]; k.State == metrics.Listen && strings.HasSuffix(k.Local().String(), ":"+port) && k.Owner.PID == big {
				return k.FD >= 5000
			}
		}
		k := withInode(list, inodeOf(t, small))
		early = early || k != nil && k.Owner.PID == int32(os.Getpid())
		return false
	})
	if !early {
		t.Error("the small process was kept waiting by the large one")
	}
	if !noted {
		t.Log("the machine read all descriptors in one visit")
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := newOwnerCache(2)
	socks := []metrics.Socket{{Inode: 1, Cookie: 1}, {Inode: 2, Cookie: 2}, {Inode: 3, Cookie: 3}}
	if fresh := c.match(socks, 0); fresh != 2 {
		t.Errorf("%d entries made", fresh)
	}
	if known, _ := c.record(3, hold{key: metrics.ProcKey{PID: 5}}); known {
		t.Error("an entry beyond the bound")
	}
	if fresh := c.match(socks[2:], 0); fresh != 0 || c.byInode.Len() != 0 {
		t.Errorf("%d made while full, %d left after theirs were gone", fresh, c.byInode.Len())
	}
	if fresh := c.match(socks[1:], 0); fresh != 2 || c.find(3) == c.find(2) {
		t.Errorf("%d entries made in the room that became free", fresh)
	}
}

// Whatever the order of the listings, each socket keeps its own holder.
func TestMatchFollowsAnyOrder(t *testing.T) {
	c := newOwnerCache(1000)
	socks := make([]metrics.Socket, 300)
	for i := range socks {
		socks[i] = metrics.Socket{Inode: uint64(i + 1), Cookie: uint64(i + 1)}
		if i%7 == 0 {
			socks[i].Inode = 0 // TIME_WAIT
		}
	}
	c.match(socks, 0)
	for i := range socks {
		if n := socks[i].Inode; n != 0 {
			c.record(n, hold{key: metrics.ProcKey{PID: int32(n)}, fd: int32(n)})
		}
	}
	for round, order := range [][]metrics.Socket{socks, slices.Clone(socks[100:]), slices.Clone(socks[150:250])} {
		if round == 2 {
			slices.Reverse(order)
		}
		c.match(order, 0)
		for _, k := range order {
			if k.Owner.PID != int32(k.Inode) || k.Inode != 0 && k.FD != int32(k.Inode) {
				t.Fatalf("round %d: inode %d has owner %v", round, k.Inode, k.Owner)
			}
		}
	}
	if c.byInode.Len() > 100 {
		t.Errorf("%d entries for 100 sockets", c.byInode.Len())
	}
}
