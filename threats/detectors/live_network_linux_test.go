package detectors

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics/procfs"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/indicators"
	"github.com/smoothtask/smoothtask/threats/threatstest"
)

// python runs a script that says "ready" when it has done its work and then waits
// to be ended, and returns its pid.
func python(t *testing.T, script string, args ...string) int {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no Python to hold sockets")
	}
	c := exec.Command(path, append([]string{"-c", script + "\nprint('ready', flush=True)\ntime.sleep(600)"}, args...)...)
	c.Dir = "/"
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var why strings.Builder
	c.Stderr = &why
	pid := start(t, c)
	buf := make([]byte, 16)
	if n, _ := out.Read(buf); !strings.HasPrefix(string(buf[:n]), "ready") {
		time.Sleep(100 * time.Millisecond)
		if strings.Contains(why.String(), "PermissionError") {
			t.Skipf("not permitted: %s", why.String())
		}
		t.Fatalf("Python: %s", why.String())
	}
	return pid
}

// services listens on n ports of the loopback address until the test ends.
func services(t *testing.T, n int) (ports []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		ports = append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	return ports
}

const connectAll = `import socket,sys,time
keep=[socket.create_connection(("127.0.0.1",int(p))) for p in sys.argv[1:]]`

// with gives the engine other options.
func (l *live) with(o Options) *live {
	l.t.Helper()
	fsys, err := procfs.NewFS("")
	if err != nil {
		l.t.Skipf("no /proc to read: %v", err)
	}
	o.Inspector = procfs.NewInspector(fsys, 512<<20)
	l.e = threats.New(threats.Options{Detectors: All(o), Root: "/nonexistent", Inspector: o.Inspector})
	l.t.Cleanup(func() { l.e.Close() })
	return l
}

// among waits until the detector has found the process; others may have too.
func (l *live) among(pid int, id string, severity threats.Severity) {
	l.t.Helper()
	l.until(pid, func(found map[string]threats.Severity) string {
		if s, ok := found[id]; !ok || s != severity {
			return fmt.Sprintf("no finding of %s at %s", id, severity)
		}
		return ""
	})
}

func TestLiveShellConnection(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to connect by /dev/tcp")
	}
	c := exec.Command(bash, "-c", "exec 7<>/dev/tcp/127.0.0.1/"+services(t, 1)[0]+"; sleep 300; true")
	c.Dir = "/"
	l := newLive(t, t.TempDir())
	l.expect(start(t, c), shellConnectionInfo.ID, threats.Low)
}

// connected starts a command that holds a connection within the machine.
func connected(t *testing.T, c *exec.Cmd) int {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+services(t, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c.ExtraFiles = []*os.File{file}
	return start(t, c)
}

func TestLiveWritableConnection(t *testing.T) {
	path := fmt.Sprintf("/dev/shm/smoothtask-test-connected-%d", os.Getpid())
	copySleep(t, path)
	pid := connected(t, exec.Command(path, "300"))
	newLive(t, t.TempDir()).among(pid, writableConnectionInfo.ID, threats.Low)
}

func TestLivePacketSocket(t *testing.T) {
	pid := python(t, `import socket,time
s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW,0)
s.bind(("lo",0x0800))`)
	newLive(t, t.TempDir()).expect(pid, packetSocketInfo.ID, threats.Medium)
}

func TestLiveRawSocket(t *testing.T) {
	pid := python(t, `import socket,time
s=socket.socket(socket.AF_INET,socket.SOCK_RAW,253)`) // a number for experiments, RFC 3692
	newLive(t, t.TempDir()).expect(pid, rawSocketInfo.ID, threats.Medium)
}

func TestLiveFanOut(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.look() // what is there before is not counted
	l.expect(python(t, connectAll, services(t, 20)...), fanOutInfo.ID, threats.Low)
}

// TestLiveUnanswered connects to listeners whose queue is full: the kernel drops
// what comes, and no packet leaves the machine.
func TestLiveUnanswered(t *testing.T) {
	var ports []string
	for range deadTargets + 2 {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Close(fd) })
		if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Listen(fd, 0); err != nil {
			t.Fatal(err)
		}
		name, err := syscall.Getsockname(fd)
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
		filler, err := net.Dial("tcp", "127.0.0.1:"+ports[len(ports)-1])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { filler.Close() })
	}
	l := newLive(t, t.TempDir())
	l.look()
	pid := python(t, `import socket,sys,time
keep=[]
for p in sys.argv[1:]:
  s=socket.socket()
  s.setblocking(False)
  s.connect_ex(("127.0.0.1",int(p)))
  keep.append(s)`, ports...)
	l.expect(pid, unansweredInfo.ID, threats.Low)
}

func TestLiveKthreadSocket(t *testing.T) {
	pid := connected(t, as(t, "[kworker/0:1]"))
	newLive(t, t.TempDir()).among(pid, kthreadSocketInfo.ID, threats.Critical)
}

func TestLiveNewListener(t *testing.T) {
	l := newLive(t, t.TempDir())
	l.e.SetBaseline(threats.Capture(l.snapshot(), threats.NewFiles(t.TempDir())), "test")
	pid := python(t, `import socket,time
s=socket.create_server(("127.0.0.1",0))`)
	l.expect(pid, newListenerInfo.ID, threats.Low)
}

func TestLiveIndicators(t *testing.T) {
	port := services(t, 1)[0]
	path := filepath.Join(plainDir(t), "program")
	data, err := os.ReadFile(sleepPath(t))
	if err != nil {
		t.Fatal(err)
	}
	content := string(data) + "of this test alone"
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte("192.0.2.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := indicators.Open([]string{list}, indicators.Options{Every: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	l := newLive(t, t.TempDir()).with(Options{Indicators: set})
	talking, running := python(t, connectAll, port), start(t, exec.Command(path, "300"))
	l.look()
	if err := os.WriteFile(list, []byte("127.0.0.1:"+port+"\n"+hexSum(content)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.expect(talking, indicatorPeerInfo.ID, threats.High) // without a restart
	l.expect(running, indicatorProgramInfo.ID, threats.Critical)
}

// TestLiveProcMount mounts an empty directory over a process in a mount namespace
// of its own, and shows the detector the mounts that are seen there.
func TestLiveProcMount(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("there is no unshare(1) to make a mount namespace")
	}
	w := threatstest.New(t)
	w.Dir("/empty", 0o755)
	out, err := exec.Command(unshare, "--mount", "--propagation", "private", "sh", "-c",
		"mount --bind "+filepath.Join(w.Root, "empty")+" /proc/$$ && echo $$ && cat /proc/self/mountinfo").Output()
	if err != nil {
		t.Skipf("cannot mount in a namespace: %v", err)
	}
	pid, mounts, _ := strings.Cut(string(out), "\n")
	w.File("/proc/self/mountinfo", mounts, 0o444)
	got := w.Detect(&procMount{})
	if len(got) != 1 || got[0].Subject.Name != "/proc/"+pid {
		t.Errorf("pid %s:%s\n%s", pid, threatstest.String(got), mounts)
	}
}

// TestLiveUnlistedProcess tries all numbers of the machine: threads are no hidden
// processes; a process that is left out of both lists is one.
func TestLiveUnlistedProcess(t *testing.T) {
	l := newLive(t, "/")
	pid := start(t, exec.Command(sleepPath(t), "300"))
	time.Sleep(1500 * time.Millisecond) // what is younger than a second waits for the next round
	d := newUnlistedProcess(true)
	s := l.snapshot()
	if got := d.Detect(threats.NewInput(s.At, s, nil, nil, threats.NewFiles("/")), nil); len(got) != 0 {
		t.Errorf("on a machine that hides nothing:%s", threatstest.String(got))
	}
	d.list = func(in *threats.Input) map[int32]bool {
		listed := listProc(in)
		delete(listed, int32(pid))
		return listed
	}
	i := s.Find(int32(pid))
	if i < 0 {
		t.Fatal("sleep is not listed")
	}
	s.Processes = append(s.Processes[:i:i], s.Processes[i+1:]...)
	got := d.Detect(threats.NewInput(s.At, s, nil, nil, threats.NewFiles("/")), nil)
	if len(got) != 1 || got[0].Subject.Key.PID != int32(pid) {
		t.Errorf("pid %d:%s", pid, threatstest.String(got))
	}
}
