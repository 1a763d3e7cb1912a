package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCgroupMemoryIsTheLeastOnTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  uint64
	}{
		"none": {nil, 0},
		"version 2": {map[string]string{
			"proc/self/cgroup":               "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max":   "max\n",
			"sys/fs/cgroup/a/memory.max":     "67108864\n",
			"sys/fs/cgroup/other/memory.max": "1\n",
		}, 64 << 20},
		"version 1": {map[string]string{
			"proc/self/cgroup": "3:cpu,cpuacct:/x\n2:memory:/a\n0::/\n",
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": "33554432\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   "9223372036854771712\n",
		}, 32 << 20},
		"a container that sees the host's path": {map[string]string{
			"proc/self/cgroup":         "0::/docker/1234\n",
			"sys/fs/cgroup/memory.max": "50000000\n",
		}, 50_000_000},
	} {
		root := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(root, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := cgroupMemoryOf(root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
