package archtest

import (
	"testing"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
)

// There are tens of thousands of these, in two snapshots at a time: 8 bytes more
// in each are half a megabyte.
func TestRecordsOfASnapshotStaySmall(t *testing.T) {
	for _, r := range []struct {
		name string
		size uintptr
		most uintptr
	}{
		{"metrics.Process", unsafe.Sizeof(metrics.Process{}), 208},
		{"metrics.Socket", unsafe.Sizeof(metrics.Socket{}), 136},
		{"metrics.ProcessRate", unsafe.Sizeof(metrics.ProcessRate{}), 32},
		{"metrics.SocketRate", unsafe.Sizeof(metrics.SocketRate{}), 8},
		{"metrics.Identity", unsafe.Sizeof(metrics.Identity{}), 256},
	} {
		if r.size > r.most {
			t.Errorf("%s takes %d bytes, want at most %d", r.name, r.size, r.most)
		}
	}
}
