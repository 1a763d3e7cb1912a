package host

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// writeTree makes the files, by path below a new root.
func writeTree(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// readOne reads with r and applies the result to s.
func readOne(t *testing.T, r metrics.HostReader, s *metrics.System) []metrics.Gap {
	t.Helper()
	apply, err := r.Read(context.Background())
	if err != nil {
		t.Fatalf("%s: %v", r.Name(), err)
	}
	apply(s)
	return r.(metrics.GapReporter).Gaps()
}
