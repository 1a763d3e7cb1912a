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
// process that started it.
func unprivileged() {
	const nobody = 65534
	parent := int32(os.Getppid())
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

func TestLiveUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	k := start(t)
	fmt.Fprintln(k.in, "unprivileged")
	var said []string
	for k.out.Scan() && k.out.Text() != "done" {
		said = append(said, k.out.Text())
	}
	all := strings.Join(said, "\n")
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
