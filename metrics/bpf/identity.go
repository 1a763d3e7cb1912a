//go:build linux && (amd64 || arm64)

package bpf

import (
	"bytes"
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
)

// exeKey names a program file. The inode makes it harder yet for an address that
// was used again to go unnoticed.
type exeKey struct {
	place taskPlace
	inode uint64
}

// identities makes what a process keeps until its next exec, with one look at
// /proc for all processes that share a file, a directory or a set of cgroups.
type identities struct {
	opts   *Options
	exes   sharedTable[exeKey]
	dirs   sharedTable[taskPlace]
	groups sharedTable[uint64]
}

// make sets the identity of a process that is new, or that changed since the last
// reading. The command line comes later, unless the process cannot have one.
func (s *identities) make(k *known, c *change, p *metrics.Process, cycle uint32) {
	old := c.old
	id := new(metrics.Identity)
	same := k.id != nil // no exec since the last reading
	if same {
		*id = *k.id
	}
	im := &k.image
	if !same || im.Comm != old.image.Comm {
		id.Comm = comm(&im.Comm)
	}
	if !same || im.Uid != old.image.Uid {
		id.User = s.userName(im.Uid)
	}
	id.Namespaces = metrics.Namespaces{
		Mnt: im.MntNs, Pid: im.PidNs, Net: im.NetNs, User: im.UserNs, UTS: im.UtsNs, IPC: im.IpcNs, Cgroup: im.CgroupNs,
	}
	s.setExe(id, k, cycle)
	if k.group == nil && im.CssSet != 0 {
		k.group = s.cgroup(k, cycle)
	}
	if k.group != nil {
		id.Cgroup = k.group.cgroup
	}
	if !same {
		id.EnvBytes = c.env
	}
	if !same && !p.Kthread() && !k.exited {
		if k.dir == nil && k.cwd.Dentry != 0 {
			k.dir = s.dir(k, cycle)
		}
		if k.dir != nil {
			id.Cwd = k.dir.path
		}
	}
	if !same && (k.exited || p.Kthread()) {
		k.cmd = cmdRead // such have none
	}
	k.id, k.published = id, false
}

func (s *identities) userName(uid uint32) string {
	if s.opts.UserName == nil {
		return strconv.FormatUint(uint64(uid), 10)
	}
	return s.opts.UserName(uid)
}

// maxRetries bounds how often the path of a program is asked for in vain.
const maxRetries = 3

func (s *identities) setExe(id *metrics.Identity, k *known, cycle uint32) {
	if k.image.ExeInode == 0 {
		return
	}
	e := k.exe
	if e == nil {
		var err error
		if e, err = s.exe(k, cycle); err == nil {
			k.exe, k.retries = e, 0
		} else if k.retries == 0 {
			k.retries = maxRetries
		} else {
			k.retries--
		}
	}
	id.Exe, id.ExeDev, id.ExeInode = e.path, e.dev, e.inode
	id.ExeMode = k.image.ExeMode
}

// exe is what is known of the program file. With an error, the path is not.
func (s *identities) exe(k *known, cycle uint32) (*shared, error) {
	key := exeKey{k.image.Exe, k.image.ExeInode}
	e, fresh := s.exes.find(key, cycle)
	if !fresh {
		return e, nil
	}
	e.dev, e.inode = statDev(k.image.ExeDev), k.image.ExeInode
	if s.opts.ReadExe == nil {
		return e, nil
	}
	path, dev, inode, err := s.opts.ReadExe(k.pid)
	if err != nil {
		s.exes.forget(key)
		return e, err
	}
	if inode != k.image.ExeInode {
		// The process runs another program meanwhile; or the file system (overlayfs)
		// gives stat(2) another number than the inode has. Others ask for themselves.
		s.exes.forget(key)
	}
	e.path = path
	if inode != 0 {
		e.dev, e.inode = dev, inode
	}
	return e, nil
}

func (s *identities) dir(k *known, cycle uint32) *shared {
	e, fresh := s.dirs.find(k.cwd, cycle)
	if !fresh || s.opts.ReadCwd == nil {
		return e
	}
	path, err := s.opts.ReadCwd(k.pid)
	if err != nil {
		s.dirs.forget(k.cwd)
	}
	e.path = path
	return e
}

func (s *identities) cgroup(k *known, cycle uint32) *shared {
	e, fresh := s.groups.find(k.image.CssSet, cycle)
	if !fresh || s.opts.ReadCgroup == nil {
		return e
	}
	path, err := s.opts.ReadCgroup(k.pid)
	if err != nil {
		s.groups.forget(k.image.CssSet)
	}
	e.path, e.cgroup = path, metrics.ParseCgroup(path)
	return e
}

func (s *identities) sweep(cycle uint32) {
	s.exes.sweep(cycle)
	s.dirs.sweep(cycle)
	s.groups.sweep(cycle)
}

// comm is the text up to the first NUL.
func comm(b *[16]uint8) string {
	if i := bytes.IndexByte(b[:], 0); i >= 0 {
		return string(b[:i])
	}
	return string(b[:])
}
