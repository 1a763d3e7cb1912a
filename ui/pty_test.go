package ui

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// session is the program on a real pty, with an emulator that reads its screen.
type session struct {
	t    *testing.T
	cmd  *exec.Cmd
	tty  *os.File
	exit chan error

	mu    sync.Mutex
	term  vt10x.Terminal
	raw   bytes.Buffer
	bytes int
}

func start(t *testing.T, processes string, w, h uint16, env ...string) *session {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append([]string{"UI_ROBOT=" + processes, "TERM=xterm-256color", "COLORFGBG=15;0"}, env...)...)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: h, Cols: w})
	if err != nil {
		t.Skipf("no pty can be had: %v", err)
	}
	s := &session{t: t, cmd: cmd, tty: tty, exit: make(chan error, 1), term: vt10x.New(vt10x.WithSize(int(w), int(h)))}
	go func() {
		buf := make([]byte, 32<<10)
		for {
			n, err := tty.Read(buf)
			s.mu.Lock()
			_, _ = s.term.Write(buf[:n])
			s.raw.Write(buf[:n])
			s.bytes += n
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() { s.exit <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = tty.Close()
	})
	return s
}

func (s *session) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.term.String()
}

// sees waits until a text is on the screen.
func (s *session) sees(text string) {
	s.t.Helper()
	s.waits("screen lacks "+text, func() bool { return strings.Contains(s.screen(), text) })
}

const deadline = 20 * time.Second

func (s *session) waits(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(deadline); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%s:\n%s", what, s.screen())
		}
	}
}

func (s *session) types(keys string) {
	s.t.Helper()
	if _, err := s.tty.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// ends waits for the end of the program.
func (s *session) ends() {
	s.t.Helper()
	select {
	case <-s.exit:
	case <-time.After(deadline):
		s.t.Fatalf("the program goes on:\n%s", s.screen())
	}
}

func (s *session) output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

func TestTerminalEveryViewAndQuit(t *testing.T) {
	s := start(t, "200", 100, 30)
	s.sees("used = total")
	for _, v := range []struct{ key, text string }{{"2", "COMMAND"}, {"3", "connections"}, {"4", "SEVERITY"}, {"5", "CGROUP"}, {"6", "governor"}, {"\t", "used = total"}, {"?", "Keys everywhere"}} {
		s.types(v.key)
		s.sees(v.text)
	}
	s.types("\x1b")
	s.sees("used = total")
	s.types("2/pid=14\r")
	s.sees("filter: pid=14")
	s.types("\r")
	s.sees("Process 14")
	s.types("q")
	s.ends()
	s.waits("the terminal is not given back", func() bool { return strings.HasSuffix(s.output(), "\x1b[?1049l") })
}

func TestTerminalIsNeverAskedAtTheStart(t *testing.T) {
	s := start(t, "20", 80, 24)
	s.sees("used = total")
	if strings.Contains(s.output(), "\x1b]11;?") || strings.Contains(s.output(), "\x1b[6n") {
		t.Error("the terminal was asked though its environment tells")
	}
	s.types("q")
	s.ends()
}

func TestTerminalAnswersAreNoKeys(t *testing.T) {
	s := start(t, "20", 80, 24, "COLORFGBG=")
	s.waits("the background was not asked for", func() bool { return strings.Contains(s.output(), "\x1b]11;?") })
	s.types("\x1b]11;rgb:ffff/f")
	time.Sleep(20 * time.Millisecond)
	s.types("fff/ffff\x1b\\2\x1b[?2026;2$y")
	s.sees("COMMAND")
	s.waits("synchronised output is not used", func() bool { return strings.Contains(s.output(), "\x1b[?2026h") })
	s.waits("the light theme is not used", func() bool { return strings.Contains(s.output(), "48;5;25") })
	s.types("q")
	s.ends()
}

func TestTerminalResizeStorm(t *testing.T) {
	s := start(t, "200", 100, 30)
	s.sees("used = total")
	for i := range 60 {
		w, h := uint16(20+(i*37)%180), uint16(4+(i*11)%50)
		if err := pty.Setsize(s.tty, &pty.Winsize{Rows: h, Cols: w}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Millisecond)
	}
	s.mu.Lock()
	s.term.Resize(120, 40)
	s.mu.Unlock()
	if err := pty.Setsize(s.tty, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	s.types("2")
	s.sees("COMMAND")
	s.sees("1/200")
	s.types("q")
	s.ends()
}

func TestTerminalGoneEndsTheProgram(t *testing.T) {
	s := start(t, "50", 80, 24)
	s.sees("used = total")
	began := time.Now()
	_ = s.tty.Close()
	s.ends()
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		s := start(t, "50", 80, 24)
		s.sees("used = total")
		if err := s.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		s.ends()
		s.waits("the terminal is not given back", func() bool { return strings.HasSuffix(s.output(), "\x1b[?1049l") })
	}
}

func TestControlCQuits(t *testing.T) {
	s := start(t, "50", 80, 24)
	s.sees("used = total")
	s.types("2/abc\x03")
	s.ends()
}

func TestSuspendAndGoOn(t *testing.T) {
	s := start(t, "50", 80, 24)
	s.sees("used = total")
	s.types("\x1a")
	s.waits("the terminal is not given back", func() bool { return strings.Contains(s.output(), "\x1b[?1049l") })
	time.Sleep(50 * time.Millisecond)
	if err := s.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.types("2")
	s.sees("COMMAND")
	s.types("q")
	s.ends()
}

func TestSlowTerminalHoldsUpNothing(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "UI_ROBOT=2000", "TERM=xterm-256color", "UI_ROBOT_VIEW=processes")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 200})
	if err != nil {
		t.Skipf("no pty can be had: %v", err)
	}
	defer tty.Close()
	exit := make(chan error, 1)
	go func() { exit <- cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()
	time.Sleep(time.Second) // nobody reads: the pty is full
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-exit:
	case <-time.After(deadline):
		t.Fatal("a terminal that takes nothing keeps the program from ending")
	}
}

func TestPlainTerminals(t *testing.T) {
	for _, env := range [][]string{{"TERM=dumb"}, {"TERM=vt100"}, {"TERM="}, {"TERM=linux"}} {
		s := start(t, "50", 80, 24, env...)
		s.sees("used = total")
		s.types("2")
		s.sees("COMMAND")
		s.types("q")
		s.ends()
	}
}
