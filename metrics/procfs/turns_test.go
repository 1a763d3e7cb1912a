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
