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
