//go:build linux

package netlink

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// descriptorsOf lists the sockets of a process the plain way.
func descriptorsOf(t *testing.T, pid int32) (count, highest int, sockets []string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		link, err := os.Readlink(dir + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := strconv.Atoi(e.Name()); n > highest {
			highest = n
		}
		if inode, ok := strings.CutPrefix(link, "socket:["); ok {
			sockets = append(sockets, e.Name()+" "+strings.TrimSuffix(inode, "]"))
		}
	}
	slices.Sort(sockets)
	return len(entries), highest, sockets
}

// Descriptors that are tried by number are the same as those that are listed, with
// a gap among them and with many, too.
func TestDescriptorsByNumberEqualTheListing(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f := fileOf(t, l.(*net.TCPListener))
	defer f.Close()
	dir, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(dir)
	for _, role := range []string{"idle", "gap", "descriptors"} {
		t.Run(role, func(t *testing.T) {
			pid, _ := startChild(t, role, f)
			var count, highest int
			var sockets []string
			eventually(t, "the child's runtime opens nothing more", func() bool {
				before, _, _ := descriptorsOf(t, pid)
				time.Sleep(10 * time.Millisecond)
				count, highest, sockets = descriptorsOf(t, pid)
				return count == before
			})
			r := fdReader{dir: dir}
			var got []string
			note := func(fd int32, inode uint64) {
				got = append(got, strconv.Itoa(int(fd))+" "+strconv.FormatUint(inode, 10))
			}
			total := 0
			for next := int64(0); ; {
				n, after, err := r.read(pid, next, visitLimit, time.Now().Add(time.Minute), note)
				if err != nil {
					t.Fatal(err)
				}
				total += n
				if next = after; next == 0 {
					break
				}
			}
			slices.Sort(got)
			if total != count || !slices.Equal(got, sockets) || len(got) == 0 {
				t.Errorf("%d descriptors, sockets %v; the listing has %d, %v", total, got, count, sockets)
			}
			fd, err := unix.Open(fmt.Sprintf("/proc/%d/fd", pid), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(fd)
			var st unix.Stat_t
			if err := unix.Fstat(fd, &st); err != nil {
				t.Fatal(err)
			}
			// What the test itself inherited, its children have as well.
			want := st.Size > 0 && count <= fewDescriptors && highest < count+2
			if role != "idle" && want {
				t.Errorf("%d descriptors up to %d: no case for a listing", count, highest)
			}
			if _, ok := r.tryNumbers(fd, note); ok != want {
				t.Errorf("by number: %v, want %v; %d descriptors up to %d", ok, want, count, highest)
			}
		})
	}
}

// pair is a Batcher of two workers that counts its calls.
type pair struct{ calls atomic.Int32 }

func (p *pair) Each(ctx context.Context, n int, fn func(ctx context.Context, lo, hi int) error) error {
	p.calls.Add(1)
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			for lo := 8 * w; lo < n; lo += 16 {
				_ = fn(ctx, lo, min(lo+8, n))
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// Owners that are searched for side by side are those that a search one by one finds.
func TestSideBySideEqualsOneByOne(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	shared := fileOf(t, l.(*net.TCPListener))
	l.Close()
	defer shared.Close()
	mine := []uint64{inodeOf(t, int(shared.Fd()))}
	for range 20 {
		own, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f := fileOf(t, own.(*net.TCPListener))
		own.Close()
		mine = append(mine, inodeOf(t, int(f.Fd())))
		startChild(t, "idle", shared, f)
		f.Close()
	}
	batch := new(pair)
	// All owners at once, whatever the machine does beside.
	plain := newSockets(t, Options{FirstBudget: time.Minute})
	fast := newSockets(t, Options{FirstBudget: time.Minute, Batch: batch})
	a, b := cycle(t, plain), cycle(t, fast)
	if batch.calls.Load() == 0 {
		t.Error("nothing was read side by side")
	}
	for i, inode := range mine {
		x, y := withInode(a, inode), withInode(b, inode)
		if x == nil || y == nil {
			t.Fatalf("socket %d is not listed", inode)
		}
		if x.Owner != y.Owner || x.FD != y.FD || x.Holders != y.Holders || x.Owner.PID == 0 {
			t.Errorf("socket %d: one by one %v fd %d of %d, side by side %v fd %d of %d",
				inode, x.Owner, x.FD, x.Holders, y.Owner, y.FD, y.Holders)
		}
		if want := uint16(1); i > 0 && x.Holders != want {
			t.Errorf("socket %d has %d holders, want %d", inode, x.Holders, want)
		}
	}
}

// What the first cycle had no time for is caught up with in larger steps than what
// comes later.
func TestFirstSearchIsCaughtUpWith(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := fileOf(t, l.(*net.TCPListener))
	l.Close()
	defer f.Close()
	inode := inodeOf(t, int(f.Fd()))
	s := newSockets(t, Options{FirstBudget: time.Nanosecond, CatchUpBudget: time.Minute, Budget: time.Nanosecond, RefreshBudget: time.Nanosecond})
	if k := withInode(cycle(t, s), inode); k == nil || k.Owner.PID != 0 || !s.behind {
		t.Fatalf("the first cycle had no time: %+v, behind %v", k, s.behind)
	}
	if k := withInode(cycle(t, s), inode); k == nil || k.Owner.PID != int32(os.Getpid()) || s.behind {
		t.Fatalf("the second had: %+v, behind %v", k, s.behind)
	}
	later := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := unix.Listen(later, 1); err != nil {
		t.Fatal(err)
	}
	if k := withInode(cycle(t, s), inodeOf(t, later)); k == nil || k.Owner.PID != 0 {
		t.Errorf("later ones have the usual budget: %+v", k)
	}
}
