package cli

import (
	"os"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/config"
)

// Each cache that holds something has been asked for it, and says how often it could
// answer; what is no cache says so.
func TestEachCacheCountsItsHits(t *testing.T) {
	for _, source := range []string{"procfs", "gopsutil", "ebpf"} {
		t.Run(source, func(t *testing.T) {
			c := config.Default()
			c.Monitor.Source = source
			m, err := build(&c, purpose{deadline: 10 * time.Second})
			if err != nil {
				if source == "ebpf" && os.Geteuid() != 0 {
					t.Skip(err)
				}
				t.Skipf("%s is not to be had here: %v", source, err)
			}
			defer m.close()
			want := map[string]bool{"users": false, "invoked paths": false, "findings": false, "control groups": false}
			for range 4 {
				f, err := m.monitor.Cycle(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, k := range f.Self.Caches {
					want[k.Name] = true
					if asked := k.Hits + k.Misses; k.Store != (k.Name == "findings") || k.Store && asked > 0 || !k.Store && k.Entries > 0 && asked == 0 {
						t.Errorf("%+v", k)
					}
				}
				f.Release()
			}
			for name, seen := range want {
				if !seen {
					t.Errorf("%s is missing", name)
				}
			}
		})
	}
}

// What is kept follows the memory that the program may take.
func TestLimitsFollowTheMemory(t *testing.T) {
	limits := func(mb int) map[string]int {
		c := config.Default()
		c.Monitor.Source, c.Performance.MaxMemoryMB = "procfs", mb
		m, err := build(&c, purpose{deadline: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer m.close()
		f, err := m.monitor.Cycle(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer f.Release()
		got := map[string]int{}
		for _, k := range f.Self.Caches {
			got[k.Name] = k.Limit
		}
		return got
	}
	if memoryLimit(2048) != 2048<<20 {
		t.Skip("the control group allows less")
	}
	little, usual, much := limits(64), limits(512), limits(2048)
	limitMemory(memoryLimit(512), false) // as the other tests have it
	for name, want := range map[string]int{"file facts": 4096, "file peeks": 1024, "program hashes": 1638, "details of findings": 1024,
		"users": 32768, "control groups": 2048, "socket owners": 1 << 17} {
		if usual[name] != want || little[name] >= want || much[name] < want || much[name] == want && name != "socket owners" {
			t.Errorf("%s: %d, %d and %d entries at most; want %d in the middle", name, little[name], usual[name], much[name], want)
		}
	}
}
