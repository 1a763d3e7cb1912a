//go:build linux

package procfs

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

func inodeOf(st fs.FileInfo) (inode, dev uint64) {
	sys := st.Sys().(*syscall.Stat_t)
	return sys.Ino, sys.Dev
}

// Who uses the CPU or is watched has fresh counters in every cycle; the others keep
// theirs until it is their turn.
func TestSourceReadsWhatChanges(t *testing.T) {
	tree := proctest.New(t)
	const n = 200
	p := proctest.P{Image: 0x5000, IO: proctest.IO{ReadBytes: 1}}
	for pid := int32(1); pid <= n; pid++ {
		tree.Process(pid, p)
	}
	s := source(t, Options{Root: tree.Root})
	list(t, s)
	busy := p
	busy.UserTicks, busy.IO.ReadBytes = 5, 2
	idle := p
	idle.IO.ReadBytes = 2
	for pid := int32(1); pid <= n; pid++ {
		tree.Process(pid, idle)
	}
	tree.Process(3, busy)
	s.Watch([]int32{150, 4242})
	s.last = time.Now() // as if the last cycle were just over: the turn is one process long
	fresh := map[int32]bool{}
	for _, p := range list(t, s) {
		fresh[p.Key.PID] = p.ReadBytes == 2
	}
	if !fresh[3] || !fresh[150] {
		t.Errorf("the busy one: %v, the watched one: %v", fresh[3], fresh[150])
	}
	count := 0
	for _, f := range fresh {
		if f {
			count++
		}
	}
	if count > 20 {
		t.Errorf("%d of %d were read though nothing happened to them", count, n)
	}
	// A turn later all were.
	deadline := time.Now().Add(time.Minute)
	for left := n; left > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d processes were never read again", left)
		}
		s.last = time.Now().Add(-turnPeriod / 4)
		left = 0
		for _, p := range list(t, s) {
			if p.ReadBytes != 2 {
				left++
			}
		}
	}
}

// sometimes is a pool that has workers or has none.
type sometimes struct {
	goroutines
	none bool
}

func (p *sometimes) Submit(task func()) bool { return !p.none && p.goroutines.Submit(task) }

// A crowd that could not be read is published with what the scan tells, and
// completed in the next cycle.
func TestSourceCatchesUp(t *testing.T) {
	tree := proctest.New(t)
	const n = blockSize + 50
	for pid := int32(1); pid <= n; pid++ {
		tree.Process(pid, proctest.P{Comm: "x", Cmdline: "x\x00", Image: 0x5000})
	}
	pool := &sometimes{none: true}
	s := source(t, Options{Root: tree.Root, Pool: pool})
	procs := list(t, s)
	if len(procs) != n {
		t.Fatalf("%d processes", len(procs))
	}
	for _, p := range procs {
		if p.ID == nil || p.ID.Comm != "x" || p.ID.User == "" || p.Has(metrics.HasCmdline) {
			t.Fatalf("got %+v %+v", p, p.ID)
		}
	}
	if gaps := s.Gaps(); len(gaps) != 1 || !strings.Contains(gaps[0].What, fmt.Sprint(n)) {
		t.Errorf("gaps: %+v", gaps)
	}
	pool.none = false
	for _, p := range list(t, s) {
		if p.ID.Cmdline != "x\x00" || !p.Has(metrics.HasCmdline) {
			t.Fatalf("not completed: %+v", p.ID)
		}
	}
	if gaps := s.Gaps(); len(gaps) != 0 {
		t.Errorf("gaps: %+v", gaps)
	}
}

// The texts of a program that never changes them are read ever more seldom, up to
// the time to live; where the kernel hides the image, only they tell of an exec.
func TestSourceTextsRestWhileTheyStay(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(1, proctest.P{Comm: "x", Image: 0x5000, Cmdline: "x\x00"})
	tree.Process(2, proctest.P{Comm: "x", Cmdline: "x\x00"})
	s := source(t, Options{Root: tree.Root, TTL: 3 * time.Minute})
	again := func() {
		s.last = time.Now().Add(-turnPeriod)
		for _, e := range s.entries {
			e.identityAt = -int64(time.Hour)
		}
		list(t, s)
	}
	list(t, s)
	if first := s.find(1).rest; first != identityLeast {
		t.Errorf("a new program rests %v", first)
	}
	for range 5 {
		again()
	}
	if known, hidden := s.find(1).rest, s.find(2).rest; known != 3*time.Minute || hidden != identityLeast {
		t.Errorf("texts that stay rest %v, where the image is hidden %v", known, hidden)
	}
	tree.Process(1, proctest.P{Comm: "x", Image: 0x5000, Cmdline: "another title\x00"})
	again()
	if rest := s.find(1).rest; rest != identityLeast {
		t.Errorf("a program that changed its title rests %v", rest)
	}
}

func TestSourceTellsWhoseSwitchesAreUnknown(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(1, proctest.P{Cmdline: "x\x00"})
	s := source(t, Options{Root: tree.Root})
	if list(t, s); len(s.Gaps()) != 0 {
		t.Errorf("%+v", s.Gaps())
	}
	tree.Process(2, proctest.P{Cmdline: "y\x00", Threads: 3})
	list(t, s)
	gaps := s.Gaps()
	if len(gaps) != 1 || gaps[0].What != "context switches of 1 process with several threads" || gaps[0].Needs != "the source ebpf" {
		t.Errorf("%+v", gaps)
	}
}
