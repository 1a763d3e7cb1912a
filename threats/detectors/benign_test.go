//go:build linux

package detectors

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
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

// TestBenign runs ordinary programs of a server and expects that no detector says
// anything at medium or above about them. With SMOOTHTASK_BENIGN=full it installs
// and runs packages of Debian as well, which takes root and some minutes.
func TestBenign(t *testing.T) {
	full := os.Getenv("SMOOTHTASK_BENIGN") == "full"
	machine := newLive(t, "/")
	for _, part := range []struct {
		name string
		full bool
		run  func(b *benign)
	}{
		{"shell with pipes", false, benignShell},
		{"go build", false, benignGo},
		{"python http server", false, benignHTTP},
		{"python sleeps", false, benignPython},
		{"python venv", false, benignVenv},
		{"tmux", false, benignTmux},
		{"git", false, benignGit},
		{"cron jobs", false, benignCron},
		{"program upgraded", false, benignUpgrade},
		{"namespaces", false, benignUnshare},
		{"package reinstalled", true, benignReinstall},
		{"npm install", true, benignNPM},
		{"PostgreSQL", true, benignPostgres},
		{"Redis", true, benignRedis},
		{"nginx", true, benignNginx},
		{"sshd login", true, benignSSH},
		{"bwrap", true, benignBwrap},
	} {
		t.Run(part.name, func(t *testing.T) {
			if part.full && !full {
				t.Skip("SMOOTHTASK_BENIGN is not \"full\"")
			}
			part.run(newBenign(t, machine))
		})
	}
}

// benign watches the process trees that one part of the test starts.
type benign struct {
	*live
	dir    string // of the part, such as a home; removed in the end
	marker string // entry of the environment of all that is started
	prev   *metrics.Snapshot
	ours   map[metrics.ProcKey]bool // whether a process is of the trees
	told   map[string]bool
	jobs   int
}

// newBenign prepares a part, with the sources and the engine of the machine.
func newBenign(t *testing.T, machine *live) *benign {
	t.Helper()
	watcher := *machine
	watcher.t = t
	parent := "/home"
	if os.Geteuid() != 0 {
		parent, _ = os.UserHomeDir()
	}
	dir, err := os.MkdirTemp(parent, "smoothtask-benign-")
	if err != nil {
		t.Skipf("no directory like a home: %v", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var nonce [8]byte
	rand.Read(nonce[:])
	b := &benign{
		live: &watcher, dir: dir, marker: "SMOOTHTASK_TREE=" + hex.EncodeToString(nonce[:]),
		ours: map[metrics.ProcKey]bool{}, told: map[string]bool{},
	}
	t.Cleanup(func() {
		b.end()
		exec.Command("chmod", "-R", "u+w", dir).Run() // as Go leaves its modules
		os.RemoveAll(dir)
	})
	return b
}

// job is a command that runs with init as its parent: below go test it would pass
// for a build.
type job struct {
	pid      int
	log, end string // files with its output and its exit status
}

// begin starts a script of sh(1) in the directory of the part.
func (b *benign) begin(script string, env ...string) *job {
	b.t.Helper()
	b.jobs++
	name := filepath.Join(b.dir, fmt.Sprintf("job%d", b.jobs))
	j := &job{log: name + ".log", end: name + ".end"}
	c := exec.Command("/bin/sh", "-c", `( trap '' HUP; sh -c "$1"; echo $? >"$3" ) </dev/null >"$2" 2>&1 & echo $!`, "sh", script, j.log, j.end)
	c.Dir = b.dir
	c.Env = append(append(os.Environ(), "HOME="+b.dir, b.marker), env...)
	out, err := c.Output()
	if err != nil {
		b.t.Fatal(err)
	}
	if j.pid, err = strconv.Atoi(strings.TrimSpace(string(out))); err != nil {
		b.t.Fatalf("the shell says %q", out)
	}
	return j
}

// output is what the job has written so far.
func (j *job) output() string {
	data, _ := os.ReadFile(j.log)
	return string(data)
}

// ended tells whether the job has come to its end, and how.
func (j *job) ended() (status int, ok bool) {
	data, err := os.ReadFile(j.end)
	if err != nil || len(data) == 0 {
		return 0, false
	}
	status, err = strconv.Atoi(strings.TrimSpace(string(data)))
	return status, err == nil
}

// run has a script run to its end, watched all the time, and returns its output.
func (b *benign) run(script string, env ...string) (output string, status int) {
	b.t.Helper()
	j := b.begin(script, env...)
	b.watch("the end of "+script, func() bool { _, ok := j.ended(); return ok })
	status, _ = j.ended()
	return j.output(), status
}

// must is run for scripts that have to succeed.
func (b *benign) must(script string, env ...string) string {
	b.t.Helper()
	out, status := b.run(script, env...)
	if status != 0 {
		b.t.Fatalf("%s: exit status %d: %s", script, status, tailOf(out))
	}
	return out
}

func tailOf(s string) string { return s[max(0, len(s)-600):] }

// watch looks at the machine until done, and for some cycles after that.
func (b *benign) watch(what string, done func() bool) {
	b.t.Helper()
	for end := time.Now().Add(8 * time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("waited too long for %s", what)
		}
		b.judge()
	}
	b.judge()
}

// rest watches what goes on for a while.
func (b *benign) rest(d time.Duration) {
	b.t.Helper()
	end := time.Now().Add(d)
	b.watch("the time", func() bool { return time.Now().After(end) })
}

// judge looks once, and complains of findings about the trees.
func (b *benign) judge() {
	b.t.Helper()
	snap := b.snapshot()
	var rates *metrics.Rates
	if b.prev != nil {
		rates = metrics.Derive(&metrics.Rates{}, b.prev, snap, nil)
	}
	b.adopt(snap)
	r := b.e.Analyse(b.t.Context(), snap, b.prev, rates)
	b.prev = snap
	for i := range r.Findings {
		f := &r.Findings[i]
		b.complain(f.ID, f.Info.ID, f.Subject, f.Severity, f.Evidence)
		for k := range f.Parts {
			p := &f.Parts[k]
			b.complain(f.ID, p.Detector, p.Subject, p.Severity, p.Evidence)
		}
	}
	for _, e := range r.Errors {
		b.t.Errorf("the engine says: %s", e)
	}
}

func (b *benign) complain(id, detector string, about threats.Subject, s threats.Severity, evidence []threats.Evidence) {
	if s < threats.Medium || !b.ours[about.Key] || b.told[id+detector] {
		return
	}
	b.told[id+detector] = true
	f := threats.Finding{Info: &threats.Info{ID: detector}, Severity: s, Subject: about, Evidence: evidence}
	b.t.Errorf("something is said of ordinary programs:%s", threatstest.String([]threats.Finding{f}))
}

// adopt takes in the processes that were started since: children of known ones,
// and daemons by the marker in their environment.
func (b *benign) adopt(snap *metrics.Snapshot) {
	for again := true; again; {
		again = false
		for i := range snap.Processes {
			p := &snap.Processes[i]
			mine, known := b.ours[p.Key]
			if mine {
				continue
			}
			if parent := snap.Find(p.PPID); parent >= 0 && b.ours[snap.Processes[parent].Key] {
				b.ours[p.Key], again = true, true
				continue
			}
			if !known && !p.Kthread() {
				data, err := os.ReadFile(threats.Proc(p.Key.PID, "environ"))
				b.ours[p.Key] = err == nil && strings.Contains(string(data), b.marker)
				again = again || b.ours[p.Key]
			}
		}
	}
}

// end stops what is left of the trees, each process by its own id.
func (b *benign) end() {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for wait := 0; wait < 30; wait++ {
			snap := b.snapshot()
			b.adopt(snap)
			left := 0
			for i := range snap.Processes {
				if p := &snap.Processes[i]; b.ours[p.Key] && p.State != 'Z' {
					left++
					if wait == 0 {
						syscall.Kill(int(p.Key.PID), signal)
					}
				}
			}
			if left == 0 {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	b.t.Error("processes of the test are left behind")
}

// need skips the part unless the programs are there.
func (b *benign) need(programs ...string) {
	b.t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			b.t.Skipf("%s is not installed", p)
		}
	}
}

// freePort is a TCP port of loopback that nobody listens on.
func (b *benign) freePort() string {
	b.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// answers waits until a port of loopback is listened on.
func (b *benign) answers(j *job, port string) {
	b.t.Helper()
	b.watch("port "+port, func() bool {
		if status, ok := j.ended(); ok {
			b.t.Fatalf("the server has ended with status %d: %s", status, tailOf(j.output()))
		}
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// get asks a web server on loopback for its first page.
func (b *benign) get(port string) {
	b.t.Helper()
	resp, err := http.Get("http://127.0.0.1:" + port + "/")
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode != http.StatusOK {
		b.t.Errorf("the server answers %s", resp.Status)
	}
}

// write puts a file into the directory of the part.
func (b *benign) write(name, content string, mode os.FileMode) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		b.t.Fatal(err)
	}
	return path
}
