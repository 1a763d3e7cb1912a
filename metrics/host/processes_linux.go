package host

import (
	"bytes"
	"context"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// processGaps is what the source cannot have on this system.
var processGaps = []metrics.Gap{
	{What: "capabilities, seccomp, tracers and namespaces of processes", Why: "gopsutil does not know them", Needs: "the source ebpf or procfs"},
}

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func (p *Processes) file(pid int32, name string) string {
	return filepath.Join(p.root, "proc", strconv.Itoa(int(pid)), name)
}

// state reads /proc/PID/stat itself: gopsutil reads the file again for each of its
// values, and rounds the start of a process to seconds, so that it is no identity.
func (p *Processes) state(_ context.Context, q *process.Process, m *metrics.Process) (comm string, ok bool) {
	buf := buffers.Get().(*buffer)
	defer buffers.Put(buf)
	b, err := buf.read(p.file(q.Pid, "stat"))
	if err != nil {
		return "", false
	}
	comm, ok = parseProcessStat(b, m)
	m.Key.PID = q.Pid
	return comm, ok
}

// parseProcessStat reads proc_pid_stat(5). The name, in parentheses, can hold
// anything, parentheses too.
func parseProcessStat(b []byte, m *metrics.Process) (comm string, ok bool) {
	from, to := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if from < 0 || to < from {
		return "", false
	}
	comm = string(b[from+1 : to])
	rest, _ := cutLine(b[to+1:])
	for field := 3; field <= 22; field++ {
		var word []byte
		if word, rest = cutField(rest); len(word) == 0 {
			return "", false
		}
		n, _ := uintOf(word)
		switch field {
		case 3:
			m.State = word[0]
		case 4:
			m.PPID = int32(n)
		case 7:
			m.TTY = int32(n)
		case 9:
			m.Flags = uint32(n)
		case 10:
			m.MinorFaults = n
		case 12:
			m.MajorFaults = n
		case 19:
			nice, _ := strconv.ParseInt(string(word), 10, 8)
			m.Nice = int8(nice)
		case 20:
			m.Threads = int32(n)
		case 22:
			m.Key.Start = n
		}
	}
	m.Have |= metrics.HasFaults
	return comm, true
}

// place reads where the process belongs.
func (p *Processes) place(pid int32, id *metrics.Identity) {
	buf := buffers.Get().(*buffer)
	defer buffers.Put(buf)
	if b, err := buf.read(p.file(pid, "cgroup")); err == nil {
		id.Cgroup = metrics.ParseCgroup(string(parseProcessCgroup(b)))
	}
	if st, ok := p.exe(pid); ok {
		id.ExeDev, id.ExeInode, id.ExeMode = unix.Mkdev(st.Dev_major, st.Dev_minor), st.Ino, uint32(st.Mode)
	}
}

// fileState tells how many names the program file still has.
func (p *Processes) fileState(pid int32, m *metrics.Process) {
	if st, ok := p.exe(pid); ok {
		m.ExeNlink = st.Nlink
		m.Have |= metrics.HasExeFile
	}
}

// exe is what is known here of the program file: asking the server that has it
// could take for ever.
func (p *Processes) exe(pid int32) (st unix.Statx_t, ok bool) {
	err := unix.Statx(unix.AT_FDCWD, p.file(pid, "exe"), unix.AT_STATX_DONT_SYNC, unix.STATX_INO|unix.STATX_MODE|unix.STATX_NLINK, &st)
	return st, err == nil
}

// parseProcessCgroup picks from the lines of proc_pid_cgroup(5), ID:CONTROLLERS:PATH,
// the path in the unified hierarchy, else in that of systemd, of cpu, or of any
// other controller, the first that is not the root.
func parseProcessCgroup(b []byte) []byte {
	var best []byte
	rank := 0
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		_, line, _ = bytes.Cut(line, []byte(":"))
		controllers, path, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(path) == 0 || path[0] != '/' {
			continue
		}
		r := 2
		switch {
		case len(path) == 1:
			r = 1
		case len(controllers) == 0:
			r = 5
		case string(controllers) == "name=systemd":
			r = 4
		case string(controllers) == "cpu" || bytes.HasPrefix(controllers, []byte("cpu,")):
			r = 3
		}
		if r > rank {
			best, rank = path, r
		}
	}
	return best
}
