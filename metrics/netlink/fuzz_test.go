//go:build linux

package netlink

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// everyListing is all listings, with those that stand in for others.
func everyListing() (all []*listing) {
	for _, l := range listings(nil) {
		if l.file != "" {
			all = append(all, l)
		}
		all = append(all, l.instead...)
	}
	return all
}

// FuzzAnswer feeds the kernel's side of a dump with anything.
func FuzzAnswer(f *testing.F) {
	f.Add(join(row1(1), row1(2), msg(unix.NLMSG_DONE, 0, 0, number32(0))))
	f.Add(join(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 0, inetAnswer(nil)), row1(2)[:30]))
	f.Add(msg(unix.NLMSG_ERROR, 0, 0, number32(-2)))
	f.Add(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 0, append(make([]byte, sizeofUnixDiagMsg), attribute(unixDiagName, []byte("\x00a\x00b"))...)))
	f.Add([]byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range everyListing() {
			k := &fakeKernel{scripts: [][]datagram{{{data: bytes.Clone(data)}}}}
			d := dumper{open: k.open, name: newOwnerCache(10).name}
			got, err := d.dump(context.Background(), l.request, l.proto, l.decode, nil)
			if err != nil && len(got) != 0 && err != errInterrupted {
				t.Fatalf("%d sockets with error %v", len(got), err)
			}
			if len(got)*sizeofUnixDiagMsg > len(data) {
				t.Fatalf("%d sockets out of %d bytes", len(got), len(data))
			}
			for _, s := range got {
				if len(s.Name) > maxUnixName || strings.ContainsRune(s.Name, 0) || s.Proto != l.proto {
					t.Fatalf("%+v", s)
				}
			}
		}
	})
}

// FuzzLine feeds the parsers of /proc/net with anything.
func FuzzLine(f *testing.F) {
	for _, file := range []string{tcpFile, tcp6File, rawFile, unixFile, packetFile} {
		for line := range strings.Lines(file) {
			f.Add([]byte(strings.TrimSuffix(line, "\n")))
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		for _, l := range everyListing() {
			var s, again metrics.Socket
			name, ok := l.parse(line, &s)
			if len(name) > maxUnixName || !ok && name != nil {
				t.Fatalf("name %q, ok %v", name, ok)
			}
			if _, same := l.parse(line, &again); same != ok || ok && s != again {
				t.Fatal("two readings of one line differ")
			}
		}
		if !bytes.Equal(before, line) {
			t.Fatal("the line was changed")
		}
	})
}

// FuzzNumber compares number with the slow and sure way.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"", "0", "ff", "FFFFFFFF", "100000000", "18446744073709551615", "18446744073709551616", "-1", "9a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, base := range []int{10, 16} {
			for _, bits := range []int{8, 16, 31, 32, 64} {
				want, err := parseUint(s, base, bits)
				got, ok := number([]byte(s), uint64(base), bits)
				if ok != (err == nil) || ok && got != want {
					t.Fatalf("number(%q, %d, %d) = %d, %v; want %d, %v", s, base, bits, got, ok, want, err)
				}
			}
		}
	})
}

func parseUint(s string, base, bits int) (uint64, error) {
	if len(s) > 20 {
		return 0, errMalformed
	}
	return strconv.ParseUint(s, base, bits)
}
