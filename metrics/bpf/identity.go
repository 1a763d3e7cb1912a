//go:build linux && (amd64 || arm64)

package bpf

import (
	"bytes"
	"hash/maphash"
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
	equal  [256]*metrics.Identity // by a hash, to give again
	given  metrics.CacheStat      // hits and misses of equal
}

// make sets the identity of a process that is new, or that changed since the last
// reading. The command line comes later, unless the process cannot have one.
func (s *identities) make(k *known, c *change, cycle uint32) {
	id := new(metrics.Identity)
	same := k.proc.ID != nil // no exec since the last reading
	if same {
		*id = *k.proc.ID
	}
	im, kthread := &c.image, k.proc.Kthread()
	if b := commBytes(&im.Comm); string(b) != id.Comm {
		id.Comm = string(b)
	}
	id.User = s.userName(im.Uid)
	id.Namespaces = metrics.Namespaces{
		Mnt: im.MntNs, Pid: im.PidNs, Net: im.NetNs, User: im.UserNs, UTS: im.UtsNs, IPC: im.IpcNs, Cgroup: im.CgroupNs,
	}
	s.setExe(id, k, c, cycle)
	if k.group == nil && im.CssSet != 0 {
		k.group = s.cgroup(k, c, cycle)
	}
	if k.group != nil {
		id.Cgroup = k.group.cgroup
	}
	if !same {
		id.EnvBytes = c.env
	}
	if !same && !kthread && !k.exited {
		if k.dir == nil && c.cwd.Dentry != 0 {
			k.dir = s.dir(k, c, cycle)
		}
		if k.dir != nil {
			id.Cwd = k.dir.path
		}
	}
	if !same && (k.exited || kthread) {
		k.cmd = cmdRead // such have none
	}
	k.published = false
	if k.cmd == cmdRead {
		id = s.intern(id)
	}
	k.proc.ID = id
}

// intern gives equal identities one copy, as far as it remembers: servers start the
// same program many times. Nobody may change the result.
func (s *identities) intern(id *metrics.Identity) *metrics.Identity {
	var h maphash.Hash
	h.SetSeed(imageSeed)
	h.WriteString(id.Cmdline)
	h.WriteString(id.Comm)
	h.WriteString(id.Cgroup.Path)
	slot := &s.equal[h.Sum64()%uint64(len(s.equal))]
	if *slot != nil && **slot == *id {
		s.given.Hits++
		return *slot
	}
	s.given.Misses++
	if *slot == nil {
		s.given.Entries++
	}
	*slot = id
	return id
}

func (s *identities) userName(uid uint32) string {
	if s.opts.UserName == nil {
		return strconv.FormatUint(uint64(uid), 10)
	}
	return s.opts.UserName(uid)
}

// maxRetries bounds how often the path of a program is asked for in vain.
const maxRetries = 3

func (s *identities) setExe(id *metrics.Identity, k *known, c *change, cycle uint32) {
	if c.image.ExeInode == 0 {
		return
	}
	e := k.exe
	if e == nil {
		var err error
		if e, err = s.exe(k, c, cycle); err == nil {
			k.exe, k.retries = e, 0
		} else if k.retries == 0 {
			k.retries = maxRetries
		} else {
			k.retries--
		}
	}
	id.Exe, id.ExeDev, id.ExeInode = e.path, e.dev, e.inode
	id.ExeMode = c.image.ExeMode
}

// exe is what is known of the program file. With an error, the path is not.
func (s *identities) exe(k *known, c *change, cycle uint32) (*shared[exeKey], error) {
	key := exeKey{c.image.Exe, c.image.ExeInode}
	e, fresh := s.exes.find(key, cycle)
	if !fresh {
		return e, nil
	}
	e.dev, e.inode = statDev(c.image.ExeDev), c.image.ExeInode
	if s.opts.ReadExe == nil {
		return e, nil
	}
	path, dev, inode, err := s.opts.ReadExe(k.proc.Key.PID)
	if err != nil {
		s.exes.forget(key)
		return e, err
	}
	if inode != c.image.ExeInode {
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

func (s *identities) dir(k *known, c *change, cycle uint32) *shared[taskPlace] {
	e, fresh := s.dirs.find(c.cwd, cycle)
	if !fresh || s.opts.ReadCwd == nil {
		return e
	}
	path, err := s.opts.ReadCwd(k.proc.Key.PID)
	if err != nil {
		s.dirs.forget(c.cwd)
	}
	e.path = path
	return e
}

func (s *identities) cgroup(k *known, c *change, cycle uint32) *shared[uint64] {
	e, fresh := s.groups.find(c.image.CssSet, cycle)
	if !fresh || s.opts.ReadCgroup == nil {
		return e
	}
	path, err := s.opts.ReadCgroup(k.proc.Key.PID)
	if err != nil {
		s.groups.forget(c.image.CssSet)
	}
	e.path, e.cgroup = path, metrics.ParseCgroup(path)
	return e
}

func (s *identities) sweep(cycle uint32) {
	s.exes.sweep(cycle)
	s.dirs.sweep(cycle)
	s.groups.sweep(cycle)
	s.equal = [len(s.equal)]*metrics.Identity{}
}

// commBytes is the text up to the first NUL.
func commBytes(b *[16]uint8) []byte {
	if i := bytes.IndexByte(b[:], 0); i >= 0 {
		return b[:i]
	}
	return b[:]
}
