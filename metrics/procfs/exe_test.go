//go:build linux

package procfs

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"golang.org/x/sys/unix"
)

// The mark of a deleted file stays where a file is called so, and belongs to no name
// that leads elsewhere.
func TestExePath(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a"+deleted)
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var stx unix.Statx_t
	if err := statCached(name, &stx); err != nil {
		t.Fatal(err)
	}
	file := ExeFile{Dev: unix.Mkdev(stx.Dev_major, stx.Dev_minor), Inode: stx.Ino, Nlink: 1}
	link := filepath.Join(t.TempDir(), "b"+deleted)
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	bare := func(s string) string { return s[:len(s)-len(deleted)] }
	gone, other, elsewhere := file, file, file
	gone.Nlink = 0
	other.Inode++
	elsewhere.Dev++
	for _, tt := range []struct {
		link string
		file ExeFile
		want string
	}{
		{name, file, name},
		{name, gone, bare(name)},
		{name, other, bare(name)},
		{name, elsewhere, bare(name)},
		{link, file, bare(link)}, // the kernel gives no path that is a link
		{bare(name), file, bare(name)},
		{"/no/such" + deleted, file, "/no/such"},
	} {
		if got := exePath(tt.link, tt.file); got != tt.want {
			t.Errorf("%s of %+v: %s, want %s", tt.link, tt.file, got, tt.want)
		}
	}
}

// What the kernel would have to look up is not asked for: the file of a process that
// nobody has ever named stands for one on a server.
func TestStatCachedLooksNothingUp(t *testing.T) {
	var stx unix.Statx_t
	how := unix.OpenHow{Flags: unix.O_PATH, Resolve: 0x20}
	if fd, err := unix.Openat2(unix.AT_FDCWD, "/", &how); err != nil {
		t.Skipf("needs openat2 with RESOLVE_CACHED, Linux 5.12: %v", err)
	} else {
		unix.Close(fd)
	}
	pid := strconv.Itoa(int(proctest.Crowd(t, 1)[0]))
	if err := statCached("/proc/"+pid+"/timerslack_ns", &stx); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("got %v, want %v", err, unix.EAGAIN)
	}
}
