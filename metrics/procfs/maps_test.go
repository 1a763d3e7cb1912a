//go:build linux

package procfs

import (
	"context"
	"os"
	"testing"

	"github.com/smoothtask/smoothtask/internal/proctest"
	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

const mapsText = `55a4b8a00000-55a4b8a21000 r-xp 00002000 fd:01 247278                     /usr/bin/a b (deleted)
7ffd0f7d9000-7ffd0f7fa000 rw-p 00000000 00:00 0                          [stack]
7f0000000000-7f0000001000 rwxp 00000000 00:00 0 
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`

func TestReadMaps(t *testing.T) {
	tree := proctest.New(t)
	tree.File("7/maps", mapsText)
	f := open(t, tree.Root)
	maps, total, err := f.ReadMaps(context.Background(), 7, 3)
	if err != nil || total != 4 || len(maps) != 3 {
		t.Fatalf("%d of %d mappings, %v", len(maps), total, err)
	}
	want := metrics.Mapping{Start: 0x55a4b8a00000, End: 0x55a4b8a21000, Perms: [4]byte{'r', '-', 'x', 'p'}, Offset: 0x2000,
		Dev: unix.Mkdev(0xfd, 1), Inode: 247278, Path: "/usr/bin/a b (deleted)"}
	if maps[0] != want {
		t.Errorf("got %+v\nwant %+v", maps[0], want)
	}
	if maps[1].Path != "[stack]" || maps[2].Path != "" || maps[2].Perms != [4]byte{'r', 'w', 'x', 'p'} || maps[2].Dev != 0 {
		t.Errorf("got %+v", maps[1:])
	}
}

func TestReadMapsLive(t *testing.T) {
	maps, total, err := open(t, "/proc").ReadMaps(context.Background(), int32(os.Getpid()), 10_000)
	if err != nil || total != len(maps) {
		t.Fatal(total, err)
	}
	exe, _ := os.Readlink("/proc/self/exe")
	var st unix.Stat_t
	if err := unix.Stat(exe, &st); err != nil {
		t.Fatal(err)
	}
	for _, m := range maps {
		if m.Path == exe && m.Perms[2] == 'x' && m.Inode == st.Ino && m.Dev == st.Dev {
			return
		}
	}
	t.Errorf("no executable mapping of %s among %d", exe, total)
}

func FuzzParseMapping(f *testing.F) {
	f.Add([]byte("55a4b8a00000-55a4b8a21000 r-xp 00002000 fd:01 247278   /usr/bin/x"))
	f.Add([]byte("0-0 ---p 0 0:0 0"))
	f.Add([]byte("1-2 rw"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, ok := parseMapping(b); ok && len(m.Path) > len(b) {
			t.Errorf("%q: %+v", b, m)
		}
	})
}
