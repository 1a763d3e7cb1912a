package ui

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/metrics"
)

// clickOn clicks on the first place of the screen that shows a text.
func (r *robot) clickOn(text string) {
	r.t.Helper()
	for y, l := range strings.Split(r.text(), "\n") {
		if before, _, ok := strings.Cut(l, text); ok {
			r.send(tea.MouseMsg{X: len([]rune(before)), Y: y, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
			return
		}
	}
	r.t.Errorf("no %q to click on:\n%s", text, r.text())
}

// Each mode of the network keeps its own columns and order, however it is reached
// and from one run to the next.
func TestNetworkModesKeepTheirOwnColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	with := func(o *Options) { o.StatePath = path }
	r := newRobot(t, 60, 120, 30, with)
	r.frames(2)
	r.press("3", "m", "m", "c", "j", " ", "esc")
	r.wants("NAME", "SOCK")
	r.lacks("PID")
	r.press("2", "N", "down", "o")
	r.wants("LOCAL", "REMOTE", "PROCESS", "RTT")
	r.press("esc", "3")
	r.wants("NAME", "SOCK")
	r.lacks("PID")
	if err := r.m.remember(); err != nil {
		t.Fatal(err)
	}
	r = newRobot(t, 60, 120, 30, with)
	r.frames(2)
	r.press("3")
	r.wants("LOCAL", "REMOTE", "PROCESS")
	r.press("m", "m")
	r.wants("NAME", "SOCK")
	r.lacks("PID")
}

// A file of an older version may hold the columns of groups for all modes.
func TestOldStateDoesNoHarmToTheNetwork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	old := `{"view":"network","tables":{"network":{"sort":"sockets","columns":["name","sockets","rx","tx","rxbytes","txbytes","retrans","rtt"]},"processes":{"sort":"rss"}}}`
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRobot(t, 60, 120, 30, func(o *Options) { o.StatePath = path })
	r.frames(2)
	r.wants("LOCAL", "REMOTE", "PROCESS")
	if r.m.procs.list.sortBy != "rss" {
		t.Errorf("processes are sorted by %s", r.m.procs.list.sortBy)
	}
}

// withSockets adds sockets of the first process to the next frame.
func withSockets(r *robot, add ...metrics.Socket) {
	f := r.mc.frame()
	for _, s := range add {
		s.Owner = f.Snapshot.Processes[0].Key
		f.Snapshot.Sockets = append(f.Snapshot.Sockets, s)
		f.Rates.Sockets = append(f.Rates.Sockets, metrics.SocketRate{RxBps: 1e9})
	}
	r.send(frameMsg{f})
}

var (
	loopbackListener = metrics.Socket{Family: syscall.AF_INET, Proto: metrics.TCP, State: metrics.Listen, LocalIP: netip.MustParseAddr("127.0.0.1").As16(), LocalPort: 61, RxQueue: 3, TxQueue: 4096}
	unixListener     = metrics.Socket{Family: syscall.AF_UNIX, Proto: metrics.Unix, State: metrics.Listen, Name: "/run/containerd/io.containerd.runtime.v2/containerd.sock"}
	longPeer         = metrics.Socket{Family: syscall.AF_INET6, Proto: metrics.TCP, State: metrics.Established, HasInfo: true, LocalPort: 40000, RemotePort: 443,
		LocalIP: netip.MustParseAddr("2001:db8:1234:5678:9abc:def0:1234:5678").As16(), RemoteIP: netip.MustParseAddr("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff").As16()}
)

func TestListenersShowWhereTheyListen(t *testing.T) {
	r := newRobot(t, 60, 80, 24, nil)
	withSockets(r, loopbackListener, unixListener)
	r.press("3", "m")
	r.wants("LOCAL", "WAIT", "PROCESS", "/run/containerd/")
	r.lacks("REMOTE", "RTT", "RX/s")
	if row := strings.Fields(r.row(" 127.0.0.1 ")); !slices.Equal(row, []string{"tcp", "listen", "127.0.0.1", "61", "3", "4096", "1", "systemd"}) {
		t.Errorf("the listener is shown as %q", row)
	}
	r.send(tea.WindowSizeMsg{Width: 120, Height: 24})
	r.wants(unixListener.Name)
}

func TestLongAddressesAreWholeWhereThereIsRoom(t *testing.T) {
	r := newRobot(t, 60, 200, 50, nil)
	withSockets(r, longPeer)
	r.press("3")
	r.wants(longPeer.Local().Addr().String(), longPeer.Remote().Addr().String(), "systemd")
}

// Enter on a group shows its sockets, within the filter that is in force; Esc comes
// back to the group.
func TestGroupsLeadToTheirSockets(t *testing.T) {
	mapped := longPeer
	mapped.RemoteIP = netip.MustParseAddr("::ffff:192.0.2.7").As16()
	nowhere := longPeer
	nowhere.RemoteIP, nowhere.Proto, nowhere.State, nowhere.LocalPort = [16]byte{}, metrics.UDP, metrics.Established, 0
	for _, tc := range []struct {
		modes  int
		filter string
		socket metrics.Socket
		want   string
		shown  int
	}{
		{3, "", longPeer, "raddr=2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", 1},
		{3, "", mapped, "raddr=192.0.2.7", 1},
		{3, "lport=0", nowhere, "(lport=0) and not raddr=0.0.0.0/0 and not raddr=::/0", 1},
		{4, "rport=443", longPeer, "(rport=443) and proto=tcp and port=443", 1},
		{4, "laddr=127.0.0.1", loopbackListener, "(laddr=127.0.0.1) and proto=tcp and port=61", 1},
	} {
		r := newRobot(t, 60, 160, 30, nil)
		withSockets(r, tc.socket)
		r.press("3")
		r.m.queries[networkView].set(tc.filter)
		for range tc.modes {
			r.press("m")
		}
		before := r.m.network.mode
		r.press("enter")
		if q := r.m.filterOf(networkView); q.text != tc.want || q.err != nil {
			t.Errorf("filter %q (%v), want %q", q.text, q.err, tc.want)
		}
		if n := len(r.m.network.table().index); n != tc.shown {
			t.Errorf("%s: %d sockets, want %d:\n%s", tc.want, n, tc.shown, r.text())
		}
		r.press("esc")
		if q := r.m.filterOf(networkView); q.text != tc.filter || r.m.network.mode != before {
			t.Errorf("Esc comes back to mode %d with %q", r.m.network.mode, q.text)
		}
	}
}

func TestNetworkModesAndDialogsAreClickable(t *testing.T) {
	r := newRobot(t, 60, 120, 30, nil)
	r.frames(2)
	r.press("3")
	r.clickOn("by peer")
	if r.m.network.mode != byPeer {
		t.Fatalf("mode %d after a click on by peer", r.m.network.mode)
	}
	r.press("s")
	r.clickOn("Sort by") // the title is no choice
	r.wants("Sort by")
	r.clickOn("  by process") // outside of the dialog
	r.wants("Sort by")
	r.clickOn("NAME     what")
	r.lacks("Sort by")
	if s := r.m.network.table().sortBy; s != "name" {
		t.Errorf("sorted by %s", s)
	}
	r.press("c")
	r.clickOn("ESTAB    est")
	r.clickOn("SOCK     sockets") // turned off: the dialog stays
	r.press("esc")
	if slices.Contains(r.m.network.table().chosen, "sockets") {
		t.Errorf("columns %v", r.m.network.table().chosen)
	}
}

// What acts on processes needs a click to select and one to confirm.
func TestOneClickSendsNoSignal(t *testing.T) {
	r := newRobot(t, 60, 120, 30, nil)
	r.frames(2)
	r.press("2", "N", "down", "f9")
	r.clickOn("15 TERM")
	if len(r.op.asked) != 0 {
		t.Fatalf("one click sent %v", r.op.asked)
	}
	r.clickOn("15 TERM")
	if len(r.op.asked) != 1 {
		t.Errorf("asked for %v", r.op.asked)
	}
}
