package host

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// A file that is kept open shows what it holds now, whatever it held before.
func TestKernelFileReadsAnew(t *testing.T) {
	f := kernelFile{path: filepath.Join(t.TempDir(), "file")}
	if _, err := f.read(); !os.IsNotExist(err) {
		t.Errorf("of a file that is not there: %v", err)
	}
	for _, size := range []int{10, wholeBelow - 1, wholeBelow, 1 << 10, 100_000, 0, 7} {
		want := strings.Repeat("x", size)
		if err := os.WriteFile(f.path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := f.read(); err != nil || string(got) != want {
			t.Errorf("%d of %d bytes, %v", len(got), size, err)
		}
	}
	for range 2 {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	}
	if got, err := f.read(); err != nil || len(got) != 7 {
		t.Errorf("after it was closed: %q, %v", got, err)
	}
	f.close()
}

// Files of the kernel are read to their last line, those too that it hands over
// a page at a time. Programs that other tests load have lines of their own in
// kallsyms: a reading is held against files that were the same before and after it.
func TestKernelFileIsComplete(t *testing.T) {
	lines := func(b []byte) int { return bytes.Count(b[:min(len(b), maxFile)], []byte("\n")) }
	for _, path := range []string{"/proc/stat", "/proc/diskstats", "/proc/vmstat", "/proc/net/snmp", "/proc/net/netstat", "/proc/kallsyms"} {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Logf("%s: %v", path, err)
			continue
		}
		f := kernelFile{path: path}
		for right, tries := 0, 0; right < 2; tries++ {
			got, err := f.read()
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			n := lines(got)
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			switch a, b := lines(before), lines(after); {
			case a == b && n == a:
				right++
			case a == b || tries == 50:
				t.Fatalf("%s: %d lines of %d", path, n, b)
			}
			before = after
		}
		f.close()
	}
}

// Without swap space the counters are those of the first look.
func TestSwapIOWithoutSwap(t *testing.T) {
	root := writeTree(t, map[string]string{"proc/vmstat": "pswpin 1\npswpout 2\n"})
	read, close := newSwapIO(root)
	defer close()
	page := uint64(os.Getpagesize())
	for i, step := range []struct {
		swap      uint64
		text      string
		wantPages uint64
	}{{0, "pswpin 1\n", 1}, {0, "pswpin 5\n", 1}, {1 << 20, "pswpin 6\n", 6}, {0, "pswpin 7\n", 7}, {0, "pswpin 9\n", 7}} {
		if err := os.WriteFile(filepath.Join(root, "proc/vmstat"), []byte(step.text), 0o644); err != nil {
			t.Fatal(err)
		}
		m := metrics.Memory{SwapTotal: step.swap}
		if err := read(context.Background(), &m); err != nil || m.SwapIn != step.wantPages*page {
			t.Errorf("look %d: %d pages, %v, want %d", i, m.SwapIn/page, err, step.wantPages)
		}
	}
}
