//go:build linux

package procfs

import "bytes"

// parseCgroup returns the path that tells where a process belongs, of the lines
// ID:CONTROLLERS:PATH of proc_pid_cgroup(5): that in the unified hierarchy, unless
// it is the root, as it is on hybrid systems where another hierarchy is in use;
// then that of systemd, then of cpu, then of any other, in this order the first
// that is not the root. unified is the path in the unified hierarchy, if there is
// one. Both are parts of b.
func parseCgroup(b []byte) (best, unified []byte) {
	rank := 0
	for len(b) > 0 {
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		id, rest, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		controllers, path, ok := bytes.Cut(rest, []byte(":"))
		if !ok || len(path) == 0 || path[0] != '/' {
			continue
		}
		if string(id) == "0" {
			unified = path
		}
		r := 1
		switch {
		case len(path) == 1:
		case string(id) == "0":
			r = 5
		case string(controllers) == "name=systemd":
			r = 4
		case bytes.Equal(controllers, []byte("cpu")) || bytes.HasPrefix(controllers, []byte("cpu,")):
			r = 3
		default:
			r = 2
		}
		if r > rank {
			best, rank = path, r
		}
	}
	return best, unified
}

// ReadCgroup reads the cgroup path of a process: in the unified hierarchy, else
// where a v1 hierarchy tells more. metrics.ParseCgroup tells what it means.
func (f *FS) ReadCgroup(pid int32) (string, error) {
	s := f.take()
	defer f.give(s)
	b, e := s.read(f.dir, s.name(pid, "cgroup"))
	if e != 0 {
		return "", f.fail("read", pid, "cgroup", e)
	}
	path, _ := parseCgroup(b)
	return string(path), nil
}
