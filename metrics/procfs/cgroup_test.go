//go:build linux

package procfs

import (
	"bytes"
	"testing"
)

func TestParseCgroup(t *testing.T) {
	for _, tt := range []struct{ text, best, unified string }{
		{"0::/user.slice/session-3.scope\n", "/user.slice/session-3.scope", "/user.slice/session-3.scope"},
		{"0::/\n", "/", "/"},
		{"12:cpu,cpuacct:/docker/a\n1:name=systemd:/docker/b\n0::/\n", "/docker/b", "/"},
		{"12:cpu,cpuacct:/docker/a\n1:name=systemd:/\n0::/\n", "/docker/a", "/"},
		{"4:memory:/m\n9:name=systemd:/\n1:cpu:/\n0::/\n", "/m", "/"},
		{"4:cpu:/c\n1:name=systemd:/s\n", "/s", ""},
		{"1:name=systemd:/s\n0::/u\n", "/u", "/u"},
		{"0::/a:b\n", "/a:b", "/a:b"},
		{"0::/u", "/u", "/u"},
		{"", "", ""},
		{"garbage\n1:\n2:x\n3:y:relative\n", "", ""},
	} {
		best, unified := parseCgroup([]byte(tt.text))
		if string(best) != tt.best || string(unified) != tt.unified {
			t.Errorf("%q: %q and %q, want %q and %q", tt.text, best, unified, tt.best, tt.unified)
		}
	}
}

func FuzzParseCgroup(f *testing.F) {
	f.Add([]byte("12:cpu,cpuacct:/docker/a\n1:name=systemd:/docker/b\n0::/\n"))
	f.Add([]byte("0::"))
	f.Fuzz(func(t *testing.T, b []byte) {
		best, unified := parseCgroup(b)
		for _, p := range [][]byte{best, unified} {
			if len(p) > 0 && (p[0] != '/' || !bytes.Contains(b, p)) {
				t.Errorf("%q is no path of %q", p, b)
			}
		}
	})
}
