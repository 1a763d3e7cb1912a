//go:build linux

package procfs

import (
	"math"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// apply takes into the entry what a job has read so far. Of a job that is held,
// that is what the kernel gives without waiting.
func (s *Source) apply(e *entry, j *job) {
	step := j.step.Load()
	if step < stepSafe || j.gone || j.execID != e.proc.ExecID {
		return // of a program that is not there any more, or nothing yet
	}
	uid := e.proc.UID
	if j.want&partStatus != 0 {
		s.applyStatus(e, j)
	}
	id := e.known()
	if uid != e.proc.UID {
		id.User = ""
	}
	if id.User == "" || j.want&partIdentity != 0 {
		id.User = s.userName(e.proc.UID, id.User)
	}
	if j.want&partNamespaces != 0 {
		e.mark(partNamespaces, j.nsErr)
		if j.nsErr == 0 {
			id.Namespaces = j.namespaces
		}
	}
	if j.want&partIdentity != 0 {
		e.applyPlace(j, &id)
	}
	complete := step == stepDone && j.want&partIdentity != 0
	if step == stepDone {
		e.applyRest(j, &id)
	}
	if complete {
		e.read |= partIdentity
		e.reread, e.guess, e.identityAt = false, false, s.now()
	}
	if changed := e.adopt(&id); complete {
		e.rest = metrics.Rest(e.rest, identityLeast, s.mostRest(e), changed)
	}
}

// mostRest bounds how long texts go unread. An exec shows by the addresses of the
// image; where the kernel hides them, only the texts tell some.
func (s *Source) mostRest(e *entry) time.Duration {
	if !e.image.readable() {
		return min(identityLeast, s.ttl)
	}
	return s.ttl
}

// userName is the user's name, and for one without a name the number, as old has it
// already where there is an old one.
func (s *Source) userName(uid uint32, old string) string {
	if old != "" && old[0] >= '0' && old[0] <= '9' {
		if a, ok := s.users.Account(uid); ok {
			return a.Name
		}
		return old
	}
	return s.users.Name(uid)
}

// known is the identity as far as it still holds.
func (e *entry) known() metrics.Identity {
	var id metrics.Identity
	if e.proc.ID != nil {
		id = *e.proc.ID
	}
	if e.stale {
		id = metrics.Identity{User: id.User, Cwd: id.Cwd, Cgroup: id.Cgroup, Namespaces: id.Namespaces}
	}
	id.Comm = e.comm
	if e.proc.Has(metrics.HasEnvBytes) {
		id.EnvBytes = uint32(min(e.image.envEnd-e.image.envStart, math.MaxUint32))
	}
	return id
}

// adopt makes the identity that of the process, and reports whether it is another.
// An equal one stays the one it was, for whoever knows it by its address.
func (e *entry) adopt(id *metrics.Identity) (changed bool) {
	e.stale, e.renamed = false, false
	if e.proc.ID != nil && *e.proc.ID == *id {
		return false
	}
	e.proc.ID = new(metrics.Identity)
	*e.proc.ID = *id
	return true
}

// mark notes that a part was asked for, and whether it was refused.
func (e *entry) mark(p part, err unix.Errno) {
	e.read |= p
	e.denied &^= p
	if denied(err) {
		e.denied |= p
	}
}

func (s *Source) applyStatus(e *entry, j *job) {
	e.mark(partStatus, j.statusErr)
	if j.statusErr != 0 {
		return
	}
	p, st := &e.proc, &j.status
	p.UID, p.EUID, p.GID, p.EGID = st.UID, st.EUID, st.GID, st.EGID
	p.TracerPID, p.Seccomp = st.TracerPID, st.Seccomp
	if p.Security == nil || *p.Security != st.Security {
		p.Security = s.security.Intern(st.Security)
	}
	p.Have |= st.known()
	if st.hasSwitches && p.Threads == 1 {
		p.VoluntarySwitches, p.InvoluntarySwitches = st.VoluntarySwitches, st.InvoluntarySwitches
		p.Have |= metrics.HasSwitches
	}
}

// applyPlace takes what was read without waiting.
func (e *entry) applyPlace(j *job, id *metrics.Identity) {
	e.mark(partExe, j.exeErr)
	if j.cwd != "" {
		id.Cwd = j.cwd
	}
	if j.link != "" && id.Exe == "" {
		id.Exe = strings.TrimSuffix(j.link, deleted)
	}
	if j.placeIsRead && j.cgroup != id.Cgroup.Path {
		id.Cgroup = metrics.ParseCgroup(j.cgroup)
	}
	if j.cgroupID != 0 {
		e.proc.CgroupID = j.cgroupID
		e.proc.Have |= metrics.HasCgroupID
	}
}

// applyRest takes what the kernel may have let us wait for.
func (e *entry) applyRest(j *job, id *metrics.Identity) {
	p := &e.proc
	if j.want&partIO != 0 {
		e.mark(partIO, j.ioErr)
		if j.ioErr == 0 {
			p.ReadBytes, p.WriteBytes, p.ReadCalls, p.WriteCalls = j.io.ReadBytes, j.io.WriteBytes, j.io.ReadCalls, j.io.WriteCalls
			p.Have |= metrics.HasIO
		}
	}
	switch {
	case j.kthread:
		p.Have |= metrics.HasCmdline // it has none, and that is known
		return
	case j.exeErr == unix.ENOENT && id.Exe != "":
		return // it has ended meanwhile, and has no program any more; it was what it was
	case j.want&partIdentity != 0:
		e.applyProgram(j, id)
	case j.fileErr == 0 && (j.file.Inode != id.ExeInode || j.file.Dev != id.ExeDev):
		e.reread = true // an exec that nothing else showed
		return
	}
	if j.want&(partIdentity|partStatus) != 0 && j.fileErr == 0 {
		p.ExeNlink = j.file.Nlink
		p.Have |= metrics.HasExeFile
	}
}

// applyProgram takes the texts of a program. Where the kernel does not show the
// addresses of the image, they tell that there was an exec.
func (e *entry) applyProgram(j *job, id *metrics.Identity) {
	cmdline := id.Cmdline
	if j.cmdErr == 0 {
		id.Cmdline, id.CmdlineCut, id.Invoked = j.cmdline, j.cut, j.invoked
		e.proc.Have |= metrics.HasCmdline
	}
	program := id.ExeInode
	if j.fileErr == 0 {
		id.Exe, id.ExeDev, id.ExeInode, id.ExeMode = j.exe, j.file.Dev, j.file.Inode, j.file.Mode
	}
	if e.read&partIdentity == 0 || e.stale {
		return // nothing to compare with
	}
	if e.guess && cmdline != id.Cmdline || program != id.ExeInode && program != 0 {
		e.proc.ExecID++
	}
}

// improvise makes an identity of what the scan alone tells.
func (s *Source) improvise(e *entry) {
	if e.read&partStatus == 0 {
		// The owner of the directory is the effective user, or root when the process
		// hides itself from tracing.
		w := s.fs.take()
		if w.statx(s.fs.dir, w.name(e.pid, "")) == 0 {
			e.proc.UID, e.proc.GID = w.stx.Uid, w.stx.Gid
			e.proc.EUID, e.proc.EGID = w.stx.Uid, w.stx.Gid
		}
		s.fs.give(w)
	}
	id := e.known()
	id.User = s.users.Name(e.proc.UID)
	e.adopt(&id)
}
