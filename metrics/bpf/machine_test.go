//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// load loads the programs, or skips where they cannot be.
func load(tb testing.TB, opts Options) *Source {
	tb.Helper()
	s, err := New(opts)
	check(tb, err)
	return s
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, ErrUnsupported) {
		tb.Skipf("needs eBPF iterators: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// openSource is a Source that is closed with the test.
func openSource(tb testing.TB, opts Options) *Source {
	tb.Helper()
	s := load(tb, opts)
	closeLater(tb, s)
	return s
}

func closeLater(tb testing.TB, c io.Closer) {
	tb.Helper()
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	})
}

// bothWays runs a test with the walk over the list of tasks, where the kernel
// allows it, and with the task iterator.
func bothWays(t *testing.T, opts Options, test func(*testing.T, *Source)) {
	t.Helper()
	for name, walk := range map[string]bool{"walk": true, "iterator": false} {
		t.Run(name, func(t *testing.T) {
			s, err := newSource(opts, walk)
			check(t, err)
			closeLater(t, s)
			if walk && s.walk == nil {
				t.Skip("needs Linux 6.7 to walk the list of tasks")
			}
			test(t, s)
		})
	}
}

func proc(pid int32, file string) string { return "/proc/" + strconv.Itoa(int(pid)) + "/" + file }

// procReaders are plain readers of /proc.
func procReaders() Options {
	return Options{
		IdentityWait: 20 * time.Second,
		ReadExe: func(pid int32) (string, uint64, uint64, error) {
			path, err := os.Readlink(proc(pid, "exe"))
			if err != nil {
				return "", 0, 0, err
			}
			var st syscall.Stat_t
			if err := syscall.Stat(proc(pid, "exe"), &st); err != nil {
				return "", 0, 0, err
			}
			return strings.TrimSuffix(path, " (deleted)"), st.Dev, st.Ino, nil
		},
		ReadCwd: func(pid int32) (string, error) { return os.Readlink(proc(pid, "cwd")) },
		ReadCgroup: func(pid int32) (string, error) {
			b, err := os.ReadFile(proc(pid, "cgroup"))
			path := ""
			for line := range strings.Lines(string(b)) {
				if f := strings.SplitN(strings.TrimSpace(line), ":", 3); len(f) == 3 && len(f[2]) >= len(path) {
					path = f[2]
				}
			}
			return path, err
		},
		ReadCmdline: func(_ context.Context, pid int32) (string, bool, error) {
			b, err := os.ReadFile(proc(pid, "cmdline"))
			if len(b) > metrics.MaxCmdline {
				return string(b[:metrics.MaxCmdline]), true, err
			}
			return string(b), false, err
		},
		ListPids: func(dst []int32) ([]int32, error) {
			entries, err := os.ReadDir("/proc")
			for _, e := range entries {
				if n, err := strconv.ParseInt(e.Name(), 10, 32); err == nil {
					dst = append(dst, int32(n))
				}
			}
			slices.Sort(dst)
			return dst, err
		},
	}
}

// list takes one reading.
func list(tb testing.TB, s *Source) []metrics.Process {
	tb.Helper()
	procs, err := s.Append(context.Background(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return procs
}
