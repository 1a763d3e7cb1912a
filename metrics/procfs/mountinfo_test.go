//go:build linux

package procfs

import (
	"context"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

const mountLine = `36 35 98:0 /mnt1 /mnt\0402\134x rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue`

func TestParseMount(t *testing.T) {
	m, ok := parseMount([]byte(mountLine))
	want := Mount{ID: 36, Parent: 35, Dev: unix.Mkdev(98, 0), Root: "/mnt1", Point: `/mnt 2\x`, Options: "rw,noatime",
		Type: "ext3", Source: "/dev/root", Super: "rw,errors=continue"}
	if !ok || m != want {
		t.Errorf("got %+v\nwant %+v", m, want)
	}
	for _, bad := range []string{"", " - ", "36 35 98:0 / /mnt rw", "36 35 98 / /mnt rw - a b c", "1 2 3:4 / / - ext4 x y"} {
		if _, ok := parseMount([]byte(bad)); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestReadMountsLive(t *testing.T) {
	mounts, err := open(t, "/proc").ReadMounts(context.Background(), int32(os.Getpid()), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mounts {
		if m.Type == "proc" && m.Point == "/proc" {
			return
		}
	}
	t.Errorf("/proc is not among %d mounts", len(mounts))
}

func TestHidepid(t *testing.T) {
	for options, want := range map[string]string{
		"rw": "", "rw,hidepid=0": "", "rw,hidepid=off": "", "rw,gid=4,hidepid=2": "2", "rw,hidepid=invisible": "invisible",
	} {
		if got := hidepid(options); got != want {
			t.Errorf("%q: %q, want %q", options, got, want)
		}
	}
}

func FuzzParseMount(f *testing.F) {
	f.Add([]byte(mountLine))
	f.Add([]byte(`1 2 3:4 \ \0 \04 - a b c`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, ok := parseMount(b); ok && len(m.Point) > len(b) {
			t.Errorf("%q: %+v", b, m)
		}
	})
}
