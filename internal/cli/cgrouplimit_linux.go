package cli

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// cgroupMemory is the least memory limit of this process's control group and of
// those above it, in bytes; 0 without one.
func cgroupMemory() uint64 { return cgroupMemoryOf("/") }

// cgroupMemoryOf looks below root: proc_pid_cgroup(5) names the groups. In a
// container the path may be that of the host, of which only the end is mounted.
func cgroupMemoryOf(root string) (least uint64) {
	text, err := os.ReadFile(path.Join(root, "proc/self/cgroup"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(parts) < 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		switch {
		case parts[0] == "0" && parts[1] == "":
		case strings.Contains(","+parts[1]+",", ",memory,"):
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for dir := path.Join("/", parts[2]); ; dir = path.Dir(dir) {
			if b, err := os.ReadFile(path.Join(root, mount, dir, file)); err == nil {
				// "max", and in version 1 a number beyond all memory, is no limit.
				n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
				if err == nil && n < 1<<62 && (least == 0 || n < least) {
					least = n
				}
			}
			if dir == "/" {
				break
			}
		}
	}
	return least
}
