//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

// openWalker loads the program with maps that are as small as it says.
func openWalker(t *testing.T, entries map[string]uint32) *walker {
	t.Helper()
	progs, err := loadPrograms(object{program: walkProgWalkTasks, spec: func() (*ebpf.CollectionSpec, error) {
		spec, err := loadWalk()
		if err == nil {
			for name, n := range entries {
				spec.Maps[name].MaxEntries = n
			}
		}
		return spec, err
	}})
	check(t, err)
	w := newWalker(progs[0])
	t.Cleanup(func() { w.close() })
	return w
}

// seen makes a pass and tells how often each pid came, how many of them with a
// record, and in how many runs.
func (w *walker) seen(t *testing.T, whole bool) (pids map[int32]int, records, runs int) {
	t.Helper()
	pids = map[int32]int{}
	err := w.pass(context.Background(), whole, func(p part) bool {
		runs++
		for _, step := range p.steps {
			pids[int32(step.Pid)]++
			if step.Whole == 0 {
				continue
			}
			records++
			if r, _ := p.records.next(); r == nil || r.Pid != step.Pid {
				t.Fatalf("the record for pid %d is %+v", step.Pid, r)
			}
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return pids, records, runs
}

// A walk that does not have room for all goes on where it ended.
func TestWalkInManyRuns(t *testing.T) {
	crowd := proctest.Crowd(t, 50)
	for name, room := range map[string]map[string]uint32{
		"records": {"processes": 7},
		"steps":   {"steps": 7},
	} {
		t.Run(name, func(t *testing.T) {
			w := openWalker(t, room)
			for range 3 {
				pids, _, runs := w.seen(t, true)
				for _, pid := range crowd {
					if pids[pid] != 1 {
						t.Errorf("pid %d was seen %d times", pid, pids[pid])
					}
				}
				if runs < 50/7 {
					t.Errorf("%d runs", runs)
				}
			}
		})
	}
}

// Processes that sleep are read as a whole in turns, and nothing is read of them in
// between.
func TestSleepersAreReadInTurns(t *testing.T) {
	const turns, stamps = 8, 1 << 14 // WHOLE and STAMPS of stamp.h
	crowd := proctest.Crowd(t, 64)
	settle(t, crowd...)
	for name, room := range map[string]map[string]uint32{"in one run": nil, "in many runs": {"processes": 5, "steps": 31}} {
		t.Run(name, func(t *testing.T) {
			w := openWalker(t, room)
			w.seen(t, true)
			records := map[int32]int{}
			for range turns {
				err := w.pass(context.Background(), false, func(p part) bool {
					for _, step := range p.steps {
						records[int32(step.Pid)] += int(step.Whole)
					}
					return true
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			places := map[int32]int{}
			for pid := range records {
				places[pid%stamps]++
			}
			for _, pid := range crowd {
				if records[pid] != 1 && places[pid%stamps] == 1 {
					t.Errorf("pid %d was read %d times in %d passes", pid, records[pid], turns)
				}
			}
		})
	}
}

// What a walk finds changed and what it takes over from before is, for every
// process, what a walk finds that reads all of it.
func TestTakenOverIsEqualToRead(t *testing.T) {
	runtime.LockOSThread() // the tracer is a thread
	defer runtime.UnlockOSThread()
	crowd := proctest.Crowd(t, 40)
	other := startChild(t, "work", nil)
	busy := startChild(t, "spin", nil)
	parent := startChild(t, "parent", nil)
	orphan := parent.orphan(t)
	cat, echo := startEcho(t)
	fresh, kept := openSource(t, procReaders()), openSource(t, procReaders())
	if kept.walk == nil {
		t.Skip("needs the walk over the list of tasks, Linux 6.7")
	}
	settle(t, append(crowd, orphan, cat)...)
	list(t, fresh)
	list(t, kept)
	list(t, kept)
	group := ownCgroup(t)
	changes := []func(pid int32) error{
		func(pid int32) error { return unix.Setpriority(unix.PRIO_PROCESS, int(pid), 11) },
		func(pid int32) error { return syscall.Kill(int(pid), syscall.SIGSTOP) },
		func(pid int32) error { return syscall.Kill(int(pid), syscall.SIGKILL) },
		func(pid int32) error { return unix.PtraceSeize(int(pid)) },
		group,
		func(int32) error { parent.end(); return nil },
		func(int32) error { return echo() },
	}
	for i, change := range changes {
		if err := change(crowd[i]); err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
	settle(t, append(crowd, cat)...)
	for tries := 0; ; tries++ {
		fresh.whole = true
		before := list(t, fresh)
		got := list(t, kept)
		fresh.whole = true
		after := list(t, fresh)
		compared, err := same(before, got, after, append(crowd, orphan, cat, other.pid, busy.pid))
		if err != nil {
			t.Fatal(err)
		}
		if compared > len(crowd)+1 {
			return
		}
		if tries == 100 {
			t.Fatalf("only %d processes do not change meanwhile", compared)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// orphan is the child that the child says it has. It ends with the test.
func (c *child) orphan(t *testing.T) int32 {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatal("the child does not tell of its own")
	}
	pid, err := strconv.Atoi(c.lines.Text())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return int32(pid)
}

// startEcho starts a process of one thread that works when echo is called, and waits
// else.
func startEcho(t *testing.T) (pid int32, echo func() error) {
	t.Helper()
	cat := exec.Command("/bin/cat")
	in, err := cat.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cat.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cat.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cat.Wait() })
	return int32(cat.Process.Pid), func() error {
		if _, err := in.Write([]byte{'.'}); err != nil {
			return err
		}
		_, err := out.Read(make([]byte, 1))
		return err
	}
}

// same compares the processes that did not change meanwhile.
func same(before, got, after []metrics.Process, pids []int32) (n int, err error) {
	a, b, c := metrics.Snapshot{Processes: before}, metrics.Snapshot{Processes: got}, metrics.Snapshot{Processes: after}
	for _, pid := range pids {
		i, j, k := a.Find(pid), b.Find(pid), c.Find(pid)
		if i < 0 || j < 0 || k < 0 {
			return n, fmt.Errorf("pid %d is not listed", pid)
		}
		was, is, will := before[i], got[j], after[k]
		if *was.ID != *will.ID || *was.Security != *will.Security {
			continue
		}
		if *is.ID != *was.ID || *is.Security != *was.Security {
			return n, fmt.Errorf("pid %d: %+v and %+v", pid, is.ID, was.ID)
		}
		for _, p := range []*metrics.Process{&was, &is, &will} {
			// The two never fall, and so depend on what was seen before. Of resident
			// memory, each source reads a part in turns of its own.
			p.UserNS, p.SystemNS, p.RSSBytes = p.UserNS+p.SystemNS, 0, 0
		}
		if is.UserNS < was.UserNS || is.UserNS > will.UserNS {
			return n, fmt.Errorf("pid %d: %d ns of CPU time, which is not between %d and %d", pid, is.UserNS, was.UserNS, will.UserNS)
		}
		was.ID, is.ID, will.ID, was.Security, is.Security, will.Security = nil, nil, nil, nil, nil, nil
		if was != will {
			continue
		}
		if is != was {
			return n, fmt.Errorf("pid %d:\n%+v\n%+v", pid, is, was)
		}
		n++
	}
	return n, nil
}

// ownCgroup returns a function that moves a process to a cgroup of its own.
func ownCgroup(t *testing.T) func(pid int32) error {
	for _, root := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"} {
		dir, err := os.MkdirTemp(root, "bpf-test")
		if err != nil {
			continue
		}
		t.Cleanup(func() {
			procs, err := os.ReadFile(dir + "/cgroup.procs")
			if err != nil {
				t.Error(err)
			}
			for _, pid := range strings.Fields(string(procs)) { // a group with processes stays
				_ = os.WriteFile(root+"/cgroup.procs", []byte(pid), 0)
			}
			if err := os.Remove(dir); err != nil {
				t.Errorf("a control group is left behind: %v", err)
			}
		})
		return func(pid int32) error { return os.WriteFile(dir+"/cgroup.procs", fmt.Append(nil, pid), 0) }
	}
	t.Log("no cgroup can be made: none is moved")
	return func(int32) error { return nil }
}
