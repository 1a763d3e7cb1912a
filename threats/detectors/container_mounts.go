package detectors

import (
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

const (
	maxContainers = 1024    // that one turn looks at
	maxMountinfo  = 1 << 20 // bytes of one /proc/PID/mountinfo
	maxMounts     = 4096    // of one process
)

// mount is one line of /proc/PID/mountinfo, proc_pid_mountinfo(5).
type mount struct {
	device   string // MAJOR:MINOR
	root     string // what of the file system is mounted
	point    string // where, as the process sees it
	readOnly bool
	kind     string // ext4, overlay
	options  string // of the file system, upperdir=… among them
}

// parseMountinfo reads mounts; lines of another shape are passed over.
func parseMountinfo(data string) (mounts []mount) {
	for line := range strings.Lines(data) {
		head, tail, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		f, g := strings.Fields(head), strings.Fields(tail)
		if !ok || len(f) < 6 || len(g) < 3 {
			continue
		}
		options := "," + f[5] + ","
		mounts = append(mounts, mount{device: f[2], root: unescapeMount(f[3]), point: unescapeMount(f[4]),
			readOnly: strings.Contains(options, ",ro,"), kind: g[0], options: unescapeMount(g[2])})
		if len(mounts) == maxMounts {
			break
		}
	}
	return mounts
}

// unescapeMount undoes the octal escapes of blanks, line ends and backslashes.
func unescapeMount(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+4 <= len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(v))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// mountsOf are the mounts that a process sees.
func mountsOf(files *threats.Files, pid int32) ([]mount, error) {
	data, err := files.ReadFile(threats.Proc(pid, "mountinfo"), maxMountinfo)
	return parseMountinfo(string(data)), err
}

// mountAt is the mount on which a path lies: the longest that leads to it, the
// last of equal ones. nil when there is none.
func mountAt(mounts []mount, path string) (best *mount) {
	for i := range mounts {
		m := &mounts[i]
		if (m.point == "/" || m.point == path || below(path, m.point)) && (best == nil || len(m.point) >= len(best.point)) {
			best = m
		}
	}
	return best
}

// containers calls visit for each container with the processes in it, as many as
// a turn looks at. The first of them is the oldest.
func containers(in *threats.Input, visit func(c *metrics.Cgroup, members []int32)) {
	var order []string
	members := map[string][]int32{}
	procs := in.Snapshot.Processes
	for i := range procs {
		id := procs[i].ID.Cgroup.Container
		if id == "" || procs[i].State == 'Z' {
			continue
		}
		list, known := members[id]
		if !known {
			if len(order) == maxContainers {
				continue
			}
			order = append(order, id)
		}
		list = append(list, int32(i))
		if n := len(list) - 1; procs[i].Key.Start < procs[list[0]].Key.Start {
			list[0], list[n] = list[n], list[0]
		}
		members[id] = list
	}
	for _, id := range order {
		list := members[id]
		visit(&procs[list[0]].ID.Cgroup, list)
	}
}

// containerName is how a container is called in evidence: docker 4f5c0a1b2c3d.
func containerName(c *metrics.Cgroup) string {
	id := c.Container
	if len(id) == 64 {
		id = id[:12]
	}
	return strings.TrimSpace(c.Runtime + " " + id)
}
