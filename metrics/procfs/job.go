//go:build linux

package procfs

import (
	"bytes"
	"sync/atomic"
	"unique"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// job is one reading of one process and its result. The reader that runs it may
// never come back, so the result is published in two steps.
type job struct {
	pid     int32
	execID  uint64
	want    part
	kthread bool
	old     *metrics.Identity // to share texts with; may be nil
	entry   *entry            // of the source; the reader leaves it alone
	since   int64             // when it was given up waiting for, ns since the source began

	// step is 0 at first; after stepSafe the group below it may be read, after
	// stepDone all.
	step atomic.Int32
	gone bool

	status      Status
	statusErr   unix.Errno
	link        string // of exe, with the mark of a deleted file
	cwd         string
	exeErr      unix.Errno // of link; that of cwd is the same, or does not matter
	cgroup      string
	cgroupID    uint64 // 0 is unknown
	namespaces  metrics.Namespaces
	nsErr       unix.Errno
	placeIsRead bool // cgroup is known

	file    ExeFile
	fileErr unix.Errno
	exe     string
	cmdline string
	cut     bool
	cmdErr  unix.Errno
	invoked string
	io      IO
	ioErr   unix.Errno
}

const (
	stepSafe = 1 + iota // what cannot block was read
	stepDone
)

// run reads what the job wants. All is read through one open directory: should the
// process end and its pid come back, the rest is ESRCH and not another's.
func (j *job) run(f *FS, cgroups int, s *scratch) {
	dir, e := openat(f.dir, s.name(j.pid, ""), unix.O_PATH|unix.O_DIRECTORY)
	if e != 0 {
		j.gone = true
		j.step.Store(stepDone)
		return
	}
	defer unix.Close(dir)
	if j.want&partStatus != 0 {
		j.readStatus(dir, s)
	}
	if j.want&partIdentity != 0 {
		j.readPlace(dir, cgroups, s)
	}
	if j.want&partNamespaces != 0 {
		j.namespaces, j.nsErr = s.namespaces(dir)
	}
	j.step.Store(stepSafe)
	if j.want&(partIdentity|partStatus) != 0 && !j.kthread {
		j.file, j.fileErr = s.exeFile(dir, s.plain("exe"))
	}
	if j.want&partIdentity != 0 && !j.kthread {
		j.readProgram(dir, s)
	}
	if j.want&partIO != 0 {
		j.readIO(dir, s)
	}
	j.step.Store(stepDone)
}

func (j *job) readStatus(dir int, s *scratch) {
	b, e := s.read(dir, s.plain("status"))
	if e == 0 && !parseStatus(b, &j.status) {
		e = unix.EINVAL
	}
	j.statusErr = e
}

// readPlace reads the links and the cgroup: the kernel gives them without waiting
// for the process.
func (j *job) readPlace(dir, cgroups int, s *scratch) {
	var old metrics.Identity
	if j.old != nil {
		old = *j.old
	}
	if !j.kthread {
		var b []byte
		if b, j.exeErr = s.readlink(dir, s.plain("exe")); j.exeErr == 0 {
			j.link = share(b, old.Exe)
		}
		if b, e := s.readlink(dir, s.plain("cwd")); e == 0 {
			j.cwd = share(b, old.Cwd)
		}
	}
	b, e := s.read(dir, s.plain("cgroup"))
	if e != 0 {
		return
	}
	best, unified := parseCgroup(b)
	j.cgroup, j.placeIsRead = share(best, old.Cgroup.Path), true
	if cgroups < 0 || len(unified) == 0 || bytes.HasPrefix(unified, []byte("/..")) {
		return
	}
	j.cgroupID = s.cgroupID(cgroups, unified)
}

// cgroupID is the inode number of a group, 0 when it is unknown. That of the last one
// is remembered: most processes that are read one after the other share a group.
func (s *scratch) cgroupID(dir int, path []byte) uint64 {
	if s.groupID != 0 && bytes.Equal(path, s.group) {
		return s.groupID
	}
	s.group, s.groupID = append(s.group[:0], path...), 0
	if id, ok := s.inode(dir, path); ok {
		s.groupID = id
	}
	return s.groupID
}

// inode looks up an absolute path below dir. The path must be part of a larger
// buffer: the byte that follows it is overwritten.
func (s *scratch) inode(dir int, path []byte) (uint64, bool) {
	if cap(path) == len(path) {
		return 0, false
	}
	path = path[:len(path)+1]
	path[len(path)-1] = 0
	if len(path) == 2 {
		path[0] = '.'
	} else {
		path = path[1:]
	}
	e := s.statx(dir, &path[0])
	return s.stx.Ino, e == 0
}

// readProgram reads the command line, for which the kernel takes the mmap lock of
// the process, and what is made of it by looking at files.
func (j *job) readProgram(dir int, s *scratch) {
	var old metrics.Identity
	if j.old != nil {
		old = *j.old
	}
	b, cut, e := s.cmdline(dir, s.plain("cmdline"))
	j.cmdline, j.cut, j.cmdErr = share(b, old.Cmdline), cut, e
	if j.link != "" {
		j.exe = exePath(j.link, j.file)
	}
	if e != 0 {
		return
	}
	if j.cmdline == old.Cmdline && j.exe == old.Exe && j.cwd == old.Cwd {
		j.invoked = old.Invoked
		return
	}
	id := metrics.Identity{Cmdline: j.cmdline}
	argv0, _ := id.Arg(0)
	j.invoked = unique.Make(metrics.ResolveInvoked(argv0, j.exe, j.cwd)).Value()
}

func (j *job) readIO(dir int, s *scratch) {
	b, e := s.read(dir, s.plain("io"))
	if e == 0 && !parseIO(b, &j.io) {
		e = unix.EINVAL
	}
	j.ioErr = e
}

// share makes a string of b, or takes the old one when it is equal. Others that are
// equal share one copy: a machine runs few programs, many times.
func share(b []byte, old string) string {
	switch {
	case string(b) == old:
		return old
	case len(b) == 0:
		return ""
	}
	return unique.Make(string(b)).Value()
}

func denied(e unix.Errno) bool { return e == unix.EACCES || e == unix.EPERM }
