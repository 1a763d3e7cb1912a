//go:build linux

package procfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// unprivileged is the child's side: it becomes nobody and says what it sees of the
// process that started it. With options, it mounts a proc file system over /proc
// before, in a mount namespace of its own.
func unprivileged(options string) {
	const nobody = 65534
	parent := int32(os.Getppid())
	if options != "" {
		// The thread is locked, and so the only one that leaves the mounts of others.
		if err := errors.Join(unix.Unshare(unix.CLONE_NEWNS|unix.CLONE_FS), unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Mount("proc", "/proc", "proc", 0, options)); err != nil {
			fmt.Println("cannot mount:", err)
			return
		}
	}
	if err := errors.Join(unix.Setgroups(nil), unix.Setresgid(nobody, nobody, nobody), unix.Setresuid(nobody, nobody, nobody)); err != nil {
		fmt.Println("drop privileges:", err)
		return
	}
	s, err := New(Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	var procs []metrics.Process
	for range 2 {
		if procs, err = s.Append(context.Background(), procs[:0]); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, p := range procs {
		if p.Key.PID == parent {
			fmt.Printf("parent comm=%q user=%s cmdline=%v exe=%q hasexe=%v hasio=%v deleted=%v\n", p.ID.Comm, p.ID.User,
				p.Has(metrics.HasCmdline) && p.ID.Cmdline != "", p.ID.Exe, p.Has(metrics.HasExeFile), p.Has(metrics.HasIO), p.Deleted())
		}
		if p.Key.PID == int32(os.Getpid()) {
			fmt.Printf("self user=%d/%d\n", p.UID, p.EUID)
		}
	}
	for _, g := range s.Gaps() {
		fmt.Printf("gap %s | %s | %s\n", g.What, g.Why, g.Needs)
	}
	_, _, err = s.FS().ReadEnviron(context.Background(), parent)
	fmt.Println("environ is denied:", errors.Is(err, fs.ErrPermission))
}

// askNobody is what a child says that becomes nobody.
func askNobody(t *testing.T, options string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	k := start(t)
	fmt.Fprintln(k.in, "unprivileged "+options)
	var said []string
	for k.out.Scan() && k.out.Text() != "done" {
		said = append(said, k.out.Text())
	}
	return strings.Join(said, "\n")
}

// Where the mount hides the processes of others, that is said; what is ours is
// there.
func TestLiveHidepid(t *testing.T) {
	for option, gap := range map[string]string{
		"hidepid=1": "of other users | permission denied below", // listed, and nothing to be read of them
		"hidepid=2": "gap processes of other users | ",
	} {
		all := askNobody(t, option)
		if strings.Contains(all, "cannot mount") {
			t.Skip("no right to mount a proc file system: " + all)
		}
		if !strings.Contains(all, gap) || !strings.Contains(all, "mounted with hidepid=") ||
			!strings.Contains(all, "self user=65534/65534") || strings.Contains(all, "parent comm") {
			t.Errorf("%s: %s", option, all)
		}
	}
}

func TestLiveUnprivileged(t *testing.T) {
	all := askNobody(t, "")
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("parent comm=%q user=root cmdline=true exe=\"\" hasexe=false hasio=false deleted=false", strings.TrimSpace(string(comm))),
		"self user=65534/65534",
		"gap programs, directories and namespaces of ",
		"gap I/O counters of ",
		"| root or CAP_SYS_PTRACE",
		"environ is denied: true",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("missing: %s\nin:\n%s", want, all)
		}
	}
}
