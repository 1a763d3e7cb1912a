package host

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

func usageOf(st *unix.Statfs_t) usage {
	block := uint64(st.Frsize)
	if block == 0 {
		block = uint64(st.Bsize)
	}
	return usage{
		total: st.Blocks * block, used: (st.Blocks - min(st.Bfree, st.Blocks)) * block, free: st.Bavail * block,
		inodes: st.Files, inodesUsed: st.Files - min(st.Ffree, st.Files),
		readOnly: st.Flags&unix.ST_RDONLY != 0,
	}
}

// mounts reads /proc/self/mountinfo itself: gopsutil reads that of process 1,
// whose paths may not be ours, and does not tell the device number, without which
// the same file system appears once for each place where it is mounted.
func mounts(root string) ([]mount, error) {
	var buf buffer
	b, err := buf.read(filepath.Join(root, "proc/self/mountinfo"))
	if err != nil {
		return nil, err
	}
	return parseMountinfo(b), nil
}

// parseMountinfo reads the lines of proc_pid_mountinfo(5),
//
//	36 35 98:0 /root /mount rw,noatime master:1 - ext3 /dev/root rw
//
// and returns the file systems that store files, sorted by path. Of one that is
// mounted several times the shortest path counts, and of several on one path the
// last, which hides the others.
func parseMountinfo(b []byte) []mount {
	byPath := make(map[string]mount)
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		if m, ok := parseMount(line); ok {
			byPath[m.path] = m
		}
	}
	byDevice := make(map[uint64]mount)
	for _, m := range byPath {
		if !storesFiles(m.kind, m.path) {
			continue
		}
		known, twice := byDevice[m.id]
		if !twice || len(m.path) < len(known.path) || len(m.path) == len(known.path) && m.path < known.path {
			byDevice[m.id] = m
		}
	}
	list := make([]mount, 0, len(byDevice))
	for _, m := range byDevice {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b mount) int { return strings.Compare(a.path, b.path) })
	return list
}

func parseMount(line []byte) (m mount, ok bool) {
	var number, path, options []byte
	_, line = cutField(line)
	_, line = cutField(line)
	number, line = cutField(line)
	_, line = cutField(line)
	path, line = cutField(line)
	options, _ = cutField(line)
	_, tail, found := bytes.Cut(line, []byte(" - "))
	kind, tail := cutField(tail)
	device, _ := cutField(tail)
	major, minor, _ := bytes.Cut(number, []byte(":"))
	x, ok1 := uintOf(major)
	y, ok2 := uintOf(minor)
	if !found || !ok1 || !ok2 || len(path) == 0 || path[0] != '/' || len(path) > unix.PathMax || len(kind) > 256 {
		return mount{}, false
	}
	return mount{path: unescapeMount(path), device: unescapeMount(device[:min(len(device), unix.PathMax)]), kind: string(kind),
		readOnly: bytes.Equal(options, []byte("ro")) || bytes.HasPrefix(options, []byte("ro,")),
		id:       unix.Mkdev(uint32(x), uint32(y))}, true
}

// unescapeMount undoes \040 for a space and its like.
func unescapeMount(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+3 < len(b) && octal(b[i+1]) && octal(b[i+2]) && octal(b[i+3]) {
			out = append(out, (b[i+1]-'0')<<6|(b[i+2]-'0')<<3|(b[i+3]-'0'))
			i += 3
			continue
		}
		out = append(out, b[i])
	}
	return string(out)
}

func octal(c byte) bool { return c >= '0' && c <= '7' }

// kernelTypes are the file systems that show the kernel's state or give access to
// devices, and images whose usage never changes. autofs is among them because a
// question would mount what it stands for.
var kernelTypes = map[string]bool{
	"autofs": true, "binder": true, "binfmt_misc": true, "bpf": true, "cgroup": true, "cgroup2": true,
	"configfs": true, "debugfs": true, "devpts": true, "devtmpfs": true, "efivarfs": true, "fusectl": true,
	"fuse.gvfsd-fuse": true, "fuse.lxcfs": true, "fuse.portal": true, "hugetlbfs": true, "mqueue": true,
	"nfsd": true, "nsfs": true, "proc": true, "pstore": true, "ramfs": true, "resctrl": true,
	"rpc_pipefs": true, "securityfs": true, "selinuxfs": true, "squashfs": true, "sysfs": true, "tracefs": true,
}

// containerDirs are where runtimes mount file systems for containers, hundreds of
// them, which show the usage of the disk below.
var containerDirs = [...]string{"/run/containerd/", "/run/docker/", "/run/credentials/", "/run/netns/",
	"/var/lib/containerd/", "/var/lib/containers/", "/var/lib/docker/", "/var/lib/kubelet/"}

// storesFiles reports whether a mount is of interest to who asks for free space.
func storesFiles(kind, path string) bool {
	if kernelTypes[kind] {
		return false
	}
	switch kind {
	case "overlay", "tmpfs":
		for _, dir := range containerDirs {
			if strings.HasPrefix(path, dir) {
				return false
			}
		}
	}
	// Memory that hides parts of the kernel's trees from a container.
	hides := strings.HasPrefix(path, "/proc/") || strings.HasPrefix(path, "/sys/")
	return kind != "tmpfs" || !hides && path != "/dev"
}
