//go:build linux

package procfs

import (
	"fmt"
	"testing"
)

func TestParseNamespace(t *testing.T) {
	for text, want := range map[string]uint32{
		"net:[4026531840]": 4026531840, "mnt:[1]": 1, "a[b:[7]": 0, "": 0, "net:": 0, "net:[": 0, "net:[]": 0,
		"net:[4026531840": 0, "net:[4026531840]x": 0, "net:[-1]": 0, "net:[4294967296]": 0, "net:[18446744073709551617]": 0,
	} {
		if got := parseNamespace([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func FuzzParseNamespace(f *testing.F) {
	for _, text := range []string{"net:[4026531840]", "net:[", "[]", "net:[4294967296]", "net:[1]]", "[0000000000000000000001]"} {
		f.Add([]byte(text), uint32(len(text)))
	}
	f.Fuzz(func(t *testing.T, b []byte, inode uint32) {
		n := parseNamespace(b)
		if again := parseNamespace(b); n != again {
			t.Errorf("%q: %d and %d", b, n, again)
		}
		if n != 0 && b[len(b)-1] != ']' {
			t.Errorf("%q: %d without its end", b, n)
		}
		if got := parseNamespace(fmt.Appendf(nil, "net:[%d]", inode)); got != inode {
			t.Errorf("%d of inode %d", got, inode)
		}
	})
}
