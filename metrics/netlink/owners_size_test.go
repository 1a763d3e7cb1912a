//go:build linux

package netlink

import (
	"testing"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
)

// There is one of each for every socket and process of the machine.
func TestRecordsStaySmall(t *testing.T) {
	if n := unsafe.Sizeof(entry{}); n > 64 {
		t.Errorf("an entry takes %d bytes, want at most 64", n)
	}
	if n := unsafe.Sizeof(candidate{}); n > 72 {
		t.Errorf("a candidate takes %d bytes, want at most 72", n)
	}
}

// The lists are made as long as needed at once, and not outgrown again and again.
func TestListsHaveLittleSlack(t *testing.T) {
	const n = 18000
	c := newOwnerCache(1 << 20)
	socks := make([]metrics.Socket, n)
	for i := range socks {
		socks[i].Inode = uint64(i) + 1
	}
	for range 2 {
		c.match(socks, 0)
	}
	if limit := n + n/8; cap(c.entries) > limit || cap(c.rows) > limit {
		t.Errorf("room for %d entries and %d rows, for %d sockets", cap(c.entries), cap(c.rows), n)
	}
	if allocs := testing.AllocsPerRun(5, func() { c.match(socks, 0) }); allocs > 0 {
		t.Errorf("%v allocations to match what did not change", allocs)
	}
}
