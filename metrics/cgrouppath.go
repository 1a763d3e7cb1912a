package metrics

import (
	"strconv"
	"strings"
)

// maxCgroupPath bounds the path that ParseCgroup looks at: the kernel writes at
// most a page of it.
const maxCgroupPath = 4096

// containerPrefixes are what runtimes put before the id in the name of a
// container's group; longer ones stand before those they begin with. The groups
// of monitors (libpod-conmon-ID, crio-conmon-ID) hold no container and fall out,
// because what follows their prefix is no id.
var containerPrefixes = [...]struct{ prefix, runtime string }{
	{"docker-", "docker"},
	{"cri-containerd-", "containerd"},
	{"containerd-", "containerd"},
	{"nerdctl-", "containerd"},
	{"crio-", "crio"},
	{"libpod-payload-", "podman"},
	{"libpod-", "podman"},
}

// containerParents are the groups below which a runtime with the cgroupfs driver
// names groups by the bare id. "default" and "k8s.io" are namespaces of containerd.
var containerParents = map[string]string{
	"docker": "docker", "moby": "docker",
	"libpod_parent": "podman",
	"default":       "containerd", "k8s.io": "containerd",
}

// ParseCgroup tells the unit, slice, container and pod that a cgroup path names,
// in the layouts of both cgroup versions and of the cgroupfs and systemd drivers.
// Where containers are nested, the innermost counts. The path is taken as it
// stands in /proc/PID/cgroup, cgroups(7); any text is accepted, and what it does
// not tell stays empty. The strings of the result mostly share path's memory.
func ParseCgroup(path string) Cgroup {
	if len(path) > maxCgroupPath {
		path = path[:maxCgroupPath]
	}
	// The kernel marks the path of a group that was removed under its last tasks.
	path = strings.TrimSuffix(path, " (deleted)")
	c := Cgroup{Path: path}
	slice, parent := "", ""
	for rest := path; rest != ""; {
		var name string
		name, rest, _ = strings.Cut(rest, "/")
		if name == "" {
			continue
		}
		// A runtime that expects systemd on a machine that uses cgroupfs makes one
		// group called SLICE:PREFIX:ID.
		if s, tail, ok := strings.Cut(name, ":"); ok && strings.HasSuffix(s, ".slice") {
			c.component(s, parent)
			prefix, id, _ := strings.Cut(tail, ":")
			name = prefix + "-" + id
		}
		c.component(name, parent)
		switch {
		case strings.HasSuffix(name, ".slice"):
			slice = name
		case isUnit(name):
			c.Unit, c.Slice = name, slice
		}
		parent = name
	}
	if c.Unit == "" {
		c.Slice = slice
	}
	return c
}

// component takes from one name of the path what it tells of containers.
func (c *Cgroup) component(name, parent string) {
	if pod := podUID(name); pod != "" {
		c.Pod = pod
		return
	}
	bare := strings.TrimSuffix(name, ".scope")
	if isContainerID(bare) {
		c.Container, c.Runtime = bare, containerParents[parent]
		return
	}
	for i := range containerPrefixes {
		if id, ok := strings.CutPrefix(bare, containerPrefixes[i].prefix); ok && isContainerID(id) {
			c.Container, c.Runtime = id, containerPrefixes[i].runtime
			return
		}
	}
	if id, ok := strings.CutPrefix(name, "lxc.payload."); ok && id != "" {
		c.Container, c.Runtime = id, "lxc"
		return
	}
	if id, ok := strings.CutPrefix(name, "systemd-nspawn@"); ok && strings.HasSuffix(id, ".service") {
		c.nspawn(strings.TrimSuffix(id, ".service"))
		return
	}
	switch parent {
	case "lxc", "lxc.payload":
		c.Container, c.Runtime = name, "lxc"
	case "machine.slice":
		// systemd-machined names every machine's scope so; those of libvirt are no
		// containers of ours: qemu\x2d1\x2dname.
		if id, ok := strings.CutPrefix(bare, "machine-"); ok && bare != name &&
			!strings.HasPrefix(id, `qemu\x2d`) && !strings.HasPrefix(id, `lxc\x2d`) {
			c.nspawn(id)
		}
	}
}

func (c *Cgroup) nspawn(escaped string) {
	if escaped != "" {
		c.Container, c.Runtime = unescapeUnit(escaped), "nspawn"
	}
}

// isUnit reports whether the name is that of a systemd unit that owns a group,
// other than a slice; see systemd.unit(5).
func isUnit(name string) bool {
	for _, suffix := range [...]string{".service", ".scope", ".socket", ".mount", ".swap"} {
		if len(name) > len(suffix) && strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// isContainerID reports whether s is the id of a container: 32 bytes in lower-case
// hex, or the form of Amazon's Fargate, 16 bytes in hex, a dash and digits.
func isContainerID(s string) bool {
	if len(s) == 64 {
		return isHex(s)
	}
	return len(s) > 33 && len(s) <= 43 && s[32] == '-' && isHex(s[:32]) && isDigits(s[33:])
}

// podUID is the uid of the Kubernetes pod that the group's name tells, or "": podUID,
// or in a slice's name with the dashes written as underscores,
// kubepods-burstable-podUID.slice. Pods from files have 32 digits and no dashes.
func podUID(name string) string {
	uid, ok := strings.CutPrefix(name, "pod")
	if !ok {
		base, isSlice := strings.CutSuffix(name, ".slice")
		at := strings.LastIndex(base, "-pod")
		if !isSlice || at < 0 || !strings.Contains(base[:at], "kubepods") {
			return ""
		}
		uid = base[at+len("-pod"):]
	}
	switch len(uid) {
	case 32:
		if isHex(uid) {
			return uid
		}
	case 36:
		uid = strings.ReplaceAll(uid, "_", "-")
		if uid[8] == '-' && uid[13] == '-' && uid[18] == '-' && uid[23] == '-' &&
			isHex(uid[:8]) && isHex(uid[9:13]) && isHex(uid[14:18]) && isHex(uid[19:23]) && isHex(uid[24:]) {
			return uid
		}
	}
	return ""
}

func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// unescapeUnit undoes the escapes of systemd-escape(1) in an instance name: \xHH
// is a byte. Dashes, which stand for slashes in paths, stay.
func unescapeUnit(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], `\x`) && len(s) >= i+4 {
			if b, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				out = append(out, byte(b))
				i += 3
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}
