//go:build linux && (amd64 || arm64)

package bpf

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// told is what /proc tells of a process, as plainly read as can be.
type told struct {
	stat   []string // fields of proc_pid_stat(5) from the state on: stat[0] is field 3
	comm   string
	status map[string]string
	io     map[string]uint64
	ns     map[string]uint32
}

func tell(t *testing.T, pid int32) told {
	t.Helper()
	b := readFile(t, proc(pid, "stat"))
	open, shut := strings.IndexByte(b, '('), strings.LastIndexByte(b, ')')
	p := told{comm: b[open+1 : shut], stat: strings.Fields(b[shut+1:]), status: map[string]string{}, io: map[string]uint64{}, ns: map[string]uint32{}}
	for line := range strings.Lines(readFile(t, proc(pid, "status"))) {
		key, value, _ := strings.Cut(line, ":")
		p.status[key] = strings.TrimSpace(value)
	}
	for line := range strings.Lines(readFile(t, proc(pid, "io"))) {
		key, value, _ := strings.Cut(line, ": ")
		p.io[key] = number(t, value)
	}
	links, err := filepath.Glob(proc(pid, "ns/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		text, err := os.Readlink(link)
		if err != nil {
			continue // a zombie has none
		}
		_, inum, _ := strings.Cut(strings.Trim(text, "]"), "[")
		p.ns[filepath.Base(link)] = uint32(number(t, inum))
	}
	return p
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func number(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// field is a number of proc_pid_stat(5), by its number there.
func (p told) field(t *testing.T, n int) int64 {
	t.Helper()
	v, err := strconv.ParseInt(p.stat[n-3], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// column is one of the numbers on a line of proc_pid_status(5).
func (p told) column(t *testing.T, key string, i int) uint64 {
	t.Helper()
	return number(t, strings.Fields(p.status[key])[i])
}

func (p told) mask(t *testing.T, key string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(p.status[key], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// resident is VmRSS, or the sum over the page tables, whichever is nearer: kernels
// from 6.2 to 6.17 do not add the parts of each processor to VmRSS.
func (p told) resident(t *testing.T, got uint64) uint64 {
	t.Helper()
	kilobytes := func(s string) uint64 { return number(t, strings.TrimSuffix(strings.TrimSpace(s), " kB")) << 10 }
	counted, walked := kilobytes(p.status["VmRSS"]), uint64(0)
	for line := range strings.Lines(readFile(t, proc(int32(p.column(t, "Pid", 0)), "smaps_rollup"))) {
		if value, ok := strings.CutPrefix(line, "Rss:"); ok {
			walked = kilobytes(value)
		}
	}
	if max(walked, got)-min(walked, got) < max(counted, got)-min(counted, got) {
		return walked
	}
	return counted
}

// sameAsProc compares a process that does nothing meanwhile with what /proc tells.
func sameAsProc(t *testing.T, p *metrics.Process) {
	t.Helper()
	q := tell(t, p.Key.PID)
	equal := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s = %v, /proc has %v", what, got, want)
		}
	}
	within := func(what string, got, want, by uint64) {
		t.Helper()
		if max(got, want)-min(got, want) > by {
			t.Errorf("%s = %v, /proc has %v, allowed is a difference of %v", what, got, want, by)
		}
	}
	const tick = 1_000_000_000 / metrics.TicksPerSecond

	equal("comm", p.ID.Comm, q.comm)
	equal("state", string(p.State), q.stat[0])
	equal("ppid", int64(p.PPID), q.field(t, 4))
	equal("tty", int64(p.TTY), q.field(t, 7))
	equal("flags", int64(p.Flags), q.field(t, 9))
	equal("minor faults", int64(p.MinorFaults), q.field(t, 10))
	equal("major faults", int64(p.MajorFaults), q.field(t, 12))
	within("user time", p.UserNS, uint64(q.field(t, 14))*tick, 2*tick)
	within("system time", p.SystemNS, uint64(q.field(t, 15))*tick, 2*tick)
	within("cpu time", p.CPUNS(), uint64(q.field(t, 14)+q.field(t, 15))*tick, 2*tick)
	equal("nice", int64(p.Nice), q.field(t, 19))
	equal("threads", int64(p.Threads), q.field(t, 20))
	equal("start", int64(p.Key.Start), q.field(t, 22))
	equal("virtual memory", int64(p.VirtualBytes), q.field(t, 23))
	if p.VirtualBytes != 0 {
		within("rss", p.RSSBytes, q.resident(t, p.RSSBytes), 64<<10)
	}

	equal("tracer", uint64(p.TracerPID), q.column(t, "TracerPid", 0))
	equal("uid", uint64(p.UID), q.column(t, "Uid", 0))
	equal("euid", uint64(p.EUID), q.column(t, "Uid", 1))
	equal("gid", uint64(p.GID), q.column(t, "Gid", 0))
	equal("egid", uint64(p.EGID), q.column(t, "Gid", 1))
	equal("inheritable capabilities", p.Security.CapInheritable, q.mask(t, "CapInh"))
	equal("permitted capabilities", p.Security.CapPermitted, q.mask(t, "CapPrm"))
	equal("effective capabilities", p.Security.CapEffective, q.mask(t, "CapEff"))
	equal("bounding capabilities", p.Security.CapBounding, q.mask(t, "CapBnd"))
	equal("ambient capabilities", p.Security.CapAmbient, q.mask(t, "CapAmb"))
	equal("no new privileges", p.Security.NoNewPrivs, q.column(t, "NoNewPrivs", 0) == 1)
	equal("seccomp", uint64(p.Seccomp), q.column(t, "Seccomp", 0))
	// Those of one thread, where we have those of all.
	if one := q.column(t, "voluntary_ctxt_switches", 0); p.VoluntarySwitches < one {
		t.Errorf("%d voluntary switches, the first thread had %d", p.VoluntarySwitches, one)
	}
	if one := q.column(t, "nonvoluntary_ctxt_switches", 0); p.InvoluntarySwitches < one {
		t.Errorf("%d involuntary switches, the first thread had %d", p.InvoluntarySwitches, one)
	}

	equal("read bytes", p.ReadBytes, q.io["read_bytes"])
	equal("write bytes", p.WriteBytes, q.io["write_bytes"])
	equal("read calls", p.ReadCalls, q.io["syscr"])
	equal("write calls", p.WriteCalls, q.io["syscw"])

	for name, inum := range map[string]uint32{
		"mnt": p.ID.Namespaces.Mnt, "pid": p.ID.Namespaces.Pid, "net": p.ID.Namespaces.Net, "user": p.ID.Namespaces.User,
		"uts": p.ID.Namespaces.UTS, "ipc": p.ID.Namespaces.IPC, "cgroup": p.ID.Namespaces.Cgroup,
	} {
		if want, ok := q.ns[name]; ok {
			equal(name+" namespace", inum, want)
		}
	}
	var st syscall.Stat_t
	if err := syscall.Stat(proc(p.Key.PID, "exe"), &st); err == nil {
		equal("device of the program", p.ID.ExeDev, st.Dev)
		equal("inode of the program", p.ID.ExeInode, st.Ino)
		equal("mode of the program", p.ID.ExeMode, st.Mode)
		equal("links of the program", uint64(p.ExeNlink), uint64(st.Nlink))
	} else {
		equal("inode of the program", p.ID.ExeInode, uint64(0))
	}
	if p.Has(metrics.HasCmdline) {
		equal("command line", p.ID.Cmdline, readFile(t, proc(p.Key.PID, "cmdline")))
	} else {
		t.Error("the command line is not known")
	}
	if cwd, err := os.Readlink(proc(p.Key.PID, "cwd")); err == nil {
		equal("cwd", p.ID.Cwd, cwd)
	}
	if p.ID.ExeInode != 0 {
		equal("size of the environment", int(p.ID.EnvBytes), len(readFile(t, proc(p.Key.PID, "environ"))))
	}
}

// settle waits until a process uses no more CPU, so that its numbers hold still.
func settle(t *testing.T, pids ...int32) {
	t.Helper()
	last, still := "", 0
	for deadline := time.Now().Add(20 * time.Second); still < 3; time.Sleep(30 * time.Millisecond) {
		b := ""
		for _, pid := range pids {
			b += readFile(t, proc(pid, "schedstat")) + readFile(t, proc(pid, "io")) + readFile(t, proc(pid, "stat"))
		}
		if still++; b != last {
			last, still = b, 0
		}
		if time.Now().After(deadline) {
			t.Fatalf("pids %d do not come to rest", pids)
		}
	}
}

// copyProgram puts the test program where any user may run it.
func copyProgram(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bpf-program")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "child.test")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(name, b, 0o755)); err != nil {
		t.Fatal(err)
	}
	return name
}
