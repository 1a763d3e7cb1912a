//go:build linux

package procfs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

func open(t testing.TB, root string) *FS {
	t.Helper()
	f, err := NewFS(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// fifo puts a FIFO that has a writer who never writes in the place of a file: who
// reads it waits, as for a process that holds its memory lock. end lets readers go.
func fifo(t *testing.T, path string) (end func()) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(path)
	if err := unix.Mkfifo(path, 0o644); err != nil {
		t.Fatal(err)
	}
	// Open for both, so that this open does not wait for a reader.
	w, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() { w.Close() })
	t.Cleanup(end)
	return end
}

func TestNewFSSaysWhatIsMissing(t *testing.T) {
	_, err := NewFS(filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v", err)
	}
}

func TestListPids(t *testing.T) {
	tree := proctest.New(t)
	for _, name := range []string{"10/x", "9/x", "1/x", "self/x", "1a/x", "4194304/x", "99999999999/x", "meminfo"} {
		tree.File(name, "")
	}
	f := open(t, tree.Root)
	got, err := f.ListPids([]int32{-7})
	if want := []int32{-7, 1, 9, 10, 4194304}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v, %v", got, want, err)
	}
}

func TestVanishedIsTyped(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(8, proctest.P{Flags: metrics.FlagKthread})
	f := open(t, tree.Root)
	ctx := context.Background()
	_, _, env := f.ReadEnviron(ctx, 7)
	_, _, exe := f.ReadExe(7)
	_, stat := f.ReadStat(7)
	_, _, fds := f.ReadFDs(7, 10)
	for _, err := range []error{env, exe, stat, fds} {
		if !errors.Is(err, metrics.ErrVanished) {
			t.Errorf("got %v", err)
		}
	}
	if path, _, err := f.ReadExe(8); path != "" || err != nil {
		t.Errorf("a kernel thread's program: %q, %v", path, err)
	}
	if _, err := f.ReadLimits(8); err == nil || errors.Is(err, metrics.ErrVanished) {
		t.Errorf("a file that is missing below a living process: %v", err)
	}
}

func TestReadingGivesUpWithItsContext(t *testing.T) {
	tree := proctest.New(t)
	end := fifo(t, filepath.Join(tree.Root, "7/environ"))
	f := open(t, tree.Root)
	for range maxHeld {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		_, _, err := f.ReadEnviron(ctx, 7)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, _, err := f.ReadEnviron(ctx, 7); !errors.Is(err, ErrHeld) {
		t.Errorf("one reading too many: %v", err)
	}
	end()
	deadline := time.Now().Add(time.Minute)
	for len(f.held) > 0 {
		if time.Now().After(deadline) {
			t.Fatal("the readings did not end with what held them up")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestReadEnviron(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(7, proctest.P{Environ: "A=1\x00B=x=y\x00\x00\x00cut"})
	env, size, err := open(t, tree.Root).ReadEnviron(context.Background(), 7)
	if want := []string{"A=1", "B=x=y", "cut"}; err != nil || !slices.Equal(env, want) || size != 15 {
		t.Errorf("got %q, %d bytes, %v", env, size, err)
	}
}

func TestReadFDs(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(7, proctest.P{FDs: map[int]string{0: "/dev/null", 3: "socket:[123]", 10: "pipe:[5]", 20: "anon_inode:[eventpoll]"}})
	f := open(t, tree.Root)
	fds, total, err := f.ReadFDs(7, 10)
	want := []metrics.FD{{FD: 0, Target: "/dev/null"}, {FD: 3, Target: "socket:[123]", Inode: 123},
		{FD: 10, Target: "pipe:[5]", Inode: 5}, {FD: 20, Target: "anon_inode:[eventpoll]"}}
	if err != nil || total != 4 || !slices.Equal(fds, want) {
		t.Errorf("got %+v of %d, %v", fds, total, err)
	}
	if fds, total, err := f.ReadFDs(7, 2); err != nil || total != 4 || len(fds) != 2 {
		t.Errorf("bounded: %+v of %d, %v", fds, total, err)
	}
}

func TestReadThreadsLive(t *testing.T) {
	threads, err := open(t, "/proc").ReadThreads(context.Background(), int32(os.Getpid()), 10_000)
	if err != nil || len(threads) == 0 || threads[0].TID != int32(os.Getpid()) || threads[0].Comm == "" {
		t.Errorf("got %+v, %v", threads, err)
	}
}

func TestReadNamespacesLive(t *testing.T) {
	ns, err := open(t, "/proc").ReadNamespaces(int32(os.Getpid()))
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &st); err != nil {
		t.Fatal(err)
	}
	if err != nil || uint64(ns.Net) != st.Ino || ns.Mnt == 0 || ns.Pid == 0 || ns.User == 0 || ns.UTS == 0 || ns.IPC == 0 {
		t.Errorf("got %+v, %v", ns, err)
	}
}

func FuzzAppendNumbers(f *testing.F) {
	f.Add([]byte("12345678\x00\x00\x00\x00\x00\x00\x00\x00\x18\x00\x0412\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, n := range appendNumbers(nil, b) {
			if n < 0 {
				t.Errorf("%d", n)
			}
		}
	})
}
