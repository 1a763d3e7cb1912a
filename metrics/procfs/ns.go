//go:build linux

package procfs

import (
	"bytes"
	"math"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// The links below /proc/PID/ns, namespaces(7), in the order of their use below.
var nsFiles = [...]string{"ns/mnt", "ns/pid", "ns/net", "ns/user", "ns/uts", "ns/ipc", "ns/cgroup"}

// namespaces reads the namespaces of the process whose directory is open as dir.
func (s *scratch) namespaces(dir int) (metrics.Namespaces, unix.Errno) {
	var ns metrics.Namespaces
	for i, to := range [...]*uint32{&ns.Mnt, &ns.Pid, &ns.Net, &ns.User, &ns.UTS, &ns.IPC, &ns.Cgroup} {
		b, e := s.readlink(dir, s.plain(nsFiles[i]))
		if e == unix.ENOENT && i > 0 {
			continue // a kind of namespace that this kernel does not have
		}
		if e != 0 {
			return ns, e
		}
		*to = parseNamespace(b)
	}
	return ns, 0
}

// parseNamespace takes the inode number from a link text such as net:[4026531840].
func parseNamespace(b []byte) uint32 {
	i := bytes.IndexByte(b, '[')
	if i < 0 {
		return 0
	}
	number := b[i+1:]
	v, rest := decimal(number)
	if len(rest) != 1 || rest[0] != ']' || v > math.MaxUint32 || len(number) > len("4294967295]") {
		return 0
	}
	return uint32(v)
}

// ReadNamespaces reads which namespaces a process is in. Zombies are in none.
func (f *FS) ReadNamespaces(pid int32) (metrics.Namespaces, error) {
	s := f.take()
	defer f.give(s)
	dir, e := openat(f.dir, s.name(pid, ""), unix.O_PATH|unix.O_DIRECTORY)
	if e != 0 {
		return metrics.Namespaces{}, f.fail("open", pid, "ns", e)
	}
	defer unix.Close(dir)
	ns, e := s.namespaces(dir)
	if e != 0 && e != unix.ENOENT {
		return ns, f.fail("readlink", pid, "ns", e)
	}
	return ns, nil
}

// readNamespaceLinks reads the links themselves, by the name of their kind.
func (f *FS) readNamespaceLinks(pid int32) (map[string]string, error) {
	links := make(map[string]string, len(nsFiles))
	for _, file := range nsFiles {
		text, err := f.readlink(pid, file)
		if err != nil {
			return nil, err
		}
		if text != "" {
			links[file[len("ns/"):]] = text
		}
	}
	return links, nil
}
