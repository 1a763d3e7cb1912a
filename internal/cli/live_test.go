package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestEveryViewShows(t *testing.T) {
	r := start(t, robotOptions{cols: 120, rows: 36})
	r.see("collect", "detect", "rss", "cpu", "Overview", "CPU", "Memory")
	for key, want := range map[string]string{"2": "COMMAND", "3": "listen", "4": "checks", "5": "Cgroups", "6": "collect"} {
		r.keys(key)
		r.see("collect", want)
	}
	r.keys("1")
	r.see("used = total")
	r.quit()
}

func TestNarrowTerminals(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 12}, {20, 5}, {1, 1}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			r := start(t, robotOptions{cols: size[0], rows: size[1]})
			r.until("write something", func(string) bool { return len(r.output()) > 0 })
			if size[0] >= 80 {
				r.see("collect", "Overview")
			}
			r.keys("23456")
			time.Sleep(200 * time.Millisecond)
			r.quit()
		})
	}
}

func TestResizeStorm(t *testing.T) {
	r := start(t, robotOptions{cols: 100, rows: 30})
	r.see("collect")
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		r.resize(1+rnd.IntN(250), 1+rnd.IntN(70))
		if i%10 == 0 {
			r.keys(string(rune('1' + rnd.IntN(6))))
		}
		time.Sleep(time.Millisecond)
	}
	r.resize(100, 30)
	r.keys("2")
	r.see("collect", "COMMAND")
	r.quit()
}

func TestTheTerminalIsRestored(t *testing.T) {
	for name, end := range map[string]func(*robot){
		"q":       func(r *robot) { r.keys("q") },
		"^C":      func(r *robot) { r.keys("\x03") },
		"SIGTERM": func(r *robot) { r.signal(syscall.SIGTERM) },
		"SIGINT":  func(r *robot) { r.signal(syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, robotOptions{})
			r.see("collect")
			end(r)
			if code := r.ended(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			r.until("leave the alternate screen", func(string) bool {
				out := r.output()
				return strings.LastIndex(out, "\x1b[?1049l") > strings.LastIndex(out, "\x1b[?1049h") &&
					strings.LastIndex(out, "\x1b[?25h") > strings.LastIndex(out, "\x1b[?25l")
			})
		})
	}
}

// TestTheProgramEndsWithItsTerminal closes the pty under it, as a lost ssh
// session does.
func TestTheProgramEndsWithItsTerminal(t *testing.T) {
	r := start(t, robotOptions{})
	r.see("collect")
	closed := time.Now()
	r.tty.Close()
	r.ended()
	if d := time.Since(closed); d > 10*time.Second {
		t.Errorf("it went on for %v", d)
	}
}

func TestHangupEndsIt(t *testing.T) {
	r := start(t, robotOptions{})
	r.see("collect")
	r.signal(syscall.SIGHUP)
	r.ended()
}

func TestPlainTerminals(t *testing.T) {
	for name, env := range map[string][]string{
		"dumb":     {"TERM=dumb"},
		"none":     {"TERM="},
		"unknown":  {"TERM=no-such-terminal"},
		"no color": {"NO_COLOR=1"},
		"latin":    {"LANG=C", "LC_ALL=C"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, robotOptions{env: env})
			r.see("collect", "Overview")
			out := r.output()
			if (name == "dumb" || name == "no color") && (strings.Contains(out, "\x1b[38;") || strings.Contains(out, "\x1b[31m")) {
				t.Error("colour was written")
			}
			if name == "latin" || name == "dumb" {
				for _, c := range out {
					if c > 0x7e {
						t.Errorf("%q was written to a terminal without Unicode", c)
						break
					}
				}
			}
			r.quit()
		})
	}
}

func TestFilterFindsAProcess(t *testing.T) {
	child := sleeper(t)
	r := start(t, robotOptions{cols: 120, rows: 36})
	r.keys("2")
	r.see("COMMAND")
	r.keys(fmt.Sprintf("/pid=%d\r", child.Process.Pid))
	r.see(fmt.Sprintf("%d", child.Process.Pid), "sleep")
	r.lose("kthreadd")
	r.quit()
}

func TestBadFilterSaysWhere(t *testing.T) {
	r := start(t, robotOptions{cols: 120, rows: 36})
	r.keys("2")
	r.see("COMMAND")
	r.keys("/rss>>1\r")
	r.see("expected")
	r.keys("\x1b")
	r.lose("expected")
	r.quit()
}

func TestFreezeHoldsTheScreen(t *testing.T) {
	r := start(t, robotOptions{cols: 120, rows: 36, args: []string{"--interval", "200ms"}})
	r.keys("2")
	r.see("COMMAND")
	r.keys("Z")
	r.see("frozen")
	r.keys("Z")
	r.lose("frozen")
	r.quit()
}

func TestHelpComesFromTheBindings(t *testing.T) {
	r := start(t, robotOptions{cols: 120, rows: 40})
	r.see("collect")
	r.keys("?")
	r.see("Keys everywhere", "quit", "filter", "freeze")
	r.keys("\x1b")
	r.lose("Keys everywhere")
	r.quit()
}

func TestDossierOfAProcess(t *testing.T) {
	child := sleeper(t)
	r := start(t, robotOptions{cols: 140, rows: 45})
	r.keys("2")
	r.see("COMMAND")
	r.keys(fmt.Sprintf("/pid=%d\r", child.Process.Pid))
	r.lose("kthreadd")
	r.keys("\r")
	r.see("Identity", "sleep")
	r.keys("\x1b")
	r.lose("Identity")
	r.quit()
}

// TestASignalReachesItsTarget ends a child of the test from the screen.
func TestASignalReachesItsTarget(t *testing.T) {
	child := sleeper(t)
	r := start(t, robotOptions{cols: 120, rows: 36})
	r.keys("2")
	r.see("COMMAND")
	r.keys(fmt.Sprintf("/pid=%d\r", child.Process.Pid))
	r.lose("kthreadd")
	r.see("sleep")
	r.keys("\x1b[20~") // F9
	r.see("TERM", "KILL")
	r.keys("\r")
	r.see("sleep", fmt.Sprint(child.Process.Pid))
	r.keys("y\r")
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	select {
	case <-ended:
		if s := child.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGTERM {
			t.Errorf("the child ended with %v", child.ProcessState)
		}
	case <-time.After(patience):
		t.Fatalf("the child lives on; the screen is:\n%s", r.screen())
	}
	r.quit()
}

func TestReadonlyOffersNoSignals(t *testing.T) {
	r := start(t, robotOptions{cols: 120, rows: 36, args: []string{"--readonly"}})
	r.keys("2")
	r.see("COMMAND")
	r.keys("\x1b[20~")
	time.Sleep(300 * time.Millisecond)
	if s := r.screen(); strings.Contains(s, "KILL") {
		t.Errorf("signals are on offer:\n%s", s)
	}
	r.quit()
}

// TestAHostileNameStaysText runs a program whose name and arguments attack the
// terminal.
func TestAHostileNameStaysText(t *testing.T) {
	dir := t.TempDir()
	name := dir + "/evil\x1b]0;owned\x07\x1b[31m"
	data, err := os.ReadFile("/bin/sleep")
	if err != nil {
		t.Skipf("no sleep to copy: %v", err)
	}
	if err := os.WriteFile(name, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, "1000")
	cmd.Args[0] = "evil\x1b]0;owned\x07\x1b[2J\u202e"
	run(t, cmd)
	r := start(t, robotOptions{cols: 120, rows: 36})
	r.keys("2")
	r.see("COMMAND")
	r.keys(fmt.Sprintf("/pid=%d\r", cmd.Process.Pid))
	r.see("evil")
	if out := r.output(); strings.Contains(out, "owned\x07") || strings.Contains(out, "\x1b]0;") || strings.Contains(out, "\u202e") {
		t.Error("a control sequence in a name reached the terminal")
	}
	r.quit()
}

// sleeper starts a child that does nothing.
func sleeper(t *testing.T) *exec.Cmd { return run(t, exec.Command("sleep", "1000")) }

// run starts a child that ends with the test.
func run(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return cmd
}
