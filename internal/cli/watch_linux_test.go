package cli

import (
	"os"
	"testing"

	"github.com/smoothtask/smoothtask/config"
)

// Each source of Linux has values that are exact for the rows on screen, and so is told
// which these are.
func TestSourcesAreToldWhatIsOnScreen(t *testing.T) {
	for _, source := range []string{"ebpf", "procfs"} {
		t.Run(source, func(t *testing.T) {
			c := config.Default()
			c.Monitor.Source = source
			m, err := build(&c, purpose{deadline: onceDeadline, ungoverned: true})
			if err != nil && source == "ebpf" {
				t.Skip("needs eBPF: ", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := m.close(); err != nil {
					t.Error(err)
				}
			}()
			if m.sources.watch == nil {
				t.Fatal("it is not told")
			}
			m.sources.watch([]int32{int32(os.Getpid())})
			f, err := m.monitor.Cycle(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f.Release()
		})
	}
}
