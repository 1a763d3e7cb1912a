//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// everything is a question that asks for all traits.
var everything = &metrics.Question{
	Traits:  metrics.AllTraits,
	Files:   []string{"mem", "shadow", "id_ed25519_sk", "*_key", "config"},
	Environ: []string{"LD_PRELOAD=", "HISTFILE=/dev/null", "HISTSIZE=0"},
}

func openScreener(tb testing.TB) *Screener {
	tb.Helper()
	s := NewScreener()
	check(tb, s.Screen(context.Background(), everything, nil, nil))
	closeLater(tb, s)
	return s
}

// screen returns the traits of one process.
func screen(tb testing.TB, s *Screener, q *metrics.Question, key metrics.ProcKey) metrics.Traits {
	tb.Helper()
	var t [1]metrics.Traits
	if err := s.Screen(context.Background(), q, []metrics.ProcKey{key}, t[:]); err != nil {
		tb.Fatal(err)
	}
	return t[0]
}

func TestScreenTraits(t *testing.T) {
	s := openScreener(t)
	library := func() string {
		name := filepath.Join(t.TempDir(), "lib.so")
		if err := os.WriteFile(name, make([]byte, 4096), 0o755); err != nil {
			t.Fatal(err)
		}
		return name
	}
	file := func(name string) string {
		name = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	private := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	for _, c := range []struct {
		name, act string
		env       []string
		attr      *syscall.SysProcAttr
		want      metrics.Traits
	}{
		{name: "an ordinary process", act: "idle"},
		{name: "writable code", act: "rwx", want: metrics.WritableCode},
		{name: "run-time compiler", act: "jit"},
		{name: "memory file", act: "memfd", want: metrics.UnnamedCode},
		{name: "library", act: "library", env: []string{"LIBRARY=" + library()}},
		{name: "deleted library", act: "deleted library", env: []string{"LIBRARY=" + library()}, want: metrics.UnnamedCode},
		{name: "library with another name", act: "deleted link", env: []string{"LIBRARY=" + library()}, want: metrics.UnnamedCode},
		{name: "library below a layer", act: "overlay", env: []string{"DIR=" + t.TempDir()}, attr: private},
		{name: "deleted library below a layer", act: "overlay", env: []string{"DIR=" + t.TempDir(), "REMOVE=1"}, attr: private, want: metrics.UnnamedCode},
		{name: "many mappings", act: "mappings"},
		{name: "many mappings and writable code", act: "mappings with code", want: metrics.WritableCode},
		{name: "memory of another", act: "open", env: []string{fmt.Sprintf("OPEN=/proc/%d/mem", os.Getpid())}, want: metrics.NamedFile},
		{name: "short name", act: "open", env: []string{"OPEN=" + file("shadow")}, want: metrics.NamedFile},
		{name: "long name", act: "open", env: []string{"OPEN=" + file("id_ed25519_sk")}, want: metrics.NamedFile},
		{name: "end of a name", act: "open", env: []string{"OPEN=" + file("ssh_host_rsa_key")}, want: metrics.NamedFile},
		{name: "other end", act: "open", env: []string{"OPEN=" + file("ssh_host_rsa_key.pub")}},
		{name: "longer name", act: "open", env: []string{"OPEN=" + file("shadow2")}},
		{name: "shorter name", act: "open", env: []string{"OPEN=" + file("shado")}},
		{name: "one letter", act: "open", env: []string{"OPEN=" + file("m")}},
		{name: "other middle", act: "open", env: []string{"OPEN=" + file("id_ed255x19_sk")}},
		{name: "name of a directory", act: "open", env: []string{"OPEN=" + filepath.Join(filepath.Dir(file("x")), ".")}},
		{name: "file mounted on a name", act: "mounted file", env: []string{"DIR=" + t.TempDir()}, attr: private, want: metrics.NamedFile},
		{name: "many open files", act: "open many", want: metrics.NamedFile},
		{name: "library put in", act: "idle", env: []string{"LD_PRELOAD="}, want: metrics.NamedSetting},
		{name: "no history", act: "idle", env: []string{"HISTFILE=/dev/null"}, want: metrics.NamedSetting},
		{name: "history", act: "idle", env: []string{"HISTFILE=/root/.history", "NO_LD_PRELOAD=x", "XHISTSIZE=0"}},
		{name: "big environment", act: "idle", env: []string{"BIG=" + strings.Repeat("x", 60_000), "HISTSIZE=0"}, want: metrics.NamedSetting},
		{name: "harmless big environment", act: "idle", env: []string{"BIG=" + strings.Repeat("x", 60_000)}},
		{name: "environment that is too big", act: "idle", env: []string{"BIG=" + strings.Repeat("x", 70_000)}, want: metrics.NamedSetting},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.act == "overlay" {
				needFileSystem(t, c.act)
			}
			child := startChild(t, c.act, func(cmd *exec.Cmd) {
				cmd.Env = append(slices.DeleteFunc(slices.Clone(cmd.Env), everything.Setting), c.env...)
				if c.attr != nil {
					cmd.SysProcAttr = c.attr
				}
			})
			// A child in Go starts threads and maps memory for a while.
			eventually(t, func() error {
				if got := screen(t, s, everything, keyOf(t, child.pid)); got != c.want {
					return fmt.Errorf("traits %06b, want %06b", got, c.want)
				}
				return nil
			})
		})
	}
}

// needFileSystem skips a test where the kernel, with its modules, has no such.
func needFileSystem(t *testing.T, name string) {
	t.Helper()
	fd, err := unix.Fsopen(name, unix.FSOPEN_CLOEXEC)
	if err == unix.ENODEV {
		t.Skipf("needs a kernel with %s file systems", name)
	}
	if err == nil {
		unix.Close(fd)
	}
}

func TestScreenReplacedImage(t *testing.T) {
	s := openScreener(t)
	cmd := exec.Command(movedImage(t))
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	key := keyOf(t, int32(cmd.Process.Pid))
	eventually(t, func() error {
		if got := screen(t, s, everything, key); got != metrics.ReplacedImage {
			return fmt.Errorf("traits %06b, want %06b", got, metrics.ReplacedImage)
		}
		return nil
	})
}

// eventually repeats what must come true.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestScreenStandardStreams(t *testing.T) {
	s := openScreener(t)
	tcp := func(network, address string) *os.File {
		t.Helper()
		fd, err := syscall.Socket(map[string]int{"tcp4": syscall.AF_INET, "tcp6": syscall.AF_INET6, "unix": syscall.AF_UNIX}[network], syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Skipf("no %s sockets: %v", network, err)
		}
		f := os.NewFile(uintptr(fd), address)
		t.Cleanup(func() { f.Close() })
		return f
	}
	for network, want := range map[string]metrics.Traits{"tcp4": metrics.NetworkStdio, "tcp6": metrics.NetworkStdio, "unix": 0} {
		child := startChild(t, "idle", func(cmd *exec.Cmd) { cmd.Stderr = tcp(network, "") })
		if got := screen(t, s, everything, keyOf(t, child.pid)); got&metrics.NetworkStdio != want {
			t.Errorf("%s as standard error: traits %06b, want %06b", network, got, want)
		}
		child = startChild(t, "idle", func(cmd *exec.Cmd) { cmd.ExtraFiles = []*os.File{tcp(network, "")} })
		if got := screen(t, s, everything, keyOf(t, child.pid)); got&metrics.NetworkStdio != 0 {
			t.Errorf("%s as descriptor 3: traits %06b", network, got)
		}
	}
}

// Who is not there has all traits.
func TestScreenOfTheGone(t *testing.T) {
	s := openScreener(t)
	me := self(t)
	other := me
	other.Start++
	keys := []metrics.ProcKey{{PID: 1<<22 - 1, Start: 1}, other, {PID: -1}, {}}
	traits := make([]metrics.Traits, len(keys))
	if err := s.Screen(context.Background(), everything, keys, traits); err != nil {
		t.Fatal(err)
	}
	for i, k := range keys {
		if traits[i] != metrics.AllTraits {
			t.Errorf("%+v: traits %06b", k, traits[i])
		}
	}
}

// More processes and bigger environments than one run has room for.
func TestScreenGoesOn(t *testing.T) {
	s := openScreener(t)
	big := []string{"BIG=" + strings.Repeat("x", 60_000)}
	var keys []metrics.ProcKey
	for i := range 5 {
		env := big
		if i == 3 {
			env = append(slices.Clone(big), "HISTSIZE=0")
		}
		keys = append(keys, keyOf(t, startChild(t, "idle", func(cmd *exec.Cmd) { cmd.Env = append([]string{childMode + "=idle"}, env...) }).pid))
	}
	for len(keys) < 1000 {
		keys = append(keys, keys[:5]...)
	}
	traits := make([]metrics.Traits, len(keys))
	eventually(t, func() error {
		if err := s.Screen(context.Background(), everything, keys, traits); err != nil {
			t.Fatal(err)
		}
		for i, got := range traits {
			if want := map[bool]metrics.Traits{true: metrics.NamedSetting}[i%5 == 3]; got != want {
				return fmt.Errorf("process %d: traits %06b, want %06b", i, got, want)
			}
		}
		return nil
	})
	if n := testing.AllocsPerRun(5, func() { _ = s.Screen(context.Background(), everything, keys, traits) }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func TestScreenerEnds(t *testing.T) {
	s := openScreener(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	one, traits := []metrics.ProcKey{self(t)}, make([]metrics.Traits, 1)
	if err := s.Screen(ctx, everything, one, traits); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its time: %v", err)
	}
	if err := s.Screen(context.Background(), &metrics.Question{Files: []string{"*key"}}, one, traits); err == nil {
		t.Error("a pattern that cannot be looked for is taken")
	}
	if ids := s.ProgramIDs(); len(ids) != 1 {
		t.Errorf("programs %v", ids)
	}
	s = NewScreener()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Screen(context.Background(), everything, one, traits); err == nil || len(s.ProgramIDs()) != 0 {
		t.Error("a closed screener is loaded")
	}
}

func FuzzSettings(f *testing.F) {
	f.Add([]byte("A=1\x00HISTSIZE=0\x00"), "HISTSIZE=0", "LD_")
	f.Add([]byte("\x00\x00LD_PRELOAD"), "LD_PRELOAD", "")
	f.Fuzz(func(t *testing.T, environ []byte, a, b string) {
		q := metrics.Question{Environ: []string{a, b}}
		if strings.Contains(a+b, "\x00") {
			t.Skip("no entry has a NUL")
		}
		want := false
		for _, e := range strings.Split(string(environ), "\x00") {
			for _, s := range q.Environ {
				want = want || s != "" && strings.HasPrefix(e, s)
			}
		}
		s := newSettings(q.Environ)
		if got := s.in(environ); got != want {
			t.Errorf("%q, looking for %q: %v, want %v", environ, q.Environ, got, want)
		}
	})
}
