//go:build linux

package netlink

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

const (
	inetHeading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

	tcpFile = inetHeading +
		"   0: 0100007F:0016 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 580 1 0000000000000000 100 0 0 10 0\n" +
		"   1: 0100007F:0016 0200007F:C350 01 00000007:00000002 01:00000018 00000000     0        0 4294967295 2 0000000000000000 20 4 30 10 -1\n" +
		"   2: 0100007F:C350 0100007F:0016 06 00000000:00000000 03:00001766 00000000     0        0 0 3 0000000000000000\n"

	tcp6File = inetHeading +
		"   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0000000000000000 100 0 0 10 0\n"

	rawFile = inetHeading +
		"   1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 0\n"

	unixFile = "Num       RefCount Protocol Flags    Type St Inode Path\n" +
		"0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/a b\n" +
		"0000000000000000: 00000003 00000000 00000000 0001 03 12\n" +
		"0000000000000000: 00000002 00000000 00000000 0002 01 13 @abstract@@x\n" +
		"0000000000000000: 00000002 00000000 00000000 0001 02     0 /run/pending\n"

	packetFile = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n" +
		"0000000000000000 3      3    0003   2     1 512    1000   21\n" +
		"0000000000000000 3      2    0800   0     0 0      0      22\n" +
		"0000000000000000 3      2    1234   0     0 0      0      23\n"
)

// writeProc makes a proc directory out of files.
func writeProc(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func newSockets(t testing.TB, o Options) *Sockets {
	t.Helper()
	s, err := NewSockets(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// refuse makes a Sockets that may not use netlink.
func refuse(s *Sockets) *Sockets {
	s.dump.open = func() (transport, error) { return nil, unix.EPROTONOSUPPORT }
	return s
}

func TestFilesWhereNetlinkIsRefused(t *testing.T) {
	s := refuse(newSockets(t, Options{Proc: writeProc(t, map[string]string{
		"net/tcp": tcpFile, "net/tcp6": tcp6File, "net/udp": inetHeading, "net/raw": rawFile,
		"net/unix": unixFile, "net/packet": packetFile,
	})}))
	got, err := s.Append(context.Background(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	v4 := func(last byte) [16]byte { return mapped([4]byte{127, 0, 0, last}) }
	any4 := mapped([4]byte{})
	want := []metrics.Socket{
		{Proto: metrics.TCP, Family: unix.AF_INET, State: metrics.Listen, LocalIP: v4(1), LocalPort: 22, RemoteIP: any4, RxQueue: 3, UID: 1000, Inode: 580},
		{Proto: metrics.TCP, Family: unix.AF_INET, State: metrics.Established, LocalIP: v4(1), LocalPort: 22, RemoteIP: v4(2), RemotePort: 50000, RxQueue: 2, TxQueue: 7, Inode: 4294967295},
		{Proto: metrics.TCP, Family: unix.AF_INET, State: metrics.TimeWait, LocalIP: v4(1), LocalPort: 50000, RemoteIP: v4(1), RemotePort: 22},
		{Proto: metrics.TCP, Family: unix.AF_INET6, State: metrics.Listen, LocalIP: [16]byte{15: 1}, LocalPort: 80, Inode: 99},
		{Proto: metrics.Raw, Family: unix.AF_INET, State: metrics.Close, LocalIP: any4, LocalPort: 1, RemoteIP: any4, Inode: 4711},
		{Proto: metrics.Packet, Family: unix.AF_PACKET, State: metrics.Close, Name: "all", Interface: 2, RxQueue: 512, UID: 1000, Inode: 21},
		{Proto: metrics.Packet, Family: unix.AF_PACKET, State: metrics.Close, Name: "ip", Inode: 22},
		{Proto: metrics.Packet, Family: unix.AF_PACKET, State: metrics.Close, Name: "0x1234", Inode: 23},
		{Proto: metrics.Unix, Family: unix.AF_UNIX, State: metrics.Listen, Name: "/run/a b", Inode: 11},
		{Proto: metrics.Unix, Family: unix.AF_UNIX, State: metrics.Established, Inode: 12},
		{Proto: metrics.Unix, Family: unix.AF_UNIX, State: metrics.Close, Name: "@abstract@@x", Inode: 13},
		{Proto: metrics.Unix, Family: unix.AF_UNIX, State: metrics.Established, Name: "/run/pending"},
	}
	for i := range want {
		want[i].FD = -1
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sockets differ (-want +got):\n%s", diff)
	}

	var gaps []string
	for _, g := range s.Gaps() {
		gaps = append(gaps, g.What)
		if !strings.Contains(g.Why, unix.EPROTONOSUPPORT.Error()) {
			t.Errorf("gap %q does not say why: %q", g.What, g.Why)
		}
	}
	if diff := cmp.Diff([]string{lostOfTCP, "users of unix sockets"}, gaps); diff != "" {
		t.Errorf("gaps differ (-want +got):\n%s", diff)
	}
}

func TestKindThatCannotBeListedIsAGap(t *testing.T) {
	s := refuse(newSockets(t, Options{Proc: writeProc(t, map[string]string{"net/tcp": tcpFile, "net/unix": unixFile})}))
	if _, err := s.Append(context.Background(), nil, nil); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, g := range s.Gaps() {
		found[g.What] = true
	}
	// Without IPv6 in the kernel its files are not there, and nothing is missing.
	for what, want := range map[string]bool{"packet sockets": true, "UDP sockets over IPv4": true, "UDP sockets over IPv6": false} {
		if found[what] != want {
			t.Errorf("gap %q: %v, want %v", what, found[what], want)
		}
	}
}

// A line that ends beyond the buffer is put together again.
func TestReadAcrossTheBuffer(t *testing.T) {
	root := writeProc(t, map[string]string{"net/unix": unixFile + strings.Repeat("0000000000000000: 00000002 00000000 00000000 0002 01 13 /a/long/name\n", 50)})
	whole := newSockets(t, Options{Proc: root})
	want, err := whole.files.read(context.Background(), "net/unix", metrics.Unix, parseUnix, nil)
	if err != nil || len(want) != 54 {
		t.Fatal(len(want), err)
	}
	for _, size := range []int{80, 97, 128, 1000} {
		s := newSockets(t, Options{Proc: root})
		s.files.buf = make([]byte, size)
		got, err := s.files.read(context.Background(), "net/unix", metrics.Unix, parseUnix, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("a buffer of %d bytes (-want +got):\n%s", size, diff)
		}
	}
}

func TestNewSocketsNamesTheDirectory(t *testing.T) {
	_, err := NewSockets(Options{Proc: "/nonexistent/proc"})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/nonexistent/proc") {
		t.Error(err)
	}
}
