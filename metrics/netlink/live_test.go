//go:build linux

package netlink

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// cycle lists the sockets of the machine with the processes of this moment.
func cycle(t testing.TB, s *Sockets) []metrics.Socket {
	t.Helper()
	list, err := s.Append(context.Background(), processes(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func withInode(list []metrics.Socket, inode uint64) *metrics.Socket {
	for i := range list {
		if list[i].Inode == inode {
			return &list[i]
		}
	}
	return nil
}

// fileOf is a second descriptor of a connection, which keeps its inode known.
func fileOf(t testing.TB, c interface{ File() (*os.File, error) }) *os.File {
	t.Helper()
	f, err := c.File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func socketInodeOf(t testing.TB, c interface{ File() (*os.File, error) }) uint64 {
	t.Helper()
	f := fileOf(t, c)
	defer f.Close()
	return inodeOf(t, int(f.Fd()))
}

func rawSocket(t testing.TB, family, kind, proto int) int {
	t.Helper()
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func TestConnectionOverLoopback(t *testing.T) {
	for _, network := range []string{"tcp4", "tcp6"} {
		t.Run(network, func(t *testing.T) {
			address := map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"}[network]
			l, err := net.Listen(network, address)
			if err != nil {
				t.Skipf("no %s on this machine: %v", network, err)
			}
			defer l.Close()
			near, err := net.Dial(network, l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer near.Close()
			far, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer far.Close()
			const size = 300_000
			go near.Write(make([]byte, size))
			if _, err := io.ReadFull(far, make([]byte, size)); err != nil {
				t.Fatal(err)
			}

			s := newSockets(t, Options{})
			listen, a, b := socketInodeOf(t, l.(*net.TCPListener)), socketInodeOf(t, near.(*net.TCPConn)), socketInodeOf(t, far.(*net.TCPConn))
			var list []metrics.Socket
			eventually(t, "all bytes acknowledged, and an owner", func() bool {
				list = cycle(t, s)
				n := withInode(list, a)
				return n != nil && n.TxBytes >= size && n.Owner.PID != 0
			})
			n, f := withInode(list, a), withInode(list, b)
			if f == nil {
				t.Fatal("the accepting end is not listed")
			}
			if n.Local().String() != near.LocalAddr().String() || n.Remote().String() != near.RemoteAddr().String() {
				t.Errorf("%v → %v, want %v → %v", n.Local(), n.Remote(), near.LocalAddr(), near.RemoteAddr())
			}
			if !n.HasInfo || n.State != metrics.Established || n.Proto != metrics.TCP || n.Cookie == 0 || n.RTTMicros == 0 {
				t.Errorf("%+v", *n)
			}
			// SYN and FIN count as a byte each.
			if n.TxBytes > size+2 || f.RxBytes < size || f.RxBytes > size+2 || n.RxBytes != 0 {
				t.Errorf("sent %d, received %d, want %d", n.TxBytes, f.RxBytes, size)
			}
			if n.Owner.PID != int32(os.Getpid()) {
				t.Errorf("owner %v", n.Owner)
			}
			w := withInode(list, listen)
			if w == nil || w.State != metrics.Listen || !w.Listening() || w.HasInfo || w.Local().String() != l.Addr().String() {
				t.Errorf("listener %+v", w)
			}
		})
	}
}

func TestTimeWaitHasNoInode(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	local := near.LocalAddr().String()
	near.Close()
	far.Close()
	s := newSockets(t, Options{})
	eventually(t, "the closed end is in TIME_WAIT", func() bool {
		for _, k := range cycle(t, s) {
			if k.State == metrics.TimeWait && k.Local().String() == local {
				return k.Inode == 0 && k.Owner.PID == 0 && k.Holders == 0 && !k.HasInfo
			}
		}
		return false
	})
}

// A listener whose queue is full does not answer: the next connection stays in
// SYN_SENT.
func TestSynSent(t *testing.T) {
	l := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := unix.Bind(l, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(l, 0); err != nil {
		t.Fatal(err)
	}
	address, err := unix.Getsockname(l)
	if err != nil {
		t.Fatal(err)
	}
	mine := map[uint64]bool{}
	for range 4 {
		c := rawSocket(t, unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err := unix.Connect(c, address); err != nil && err != unix.EINPROGRESS {
			t.Fatal(err)
		}
		mine[inodeOf(t, c)] = true
	}
	s := newSockets(t, Options{})
	eventually(t, "a connection in SYN_SENT, and waiting ones counted at the listener", func() bool {
		list := cycle(t, s)
		sent := false
		for _, k := range list {
			sent = sent || mine[k.Inode] && k.State == metrics.SynSent && k.Owner.PID == int32(os.Getpid())
		}
		w := withInode(list, inodeOf(t, l))
		return sent && w != nil && w.RxQueue > 0
	})
}

// local makes one socket of each kind and returns their inodes.
func local(t *testing.T) map[string]uint64 {
	t.Helper()
	made := map[string]uint64{}
	path := filepath.Join(t.TempDir(), "socket with space")
	for name, address := range map[string]string{"unix path": path, "unix abstract": "@smoothtask\x00test" + filepath.Base(t.TempDir())} {
		l, err := net.Listen("unix", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		made[name] = socketInodeOf(t, l.(*net.UnixListener))
	}
	for name, address := range map[string]string{"udp4": "127.0.0.1:0", "udp6": "[::1]:0"} {
		c, err := net.ListenPacket(name, address)
		if err != nil {
			t.Logf("no %s on this machine: %v", name, err)
			continue
		}
		t.Cleanup(func() { c.Close() })
		made[name] = socketInodeOf(t, c.(*net.UDPConn))
		d, err := net.Dial(name, c.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		made[name+" connected"] = socketInodeOf(t, d.(*net.UDPConn))
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	made["tcp4 listen"] = socketInodeOf(t, l.(*net.TCPListener))
	d, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	made["tcp4"] = socketInodeOf(t, d.(*net.TCPConn))
	if l6, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		t.Cleanup(func() { l6.Close() })
		made["tcp6 listen"] = socketInodeOf(t, l6.(*net.TCPListener))
	}
	if os.Geteuid() == 0 {
		// Packet sockets for a protocol that nobody speaks see no traffic.
		p := rawSocket(t, unix.AF_PACKET, unix.SOCK_RAW, int(0x3412))
		if err := unix.Bind(p, &unix.SockaddrLinklayer{Protocol: 0x3412, Ifindex: 1}); err != nil {
			t.Fatal(err)
		}
		made["packet"] = inodeOf(t, p)
		made["raw4"] = inodeOf(t, rawSocket(t, unix.AF_INET, unix.SOCK_RAW, 253)) // for experiments, RFC 3692
		if fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 253); err == nil {
			t.Cleanup(func() { unix.Close(fd) })
			made["raw6"] = inodeOf(t, fd)
		}
	} else {
		t.Log("packet and raw sockets are left out: they need root")
	}
	return made
}

func TestKindsOfSocket(t *testing.T) {
	made := local(t)
	list := cycle(t, newSockets(t, Options{}))
	check := map[string]func(k *metrics.Socket) bool{
		"unix path":     func(k *metrics.Socket) bool { return k.Listening() && filepath.Base(k.Name) == "socket with space" },
		"unix abstract": func(k *metrics.Socket) bool { return k.Listening() && k.Name[:17] == "@smoothtask@test0" },
		"udp4":          func(k *metrics.Socket) bool { return k.Listening() && k.Proto == metrics.UDP },
		"udp4 connected": func(k *metrics.Socket) bool {
			return k.State == metrics.Established && k.RemotePort != 0 && k.Remote().Addr().Is4()
		},
		"packet": func(k *metrics.Socket) bool {
			return k.Name == "0x1234" && k.Interface == 1 && k.Proto == metrics.Packet
		},
		"raw4": func(k *metrics.Socket) bool { return k.LocalPort == 253 && k.Proto == metrics.Raw },
		"raw6": func(k *metrics.Socket) bool { return k.LocalPort == 253 && k.Family == unix.AF_INET6 },
	}
	for name, inode := range made {
		k := withInode(list, inode)
		if k == nil {
			t.Errorf("%s: not listed", name)
			continue
		}
		if k.Owner.PID != int32(os.Getpid()) || k.FD < 0 || k.UID != uint32(os.Geteuid()) {
			t.Errorf("%s: owner %v by descriptor %d, uid %d", name, k.Owner, k.FD, k.UID)
		}
		if f := check[name]; f != nil && !f(k) {
			t.Errorf("%s: %+v", name, *k)
		}
	}
}

// The two ways to list give the same sockets, but for what the files lack.
func TestFilesEqualSockDiag(t *testing.T) {
	made := local(t)
	diag := cycle(t, newSockets(t, Options{}))
	files := cycle(t, refuse(newSockets(t, Options{})))
	for name, inode := range made {
		d, f := withInode(diag, inode), withInode(files, inode)
		if d == nil || f == nil {
			t.Errorf("%s: listed by sock_diag %v, by files %v", name, d != nil, f != nil)
			continue
		}
		want := *d
		want.Cookie, want.HasInfo = 0, false
		want.RTTMicros, want.Retransmits, want.RxBytes, want.TxBytes = 0, 0, 0, 0
		if want.State == metrics.Listen {
			want.TxQueue, want.RxQueue = f.TxQueue, f.RxQueue
		}
		if want.Proto == metrics.Unix {
			want.UID = 0
		}
		if want.Proto != metrics.Packet && want.Proto != metrics.Unix {
			want.Interface = 0
		}
		if diff := cmp.Diff(want, *f); diff != "" {
			t.Errorf("%s (-sock_diag +file):\n%s", name, diff)
		}
	}
}

func TestOtherNetworkNamespacesAreAGap(t *testing.T) {
	procs := processes(t)
	s := newSockets(t, Options{})
	if s.search.ownNet == 0 {
		t.Skip("the network namespace of this process is not readable")
	}
	gap := func() (found bool) {
		if _, err := s.Append(context.Background(), procs, nil); err != nil {
			t.Fatal(err)
		}
		for _, g := range s.Gaps() {
			found = found || g.What == "sockets of other network namespaces"
		}
		return found
	}
	for i := range procs {
		procs[i].ID.Namespaces.Net = s.search.ownNet
	}
	if gap() {
		t.Error("a gap though all processes share one namespace")
	}
	procs[0].ID = &metrics.Identity{Namespaces: metrics.Namespaces{Net: 1}}
	if !gap() {
		t.Error("no gap though a process is in another namespace")
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	keep := pairs(100)
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "named"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ways := map[string]func(*testing.T) *Sockets{
		"sock_diag": func(t *testing.T) *Sockets { return newSockets(t, Options{}) },
		"files":     func(t *testing.T) *Sockets { return refuse(newSockets(t, Options{})) },
		"eBPF":      func(t *testing.T) *Sockets { return withBPF(t) },
	}
	for name, open := range ways {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			s.opts.FirstBudget = 5 * time.Second
			procs := processes(t)
			var list []metrics.Socket
			run := func() {
				if list, err = s.Append(context.Background(), procs, list[:0]); err != nil {
					t.Fatal(err)
				}
			}
			for range 5 {
				run()
			}
			// Other sockets of the machine may come and go: much less than one for
			// each socket is zero.
			if n := testing.AllocsPerRun(50, run); n > float64(len(list))/20 {
				t.Errorf("%v allocations for %d sockets", n, len(list))
			}
		})
	}
	for _, k := range keep {
		k.(io.Closer).Close()
	}
}
