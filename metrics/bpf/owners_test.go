//go:build linux && (amd64 || arm64)

package bpf

import (
	"cmp"
	"context"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// openOwners loads both ways that the kernel supports.
func openOwners(tb testing.TB) map[string]*SocketOwners {
	tb.Helper()
	ways := map[string]*SocketOwners{}
	for name, walk := range map[string]bool{"walk": true, "iterator": false} {
		s, err := newSocketOwners(walk)
		check(tb, err)
		closeLater(tb, s)
		ways[name] = s
	}
	return ways
}

// inodeOf is the inode of a descriptor of this process.
func inodeOf(tb testing.TB, fd int) uint64 {
	tb.Helper()
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		tb.Fatal(err)
	}
	return st.Ino
}

// sockets makes n listeners of which this process holds a descriptor each.
func sockets(tb testing.TB, n int) (fds []int, inodes []uint64) {
	tb.Helper()
	for range n {
		fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { syscall.Close(fd) })
		fds = append(fds, fd)
		inodes = append(inodes, inodeOf(tb, fd))
	}
	slices.Sort(inodes)
	return fds, inodes
}

func self(tb testing.TB) metrics.ProcKey {
	tb.Helper()
	return keyOf(tb, int32(os.Getpid()))
}

func keyOf(tb testing.TB, pid int32) metrics.ProcKey {
	tb.Helper()
	b, err := os.ReadFile(proc(pid, "stat"))
	if err != nil {
		tb.Fatal(err)
	}
	start, err := strconv.ParseUint(strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+2:]))[19], 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return metrics.ProcKey{PID: pid, Start: start}
}

func TestOwners(t *testing.T) {
	fds, inodes := sockets(t, 3)
	// A second descriptor of the same socket is not a second holder, and a file is
	// not a socket.
	if fd, err := syscall.Dup(fds[0]); err == nil {
		t.Cleanup(func() { syscall.Close(fd) })
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := append(slices.Clone(inodes), inodeOf(t, int(f.Fd())), 1<<40)
	slices.Sort(want)

	for name, s := range openOwners(t) {
		got, err := s.Owners(context.Background(), want, nil)
		if err != nil {
			t.Fatal(err)
		}
		var expect []Owner
		for _, fd := range fds {
			expect = append(expect, Owner{inodeOf(t, fd), self(t), int32(fd)})
		}
		slices.SortFunc(expect, func(a, b Owner) int { return cmp.Compare(a.Inode, b.Inode) })
		if !slices.Equal(got, expect) {
			t.Errorf("%s: got %v, want %v", name, got, expect)
		}
	}
}

func TestOwnersOfInheritedSocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := startChild(t, "idle", func(c *exec.Cmd) { c.ExtraFiles = []*os.File{f} })
	inode := inodeOf(t, int(f.Fd()))
	for name, s := range openOwners(t) {
		got, err := s.Owners(context.Background(), []uint64{inode}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 {
			t.Fatalf("%s: %d holders: %v", name, len(got), got)
		}
		if i := slices.IndexFunc(got, func(o Owner) bool { return o.Key.PID == c.pid }); i < 0 || got[i] != (Owner{inode, keyOf(t, c.pid), 3}) {
			t.Errorf("%s: the child is not among %v", name, got)
		}
	}
}

// More sockets than one run has room for.
func TestOwnersOfManySockets(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	const n = ownerRoom + 1000
	if limit.Cur < n+100 {
		t.Skipf("needs a limit of %d open files, it is %d", n+100, limit.Cur)
	}
	_, inodes := sockets(t, n)
	for name, s := range openOwners(t) {
		got, err := s.Owners(context.Background(), inodes, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != n {
			t.Errorf("%s: %d of %d sockets found", name, len(got), n)
		}
	}
}

func BenchmarkOwners(b *testing.B) {
	_, inodes := sockets(b, 18_000)
	for name, s := range openOwners(b) {
		b.Run(name, func(b *testing.B) {
			var dst []Owner
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if dst, err = s.Owners(context.Background(), inodes, dst[:0]); err != nil {
					b.Fatal(err)
				}
			}
			if len(dst) != len(inodes) {
				b.Fatalf("%d of %d found", len(dst), len(inodes))
			}
		})
	}
}
