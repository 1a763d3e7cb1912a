//go:build linux

package procfs

import (
	"context"

	"github.com/smoothtask/smoothtask/metrics"
)

// ReadProcess reads one process afresh: for a source that cannot see it, which
// must be few. What is denied is left out of Have. An error wraps
// metrics.ErrVanished when the process has ended.
func (f *FS) ReadProcess(ctx context.Context, pid int32, users *metrics.Users) (metrics.Process, error) {
	st, err := f.ReadStat(pid)
	if err != nil {
		return metrics.Process{}, err
	}
	e := entry{pid: pid, stat: -1}
	e.begin(&st)
	e.update(&st)
	p := e.proc
	id := metrics.Identity{Comm: string(st.Comm)}
	if s, err := f.ReadStatus(pid); err == nil {
		p.UID, p.EUID, p.GID, p.EGID = s.UID, s.EUID, s.GID, s.EGID
		p.TracerPID, p.Seccomp = s.TracerPID, s.Seccomp
		p.Security = &s.Security
		p.Have |= s.known()
	}
	if path, file, err := f.ReadExe(pid); err == nil && path != "" {
		id.Exe, id.ExeDev, id.ExeInode, id.ExeMode = path, file.Dev, file.Inode, file.Mode
		p.ExeNlink = file.Nlink
		p.Have |= metrics.HasExeFile
	}
	if line, cut, err := f.ReadCmdline(ctx, pid); err == nil {
		id.Cmdline, id.CmdlineCut = line, cut
		p.Have |= metrics.HasCmdline
	}
	if io, err := f.ReadIO(ctx, pid); err == nil {
		p.ReadBytes, p.WriteBytes, p.ReadCalls, p.WriteCalls = io.ReadBytes, io.WriteBytes, io.ReadCalls, io.WriteCalls
		p.Have |= metrics.HasIO
	}
	id.Cwd, _ = f.ReadCwd(pid)
	id.Namespaces, _ = f.ReadNamespaces(pid)
	if path, err := f.ReadCgroup(pid); err == nil {
		id.Cgroup = metrics.ParseCgroup(path)
	}
	if argv0, ok := id.Arg(0); ok {
		id.Invoked = metrics.ResolveInvoked(argv0, id.Exe, id.Cwd)
	}
	id.User = users.Name(p.UID)
	p.ID = &id
	return p, nil
}
