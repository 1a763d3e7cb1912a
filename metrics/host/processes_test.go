package host

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// sleeper runs a sleeping copy of sleep(1) under the name until the test ends.
func sleeper(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep(1) to start")
	}
	program, err := os.ReadFile(sleep)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append(args, "600")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}

func find(list []metrics.Process, pid int) *metrics.Process {
	for i := range list {
		if list[i].Key.PID == int32(pid) {
			return &list[i]
		}
	}
	return nil
}

func TestProcessesLive(t *testing.T) {
	before := time.Now()
	child := sleeper(t, "odd )( name")
	p := NewProcesses(ProcessOptions{})
	var list []metrics.Process
	var c *metrics.Process
	// Until it has become the program.
	for deadline := time.Now().Add(10 * time.Second); c == nil || c.ID.Comm != "odd )( name"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the child does not appear: %+v", c)
		}
		var err error
		if list, err = p.Append(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		if c = find(list, child.Process.Pid); c == nil {
			t.Fatal("the child is not listed")
		}
		clear(p.cache) // it may have been seen as our copy, before its exec
	}
	if !slices.IsSortedFunc(list, func(a, b metrics.Process) int { return int(a.Key.PID) - int(b.Key.PID) }) {
		t.Error("not sorted by pid")
	}
	if c.ID.Exe != child.Path || c.ID.Invoked != child.Path {
		t.Errorf("exe %q, invoked %q, want %q", c.ID.Exe, c.ID.Invoked, child.Path)
	}
	if want := child.Path + "\x00600\x00"; c.ID.Cmdline != want {
		t.Errorf("command line %q, want %q", c.ID.Cmdline, want)
	}
	if c.PPID != int32(os.Getpid()) || c.UID != uint32(os.Getuid()) || c.GID != uint32(os.Getgid()) || c.RSSBytes == 0 || c.Threads != 1 {
		t.Errorf("%+v", c)
	}
	started := c.Key.StartedAt(p.boot)
	// The boot time is told in whole seconds.
	if started.Before(before.Add(-3*time.Second)) || started.After(time.Now().Add(3*time.Second)) {
		t.Errorf("started at %v, want about %v", started, before)
	}
	self := find(list, os.Getpid())
	if self == nil || self.CPUNS() == 0 || self.Threads < 2 {
		t.Errorf("ourselves: %+v", self)
	}
	if runtime.GOOS == "linux" {
		if !c.Has(metrics.HasExeFile) || c.ID.ExeInode == 0 || c.ExeNlink != 1 || c.Deleted() {
			t.Errorf("program file: %+v, %+v", c, c.ID)
		}
		if err := os.Remove(child.Path); err != nil {
			t.Fatal(err)
		}
		list, err := p.Append(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if c := find(list, child.Process.Pid); c == nil || !c.Deleted() || c.ID.Exe != child.Path {
			t.Errorf("after the program was removed: %+v", c)
		}
	}
}

func TestProcessesKeepsIdentities(t *testing.T) {
	p := NewProcesses(ProcessOptions{})
	first, err := p.Append(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Append(context.Background(), first[:0:0])
	if err != nil {
		t.Fatal(err)
	}
	a, b := find(first, os.Getpid()), find(second, os.Getpid())
	if a == nil || b == nil || a.ID != b.ID {
		t.Error("the identity was read again")
	}
	if len(p.cache) > len(second) {
		t.Errorf("%d identities are kept for %d processes", len(p.cache), len(second))
	}
	p.cache[b.Key].until = time.Time{}
	third, err := p.Append(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := find(third, os.Getpid()); c == nil || c.ID == b.ID {
		t.Error("an old identity was not read again")
	}
}

// halves is a Batcher of two goroutines.
type halves struct{}

func (halves) Each(ctx context.Context, n int, fn func(ctx context.Context, lo, hi int) error) error {
	var errs [2]error
	var wg sync.WaitGroup
	wg.Go(func() { errs[0] = fn(ctx, 0, n/2) })
	wg.Go(func() { errs[1] = fn(ctx, n/2, n) })
	wg.Wait()
	if errs[0] != nil {
		return errs[0]
	}
	return errs[1]
}

func TestProcessesInBatches(t *testing.T) {
	dst := []metrics.Process{{Key: metrics.ProcKey{PID: -1}}}
	list, err := NewProcesses(ProcessOptions{Batcher: halves{}}).Append(context.Background(), dst)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Key.PID != -1 || len(list) < 2 || find(list, os.Getpid()) == nil {
		t.Errorf("%d processes, the first %+v", len(list), list[0])
	}
	for i := range list[1:] {
		if list[1:][i].ID == nil {
			t.Fatalf("no identity: %+v", list[1:][i])
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewProcesses(ProcessOptions{Batcher: halves{}}).Append(ctx, nil); err == nil {
		t.Error("no error after the context ended")
	}
}

func TestJoinArgs(t *testing.T) {
	if line, cut := joinArgs([]string{"a", "", "b"}); line != "a\x00\x00b\x00" || cut {
		t.Errorf("%q, %v", line, cut)
	}
	if line, cut := joinArgs([]string{string(make([]byte, 5000)), "b"}); len(line) != metrics.MaxCmdline || !cut {
		t.Errorf("%d bytes, %v", len(line), cut)
	}
}

func TestSocketsLive(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	procs, err := NewProcesses(ProcessOptions{}).Append(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := NewSockets(SocketOptions{}).Append(context.Background(), procs, nil)
	if err != nil {
		t.Fatal(err)
	}
	self := find(procs, os.Getpid())
	listener, connection := false, false
	for i := range list {
		s := &list[i]
		if s.Local().String() == l.Addr().String() && s.State == metrics.Listen {
			listener = s.Owner == self.Key && s.Proto == metrics.TCP && s.Listening()
		}
		if s.Local().String() == c.LocalAddr().String() {
			connection = s.Owner == self.Key && s.State == metrics.Established && s.Remote().String() == l.Addr().String()
		}
	}
	if !listener || !connection {
		t.Errorf("listener found: %v, connection found: %v, among %d sockets", listener, connection, len(list))
	}
}

func BenchmarkProcesses(b *testing.B) {
	p := NewProcesses(ProcessOptions{})
	var list []metrics.Process
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if list, err = p.Append(context.Background(), list[:0]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(list)), "µs/process")
}
