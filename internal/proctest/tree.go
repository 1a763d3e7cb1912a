package proctest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Tree is a proc file system made of ordinary files, which ends with the test.
type Tree struct {
	Root string
	tb   testing.TB
}

// New makes an empty tree.
func New(tb testing.TB) *Tree {
	tb.Helper()
	return &Tree{Root: tb.TempDir(), tb: tb}
}

// Process writes the files of a process, in place of those that were there.
func (t *Tree) Process(pid int32, p P) {
	t.tb.Helper()
	p = p.defaults(pid)
	id := strconv.Itoa(int(pid))
	t.File(id+"/stat", p.stat(pid))
	t.File(id+"/comm", p.Comm+"\n")
	t.File(id+"/status", p.status(pid))
	t.File(id+"/cmdline", p.Cmdline)
	if p.Environ != "" {
		t.File(id+"/environ", p.Environ)
	}
	t.File(id+"/cgroup", p.Cgroup)
	t.File(id+"/io", p.IO.text())
	t.Link(id+"/exe", p.Exe)
	t.Link(id+"/cwd", p.Cwd)
	for ns, inode := range p.Namespaces {
		t.Link(id+"/ns/"+ns, fmt.Sprintf("%s:[%d]", ns, inode))
	}
	for fd, target := range p.FDs {
		t.Link(id+"/fd/"+strconv.Itoa(fd), target)
	}
}

// Remove takes a process out.
func (t *Tree) Remove(pid int32) {
	t.tb.Helper()
	t.check(os.RemoveAll(t.path(strconv.Itoa(int(pid)))))
}

// File writes a file, its path relative to the root. An existing one keeps its
// inode, so that who has it open sees the new text, as in the kernel's tree.
func (t *Tree) File(name, text string) {
	t.tb.Helper()
	t.check(os.MkdirAll(filepath.Dir(t.path(name)), 0o755))
	t.check(os.WriteFile(t.path(name), []byte(text), 0o644))
}

// Link writes a symbolic link, or with target "" takes it away.
func (t *Tree) Link(name, target string) {
	t.tb.Helper()
	t.check(os.MkdirAll(filepath.Dir(t.path(name)), 0o755))
	t.check(os.RemoveAll(t.path(name)))
	if target != "" {
		t.check(os.Symlink(target, t.path(name)))
	}
}

func (t *Tree) path(name string) string {
	if !filepath.IsLocal(name) {
		t.tb.Fatalf("proctest: %q is not below the root", name)
	}
	return filepath.Join(t.Root, name)
}

func (t *Tree) check(err error) {
	t.tb.Helper()
	if err != nil {
		t.tb.Fatalf("proctest: %v", err)
	}
}

// escape writes a name as the kernel does in status.
func escape(comm string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(comm)
}
