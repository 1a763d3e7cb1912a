//go:build linux

package procfs

import (
	"math"
	"os"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

const limitsText = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max open files            1024                 4096                 files     
Max nice priority         0                    0                    
`

func TestParseLimits(t *testing.T) {
	got := parseLimits([]byte(limitsText))
	want := []metrics.Limit{
		{Name: "Max cpu time", Soft: math.MaxUint64, Hard: math.MaxUint64, Unit: "seconds"},
		{Name: "Max open files", Soft: 1024, Hard: 4096, Unit: "files"},
		{Name: "Max nice priority"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

func TestReadLimitsLive(t *testing.T) {
	limits, err := open(t, "/proc").ReadLimits(int32(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		t.Fatal(err)
	}
	for _, l := range limits {
		if l.Name == "Max open files" {
			if l.Soft != r.Cur || l.Hard != r.Max {
				t.Errorf("got %+v, want %+v", l, r)
			}
			return
		}
	}
	t.Errorf("no limit of open files in %+v", limits)
}

func FuzzParseLimits(f *testing.F) {
	f.Add([]byte(limitsText))
	f.Add([]byte("Limit Soft Limit Hard Limit Units\nx"))
	f.Fuzz(func(_ *testing.T, b []byte) { parseLimits(b) })
}
