//go:build linux

package procfs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
)

var _ metrics.Inspector = (*Inspector)(nil)

func TestInspectLive(t *testing.T) {
	k := start(t)
	k.do("allocate")
	f := open(t, "/proc")
	st, err := f.ReadStat(k.pid)
	if err != nil {
		t.Fatal(err)
	}
	x := NewInspector(f, 512<<20)
	d, err := x.Inspect(t.Context(), st.Key(), metrics.PartsAll)
	if err != nil {
		t.Fatal(err)
	}
	if d.Read != metrics.PartsAll || len(d.Gaps) != 0 {
		t.Errorf("read %b, gaps %+v", d.Read, d.Gaps)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(self)
	if d.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s", d.SHA256)
	}
	net, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if !contains(d.Environ, childVar+"=1") || d.EnvironBytes == 0 || len(d.FDs) < 3 || d.FDsTotal != len(d.FDs) || len(d.Maps) == 0 ||
		len(d.Limits) < 10 || d.Memory.RSS < 64<<20 || len(d.Threads) < 2 || d.Links["net"] != net {
		t.Errorf("got %d variables, %d files, %d mappings, %d limits, %+v, %d threads, %v",
			len(d.Environ), len(d.FDs), len(d.Maps), len(d.Limits), d.Memory, len(d.Threads), d.Links)
	}
	if again, err := x.Inspect(t.Context(), st.Key(), metrics.PartHash); err != nil || again.SHA256 != d.SHA256 || x.hashes.known.Len() != 1 {
		t.Errorf("a second look: %+v, %v", again, err)
	}
	if c := x.Caches()[0]; c.Entries != 1 || c.Hits != 1 || c.Misses != 1 || c.Limit == 0 || c.Bytes == 0 {
		t.Errorf("the cache of hashes: %+v", c)
	}
	other := st.Key()
	other.Start++
	if _, err := x.Inspect(t.Context(), other, metrics.PartLimits); !errors.Is(err, metrics.ErrVanished) {
		t.Errorf("the pid of another process: %v", err)
	}
}

// When the room is full, hashes that are in use stay: reading a program again is dear.
func TestHashesInUseStay(t *testing.T) {
	x := NewInspector(open(t, proctest.New(t).Root), 0)
	limit := x.Caches()[0].Limit
	if limit != hashShare.Least {
		t.Errorf("%d hashes with no memory", limit)
	}
	for i := range 3 * limit {
		x.hashes.put(fileVersion{inode: uint64(i)}, "h")
		if _, ok := x.hashes.get(fileVersion{}); !ok {
			t.Fatalf("a hash in use is dropped after %d others", i)
		}
	}
	if n := x.Caches()[0].Entries; n > limit {
		t.Errorf("%d hashes, limit %d", n, limit)
	}
}

func TestInspectSaysWhatIsHeldUp(t *testing.T) {
	tree := proctest.New(t)
	tree.Process(7, proctest.P{FDs: map[int]string{0: "/dev/null"}})
	fifo(t, filepath.Join(tree.Root, "7/environ"))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	d, err := NewInspector(open(t, tree.Root), 512<<20).Inspect(ctx, metrics.ProcKey{PID: 7, Start: 1007}, metrics.PartEnviron|metrics.PartFDs)
	if err != nil {
		t.Fatal(err)
	}
	if d.Read != metrics.PartFDs || len(d.Gaps) != 1 || !strings.Contains(d.Gaps[0].What, "environment of pid 7") || d.Gaps[0].Needs == "" {
		t.Errorf("read %b, gaps %+v", d.Read, d.Gaps)
	}
}
