package detectors

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/metrics/netlink"
	"github.com/smoothtask/smoothtask/metrics/procfs"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/threatstest"
)

// patience is how long a test waits for what must come: a crowd that is started
// beside it may keep the sources busy.
const patience = 90 * time.Second

// live is the machine itself, seen by an engine with all detectors.
type live struct {
	t     *testing.T
	e     *threats.Engine
	procs *procfs.Source
	socks *netlink.Sockets
	begin time.Time
}

func newLive(t *testing.T, root string) *live {
	t.Helper()
	procs, err := procfs.New(procfs.Options{})
	if err != nil {
		t.Skipf("no /proc to read: %v", err)
	}
	t.Cleanup(func() { procs.Close() })
	socks, err := netlink.NewSockets(netlink.Options{})
	if err != nil {
		t.Skipf("no socket listing: %v", err)
	}
	t.Cleanup(func() { socks.Close() })
	fsys, err := procfs.NewFS("")
	if err != nil {
		t.Skipf("no /proc to read: %v", err)
	}
	e := threats.New(threats.Options{Detectors: All(Options{}), Root: root, Inspector: procfs.NewInspector(fsys, 512<<20), DeepBudget: time.Second})
	t.Cleanup(func() { e.Close() })
	return &live{t, e, procs, socks, time.Now()}
}

// snapshot is what the machine does now.
func (l *live) snapshot() *metrics.Snapshot {
	l.t.Helper()
	ctx := context.Background()
	s := &metrics.Snapshot{At: time.Now()}
	var si syscall.Sysinfo_t
	if err := syscall.Sysinfo(&si); err != nil {
		l.t.Fatal(err)
	}
	s.Uptime = time.Duration(si.Uptime) * time.Second
	s.System.Host.BootTime = s.At.Add(-s.Uptime)
	var err error
	s.ProcessesAt = time.Now()
	if s.Processes, err = l.procs.Append(ctx, nil); err != nil {
		l.t.Fatal(err)
	}
	s.SocketsAt = time.Now()
	if s.Sockets, err = l.socks.Append(ctx, s.Processes, nil); err != nil {
		l.t.Fatal(err)
	}
	return s
}

func (l *live) look() *threats.Report {
	l.t.Helper()
	return l.e.Analyse(context.Background(), l.snapshot(), nil, nil)
}

// expect looks until the detector has found the process, and checks that nothing
// else at medium or above is said of it.
func (l *live) expect(pid int, id string, severity threats.Severity) {
	l.t.Helper()
	l.until(pid, func(found map[string]threats.Severity) string {
		s, ok := found[id]
		if !ok || s != severity {
			return fmt.Sprintf("no finding of %s at %s", id, severity)
		}
		for other, s := range found {
			if other != id && s >= threats.Medium {
				l.t.Errorf("pid %d: also %s/%s", pid, other, s)
			}
		}
		return ""
	})
}

// until looks until check, given the findings about a process by detector, has
// nothing to complain of.
func (l *live) until(pid int, check func(found map[string]threats.Severity) string) {
	l.t.Helper()
	var r *threats.Report
	var complaint string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		r = l.look()
		found := map[string]threats.Severity{}
		for i := range r.Findings {
			f := &r.Findings[i]
			if f.Subject.Key.PID == int32(pid) && !f.Gone {
				found[f.Info.ID] = max(found[f.Info.ID], f.Severity)
			}
			for _, p := range f.Parts {
				if p.Subject.Key.PID == int32(pid) && !f.Gone {
					found[p.Detector] = max(found[p.Detector], p.Severity)
				}
			}
		}
		if complaint = check(found); complaint == "" {
			return
		}
	}
	l.t.Fatalf("pid %d: %s:%s", pid, complaint, threatstest.String(r.Findings))
}

// start runs a command until the test ends.
func start(t *testing.T, c *exec.Cmd) int {
	t.Helper()
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // its own process group
		c.Wait()
	})
	return c.Process.Pid
}

// sleeper copies sleep(1) to a path and runs it.
func sleeper(t *testing.T, path string) int {
	t.Helper()
	copySleep(t, path)
	return start(t, exec.Command(path, "300"))
}

func copySleep(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(sleepPath(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(path) })
}

func sleepPath(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep(1)")
	}
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	if b := filepath.Base(path); b != "sleep" {
		t.Skipf("sleep is part of %s, which goes by its name", b)
	}
	return path
}

// as runs sleep(1) under another argv[0].
func as(t *testing.T, argv0 string) *exec.Cmd {
	c := exec.Command(sleepPath(t), "300")
	c.Args[0] = argv0
	return c
}

// plainDir is a directory that is neither writable by all nor hidden, so that a
// program in it is found for nothing else.
func plainDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/usr/local", "smoothtask-test-")
	if err != nil {
		t.Skipf("cannot make a directory that only root may write to: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestLiveKthreadMasquerade(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.expect(start(t, as(t, "[kworker/0:1]")), "process.kthread-masquerade", threats.High)
}

func TestLiveWritableDirectory(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.expect(sleeper(t, fmt.Sprintf("/dev/shm/smoothtask-test-%d", os.Getpid())), "process.writable-directory", threats.High)
}

func TestLiveMemfd(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no Python to call memfd_create")
	}
	script := `import os,sys
fd=os.memfd_create("smoothtask-test")
os.write(fd,open(sys.argv[1],"rb").read())
os.execve(fd,["sleep","300"],{"PATH":"/bin"})`
	l := newLive(t, t.TempDir())
	l.expect(start(t, exec.Command(python, "-c", script, sleepPath(t))), "memory.memfd", threats.High)
}

func TestLiveDeletedProgram(t *testing.T) {
	path := filepath.Join(plainDir(t), "program")
	l := newLive(t, "/")
	pid := sleeper(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	l.expect(pid, "process.deleted", threats.Medium)
}

func TestLiveUpgradedProgram(t *testing.T) {
	path := filepath.Join(plainDir(t), "program")
	l := newLive(t, "/")
	pid := sleeper(t, path)
	copySleep(t, path+".new") // as a package manager does it
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	l.expect(pid, "process.deleted", threats.Low)
}

func TestLiveStdioSocket(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	conn, err := net.Dial("tcp", peer.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	l := newLive(t, t.TempDir())
	c := exec.Command(bash, "-c", "sleep 300; true") // a shell with a child that inherits all
	c.Stdin, c.Stdout, c.Stderr = file, file, file
	pid := start(t, c)
	file.Close()
	conn.Close()
	l.expect(pid, "network.stdio-socket", threats.High)
	r := l.look()
	n := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		tells := func(id string) bool { return strings.HasPrefix(id, "network.stdio-socket") }
		// Who runs this test may be suspect himself: then it is a part of that.
		if !f.Gone && (tells(f.Info.ID) || slices.ContainsFunc(f.Parts, func(p threats.Part) bool { return tells(p.Detector) })) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d findings for one tree:%s", n, threatstest.String(r.Findings))
	}
}

func TestLiveWritableListener(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no Python to serve a directory")
	}
	dir, err := os.MkdirTemp("/tmp", "smoothtask-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	c := exec.Command(python, "-m", "http.server", "--bind", "127.0.0.1", "0")
	c.Dir = dir
	l := newLive(t, t.TempDir())
	l.expect(start(t, c), "network.writable-listener", threats.Low) // on loopback, so as to open nothing
}

func TestLiveLdPreload(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(root+"/etc", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root+ldPreloadPath, []byte("/tmp/smoothtask-test.so\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	l := newLive(t, root)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		r := l.look()
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Info.ID == "persistence.ld-preload" && f.Severity == threats.Critical {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatalf("not found:%s", threatstest.String(r.Findings))
		}
	}
}

func TestLiveMinerCommandLine(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.expect(start(t, as(t, "x -o stratum+tcp://127.0.0.1:3333")), "abuse.miner-command-line", threats.High)
}

// TestLiveOrdinaryPrograms starts what every server runs and expects silence.
func TestLiveOrdinaryPrograms(t *testing.T) {
	dir := plainDir(t)
	var pids []int
	for _, argv := range [][]string{
		{"sh", "-c", "sleep 300; true"},
		{"bash", "-c", "while :; do sleep 1; done"},
		{"python3", "-c", "import time; time.sleep(300)"},
		{"python3", "-m", "http.server", "--bind", "127.0.0.1", "0"},
		{"perl", "-e", "sleep 300"},
		{"tail", "-f", "/dev/null"},
	} {
		path, err := exec.LookPath(argv[0])
		if err != nil {
			continue
		}
		c := exec.Command(path, argv[1:]...)
		c.Dir = dir
		pids = append(pids, start(t, c))
	}
	l := newLive(t, t.TempDir())
	for range 8 {
		time.Sleep(250 * time.Millisecond)
		r := l.look()
		for i := range r.Findings {
			f := &r.Findings[i]
			for _, pid := range pids {
				if f.Severity >= threats.Medium && f.Subject.Key.PID == int32(pid) {
					t.Errorf("pid %d:%s", pid, threatstest.String(r.Findings[i:i+1]))
				}
			}
		}
	}
}
