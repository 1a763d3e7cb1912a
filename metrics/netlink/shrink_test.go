//go:build linux

package netlink

import (
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// The owners that are known outlive the crowd that made the cache large.
func TestOwnersShrink(t *testing.T) {
	c := newOwnerCache(1 << 20)
	socks := make([]metrics.Socket, 20_000)
	for i := range socks {
		socks[i].Inode = uint64(i) + 1
	}
	c.match(socks, 0)
	for i := range socks {
		c.record(socks[i].Inode, hold{key: metrics.ProcKey{PID: int32(i) + 1}, fd: 3})
	}
	socks = socks[15_000:15_100]
	c.match(socks, 0)
	c.shrink()
	if cap(c.entries) > 1000 || cap(c.rows) > 1000 || cap(c.last) > 1000 || c.free != nil {
		t.Errorf("room for %d entries, %d and %d rows, %d of them free", cap(c.entries), cap(c.rows), cap(c.last), len(c.free))
	}
	for range 2 {
		if fresh := c.match(socks, 0); fresh != 0 {
			t.Fatalf("%d sockets were forgotten", fresh)
		}
		for i := range socks {
			if s := &socks[i]; uint64(s.Owner.PID) != s.Inode || s.FD != 3 {
				t.Fatalf("socket %d has owner %v", s.Inode, s.Owner)
			}
		}
	}
	if fresh := c.match([]metrics.Socket{{Inode: 7}, socks[0], {Inode: 8}}, 0); fresh != 2 || c.byInode.Len() != 3 {
		t.Errorf("%d new sockets, %d entries", fresh, c.byInode.Len())
	}
	(&Sockets{owners: c}).Shrink() // nothing to give up
	if c.find(7) < 0 || c.find(15_001) < 0 || c.find(15_002) >= 0 {
		t.Error("the index does not tell the entries")
	}
}
