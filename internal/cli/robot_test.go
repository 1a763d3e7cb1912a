package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "smoothtask-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "smoothtask")
	cmd := exec.Command("go", "build", "-o", binary, "github.com/smoothtask/smoothtask")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot build the program: %v\n%s", err, out)
		os.RemoveAll(dir)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// patience is how long a test waits for what must come. It is long because test
// machines are busy, and only spent when something is wrong.
const patience = 60 * time.Second

// robot runs the program in a pty, types at it and reads its screen.
type robot struct {
	t       *testing.T
	cmd     *exec.Cmd
	tty     *os.File
	done    chan error
	drained chan struct{} // closed when all output is read

	mu   sync.Mutex
	term vt10x.Terminal
	raw  bytes.Buffer
}

type robotOptions struct {
	cols, rows int
	args, env  []string
}

// start runs the program in a terminal of the given size, without the settings
// of whoever runs the test.
func start(t *testing.T, o robotOptions) *robot {
	t.Helper()
	if o.cols == 0 {
		o.cols, o.rows = 80, 24
	}
	home := t.TempDir()
	r := &robot{t: t, done: make(chan error, 1), drained: make(chan struct{}), term: vt10x.New(vt10x.WithSize(o.cols, o.rows))}
	r.cmd = exec.Command(binary, o.args...)
	r.cmd.Dir = home
	r.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TERM=xterm-256color", "LANG=C.UTF-8"}, o.env...)
	var err error
	r.tty, err = pty.StartWithSize(r.cmd, &pty.Winsize{Cols: uint16(o.cols), Rows: uint16(o.rows)})
	if err != nil {
		t.Fatal(err)
	}
	go r.read()
	go func() { r.done <- r.cmd.Wait() }()
	t.Cleanup(func() {
		if r.cmd.ProcessState == nil {
			r.cmd.Process.Kill()
		}
		r.tty.Close()
	})
	return r
}

// read ends when the program has, and all that it wrote is taken.
func (r *robot) read() {
	defer close(r.drained)
	buf := make([]byte, 64<<10)
	for {
		n, err := r.tty.Read(buf)
		if n > 0 {
			r.mu.Lock()
			r.term.Write(buf[:n])
			r.raw.Write(buf[:n])
			r.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

func (r *robot) screen() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.term.String()
}

// output is every byte that was written to the terminal.
func (r *robot) output() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.raw.String()
}

func (r *robot) keys(s string) {
	r.t.Helper()
	if _, err := r.tty.WriteString(s); err != nil {
		r.t.Fatalf("typing %q: %v", s, err)
	}
}

func (r *robot) resize(cols, rows int) {
	r.mu.Lock()
	r.term.Resize(cols, rows)
	r.mu.Unlock()
	if err := pty.Setsize(r.tty, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}); err != nil {
		r.t.Fatal(err)
	}
}

// see waits until all texts are on the screen.
func (r *robot) see(texts ...string) {
	r.t.Helper()
	r.until(fmt.Sprintf("see %q", texts), func(s string) bool {
		for _, text := range texts {
			if !strings.Contains(s, text) {
				return false
			}
		}
		return true
	})
}

// lose waits until the text is on the screen no more.
func (r *robot) lose(text string) {
	r.t.Helper()
	r.until(fmt.Sprintf("lose %q", text), func(s string) bool { return !strings.Contains(s, text) })
}

func (r *robot) until(what string, ok func(screen string) bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); !ok(r.screen()); {
		select {
		case err := <-r.done:
			r.done <- err
			select {
			case <-r.drained:
			case <-time.After(patience):
			}
			if ok(r.screen()) {
				return
			}
			r.t.Fatalf("waiting to %s: the program has ended (%v); it wrote:\n%s", what, err, tail(r.output()))
		default:
		}
		if time.Now().After(end) {
			r.t.Fatalf("waiting to %s; the screen is:\n%s", what, r.screen())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func tail(s string) string { return s[max(0, len(s)-3000):] }

// ended waits for the end of the program and returns its exit code.
func (r *robot) ended() int {
	r.t.Helper()
	select {
	case err := <-r.done:
		r.done <- err
		return r.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		r.t.Fatalf("the program does not end; the screen is:\n%s", r.screen())
		return -1
	}
}

// quit ends the program as an operator does.
func (r *robot) quit() {
	r.t.Helper()
	r.keys("q")
	if code := r.ended(); code != 0 {
		r.t.Errorf("exit code %d; it wrote:\n%s", code, tail(r.output()))
	}
}

func (r *robot) signal(s syscall.Signal) {
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}
