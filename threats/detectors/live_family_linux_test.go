package detectors

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/threatstest"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may do this")
	}
}

// find looks until the detector has found the process, at the severity or above
// when other signals are joined with it, whatever else is said of it.
func (l *live) find(pid int, id string, severity threats.Severity) {
	l.t.Helper()
	l.until(pid, func(found map[string]threats.Severity) string {
		if s, ok := found[id]; !ok || s < severity {
			return fmt.Sprintf("no finding of %s at %s", id, severity)
		}
		return ""
	})
}

// child waits for a process to have a child and returns it.
func (l *live) child(pid int) int {
	l.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		var child int
		if n, _ := fmt.Sscan(string(data), &child); err == nil && n == 1 {
			return child
		}
	}
	l.t.Fatalf("pid %d has no child", pid)
	return 0
}

// adopted runs a command as a child of init, so that the tool that runs the tests
// is not above it, and returns its pid.
func adopted(t *testing.T, env string, argv ...string) int {
	t.Helper()
	c := exec.Command("/bin/sh", append([]string{"-c", `"$@" </dev/null >/dev/null 2>&1 & echo $!`, "sh"}, argv...)...)
	c.Env = append(os.Environ(), env)
	c.Dir = "/"
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil || pid < 2 {
		t.Fatalf("the shell says %q: %v", out, err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

// sleepIn copies sleep(1) under a name into a plain directory and runs it.
func sleepIn(t *testing.T, name string) int { return sleeper(t, filepath.Join(plainDir(t), name)) }

func TestLiveWritableScript(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "smoothtask-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	script := filepath.Join(dir, "x.sh")
	if err := os.WriteFile(script, []byte("sleep 300\ntrue\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	l := newLive(t, t.TempDir())
	pid := adopted(t, "A=b", "/bin/sh", script)
	t.Cleanup(func() { syscall.Kill(l.child(pid), syscall.SIGKILL) })
	l.find(pid, "process.writable-script", threats.Medium)
}

func TestLiveHiddenProgram(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", ".smoothtask-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l := newLive(t, t.TempDir())
	copySleep(t, dir+"/x")
	c := exec.Command(dir+"/x", "300")
	c.Dir = dir
	pid := start(t, c)
	l.find(pid, "process.hidden-program", threats.High)
	l.find(pid, "process.hidden-directory", threats.Medium)
}

func TestLiveRenamed(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.expect(start(t, player("rename", "sshd")), "process.renamed", threats.Medium)
}

func TestLiveServerShell(t *testing.T) {
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Skipf("there is no /bin/sh: %v", err)
	}
	server := filepath.Join(plainDir(t), "nginx")
	data, err := os.ReadFile(shell)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(server, data, 0o755); err != nil {
		t.Fatal(err)
	}
	l := newLive(t, t.TempDir())
	pid := start(t, exec.Command(server, "-c", "/bin/sh -c 'sleep 300; true'; true"))
	l.expect(l.child(pid), "process.server-shell", threats.High)
}

func TestLiveSetuidProgram(t *testing.T) {
	needRoot(t)
	dir := plainDir(t)
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Flags&0x2 != 0 { // ST_NOSUID
		t.Skipf("%s does not take setuid programs (%v)", dir, err)
	}
	path := filepath.Join(dir, "program")
	copySleep(t, path)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, "300")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	l := newLive(t, t.TempDir())
	l.find(c.Process.Pid, "process.setuid", threats.Medium)
	l.find(c.Process.Pid, "process.effective-root", threats.Medium)
}

func TestLiveEmptyEnvironment(t *testing.T) {
	needRoot(t)
	path := filepath.Join(plainDir(t), "program")
	copySleep(t, path)
	c := exec.Command(path, "300")
	c.Env = []string{}
	l := newLive(t, t.TempDir())
	l.expect(start(t, c), "process.empty-environment", threats.Medium)
}

func TestLiveTraced(t *testing.T) {
	needRoot(t)
	l := newLive(t, t.TempDir())
	pid := sleepIn(t, "program")
	start(t, player("trace", strconv.Itoa(pid)))
	l.expect(pid, "process.traced", threats.Medium)
}

func TestLiveOddName(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.expect(sleepIn(t, "program "), "process.odd-name", threats.High)
}

func TestLiveDeletedCode(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.expect(start(t, player("memfd code")), "memory.deleted-code", threats.High)
}

func TestLiveRWXMemory(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.expect(start(t, player("rwx")), "memory.rwx", threats.Medium)
}

func TestLivePreloadEnvironment(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.expect(adopted(t, "LD_PRELOAD=/tmp/smoothtask-test-no-such-library.so", sleepPath(t), "300"), "memory.ld-preload", threats.High)
}

func TestLiveForeignMemory(t *testing.T) {
	needRoot(t)
	l := newLive(t, t.TempDir())
	l.expect(start(t, player("open memory", strconv.Itoa(sleepIn(t, "program")))), "memory.foreign-memory", threats.High)
}

// TestLiveReplacedImage moves an anonymous copy of its code over the code of a
// program that goes on to run it.
func TestLiveReplacedImage(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no Python to call mremap")
	}
	script := `import ctypes,os,sys,time
libc=ctypes.CDLL(None,use_errno=True)
for f in (libc.mmap,libc.mremap): f.restype=ctypes.c_void_p
libc.mmap.argtypes=[ctypes.c_void_p,ctypes.c_size_t,ctypes.c_int,ctypes.c_int,ctypes.c_int,ctypes.c_long]
libc.mprotect.argtypes=[ctypes.c_void_p,ctypes.c_size_t,ctypes.c_int]
libc.mremap.argtypes=[ctypes.c_void_p,ctypes.c_size_t,ctypes.c_size_t,ctypes.c_int,ctypes.c_void_p]
exe=os.readlink("/proc/self/exe")
for line in open("/proc/self/maps"):
    f=line.split()
    if len(f)>5 and f[1]=="r-xp" and f[5]==exe:
        a,b=(int(x,16) for x in f[0].split("-"))
        n=b-a
        p=libc.mmap(None,n,3,0x22,-1,0)
        ctypes.memmove(p,a,n)
        if libc.mprotect(p,n,5) or libc.mremap(p,n,n,3,a)!=a: sys.exit("mremap")
time.sleep(300)`
	l := newLive(t, t.TempDir())
	l.expect(start(t, exec.Command(python, "-c", script)), "memory.replaced-image", threats.High)
}

func TestLiveSustainedCPU(t *testing.T) {
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Skipf("there is no /bin/sh: %v", err)
	}
	dir, err := os.MkdirTemp("/dev/shm", "smoothtask-test-")
	if err != nil {
		t.Skipf("no /dev/shm: %v", err)
	}
	defer os.RemoveAll(dir)
	data, err := os.ReadFile(shell)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	pid := start(t, exec.Command(path, "-c", "while :; do :; done"))
	d := newSustainedCPU()
	d.after = time.Second
	l := newLive(t, t.TempDir())
	prev := l.snapshot()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		snap := l.snapshot()
		rates := metrics.Derive(&metrics.Rates{}, prev, snap, nil)
		// A loaded machine may give it less of a processor than it would take.
		if i := snap.Find(int32(pid)); i >= 0 && rates.Processes[i].CPU > 0 {
			rates.Processes[i].CPU = 100
		}
		prev = snap
		for _, f := range d.Detect(threats.NewInput(snap.At, snap, snap, rates, nil), nil) {
			if f.Subject.Key.PID == int32(pid) {
				threatstest.CheckFinding(t, &f)
				return
			}
		}
	}
	t.Error("a program in /dev/shm that computes was not found")
}

func TestLiveForkStorm(t *testing.T) {
	sleep := sleepPath(t)
	l := newLive(t, t.TempDir())
	d := newForkStorm()
	d.grown = 40
	look := func() []threats.Finding {
		snap := l.snapshot()
		return d.Detect(threats.NewInput(snap.At, snap, nil, nil, nil), nil)
	}
	look()
	var pid int
	for range 60 {
		pid = start(t, exec.Command(sleep, "300"))
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		for _, f := range look() {
			threatstest.CheckFinding(t, &f)
			if f.Process.ID.Exe == sleep {
				return
			}
		}
	}
	t.Errorf("60 copies of one program were not found; one is pid %d", pid)
}
