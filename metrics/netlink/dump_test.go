//go:build linux

package netlink

import (
	"context"
	"errors"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// fakeKernel answers requests with prepared datagrams. Each request takes the
// next script; the sequence number of the request is put into the messages that
// have none.
type fakeKernel struct {
	scripts [][]datagram
	opened  int
	closed  int
	sent    int
	queue   []datagram
	seq     uint32
}

type datagram struct {
	data []byte
	err  error
	cut  bool // longer than any buffer
}

func (k *fakeKernel) open() (transport, error) { k.opened++; k.queue = nil; return k, nil }
func (k *fakeKernel) close() error             { k.closed++; return nil }

func (k *fakeKernel) send(b []byte) error {
	k.seq = native.Uint32(b[8:])
	if k.sent == len(k.scripts) {
		return errors.New("the script has ended")
	}
	k.queue = append(k.queue, k.scripts[k.sent]...)
	k.sent++
	return nil
}

func (k *fakeKernel) receive(b []byte) (int, error) {
	if len(k.queue) == 0 {
		return 0, unix.EAGAIN
	}
	d := k.queue[0]
	k.queue = k.queue[1:]
	if d.err != nil {
		return 0, d.err
	}
	n := copy(b, d.data)
	for m := b[:n]; len(m) >= unix.SizeofNlMsghdr; {
		size := align(int(native.Uint32(m)))
		if native.Uint32(m[8:]) == 0 {
			native.PutUint32(m[8:], k.seq)
		}
		if size == 0 || size > len(m) {
			break
		}
		m = m[size:]
	}
	if d.cut {
		return len(b) + 1, nil
	}
	return n, nil
}

// msg is one message; sequence number 0 stands for that of the request.
func msg(kind, flags uint16, seq uint32, payload []byte) []byte {
	b := make([]byte, unix.SizeofNlMsghdr, align(unix.SizeofNlMsghdr+len(payload)))
	native.PutUint32(b, uint32(unix.SizeofNlMsghdr+len(payload)))
	native.PutUint16(b[4:], kind)
	native.PutUint16(b[6:], flags)
	native.PutUint32(b[8:], seq)
	return append(b, payload...)[:cap(b)]
}

func number32(n int32) []byte { return native.AppendUint32(nil, uint32(n)) }

func row1(inode uint32) []byte {
	b := inetAnswer([]byte{})
	native.PutUint32(b[68:], inode)
	return msg(unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_MULTI, 0, b)
}

func join(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func one(parts ...[]byte) datagram { return datagram{data: join(parts...)} }

func TestDumpOfAMisbehavingKernel(t *testing.T) {
	done := msg(unix.NLMSG_DONE, unix.NLM_F_MULTI, 0, number32(0))
	interrupted := msg(unix.NLMSG_DONE, unix.NLM_F_MULTI|unix.NLM_F_DUMP_INTR, 0, number32(0))
	unknown := attribute(999, []byte("what the future brings"))
	tests := []struct {
		name    string
		scripts [][]datagram
		rows    int
		err     error // matched by errors.Is
		opened  int
		sent    int

		overruns, interrupted uint64
	}{
		{name: "two datagrams", scripts: [][]datagram{{one(row1(1), row1(2)), one(row1(3), done)}}, rows: 3, opened: 1, sent: 1},
		{name: "nothing to list", scripts: [][]datagram{{one(done)}}, opened: 1, sent: 1},
		{name: "an end without a number", scripts: [][]datagram{{one(row1(1), msg(unix.NLMSG_DONE, 0, 0, nil))}}, rows: 1, opened: 1, sent: 1},
		{name: "an end with an error", scripts: [][]datagram{{one(row1(1), msg(unix.NLMSG_DONE, 0, 0, number32(-int32(unix.EINVAL))))}}, err: unix.EINVAL, opened: 1, sent: 1},
		{name: "an error", scripts: [][]datagram{{one(msg(unix.NLMSG_ERROR, 0, 0, number32(-int32(unix.ENOENT))))}}, err: unix.ENOENT, opened: 1, sent: 1},
		{name: "an error that is none", scripts: [][]datagram{{one(msg(unix.NLMSG_ERROR, 0, 0, number32(0)))}}, err: errMalformed, opened: 1, sent: 1},
		{name: "an error in two bytes", scripts: [][]datagram{{one(msg(unix.NLMSG_ERROR, 0, 0, []byte{1, 2}))}}, err: errMalformed, opened: 1, sent: 1},
		{name: "answers to an older request", scripts: [][]datagram{{one(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 999, inetAnswer(nil))), one(msg(unix.NLMSG_DONE, 0, 999, number32(0))), one(row1(1), done)}}, rows: 1, opened: 1, sent: 1},
		{name: "messages of no interest", scripts: [][]datagram{{one(msg(unix.NLMSG_NOOP, 0, 0, nil), msg(77, 0, 0, []byte("?")), row1(1), done)}}, rows: 1, opened: 1, sent: 1},
		{name: "unknown attributes", scripts: [][]datagram{{one(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 0, inetAnswer(unknown)), done)}}, rows: 1, opened: 1, sent: 1},
		{name: "an attribute beyond its message", scripts: [][]datagram{{one(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 0, inetAnswer([]byte{200, 0, 2, 0})), done)}}, rows: 1, opened: 1, sent: 1},
		{name: "changed once underway", scripts: [][]datagram{{one(row1(1), interrupted)}, {one(row1(1), row1(2), done)}}, rows: 2, opened: 1, sent: 2, interrupted: 1},
		{name: "changed in the middle", scripts: [][]datagram{{one(msg(unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP_INTR, 0, inetAnswer(nil)), done)}, {one(done)}}, opened: 1, sent: 2, interrupted: 1},
		{name: "changed each time", scripts: [][]datagram{{one(row1(1), interrupted)}, {one(row1(1), interrupted)}, {one(row1(1), row1(2), interrupted)}, {one(done)}}, rows: 2, err: errInterrupted, opened: 1, sent: 3, interrupted: 3},
		{name: "no room once", scripts: [][]datagram{{one(row1(1)), {err: unix.ENOBUFS}}, {one(row1(1), done)}}, rows: 1, opened: 2, sent: 2, overruns: 1},
		{name: "no room each time", scripts: [][]datagram{{{err: unix.ENOBUFS}}, {{err: unix.ENOBUFS}}, {{err: unix.ENOBUFS}}, {one(done)}}, err: unix.ENOBUFS, opened: 3, sent: 3, overruns: 3},
		{name: "a message cut short", scripts: [][]datagram{{one(row1(1)[:50])}, {one(row1(1)[:7])}, {{data: row1(1), cut: true}}, {one(done)}}, err: errTruncated, opened: 3, sent: 3, overruns: 1},
		{name: "a message shorter than its header", scripts: [][]datagram{{one(number32(3), make([]byte, 12))}}, err: errMalformed, opened: 1, sent: 1},
		{name: "a socket cut short", scripts: [][]datagram{{one(msg(unix.SOCK_DIAG_BY_FAMILY, 0, 0, make([]byte, 71)), done)}}, err: errMalformed, opened: 1, sent: 1},
		{name: "silence", scripts: [][]datagram{{one(row1(1))}}, err: unix.EAGAIN, opened: 1, sent: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := &fakeKernel{scripts: tt.scripts}
			d := dumper{open: k.open, name: newOwnerCache(10).name}
			before := []metrics.Socket{{Inode: 77}}
			got, err := d.dump(context.Background(), inetRequest(unix.AF_INET, unix.IPPROTO_TCP, true), metrics.TCP, decodeInet, before)
			if !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if len(got) != 1+tt.rows || got[0].Inode != 77 {
				t.Errorf("%d sockets after the first, want %d", len(got)-1, tt.rows)
			}
			if k.opened != tt.opened || k.sent != tt.sent {
				t.Errorf("opened %d times and sent %d requests, want %d and %d", k.opened, k.sent, tt.opened, tt.sent)
			}
			// A transport with an answer half read is not used again.
			if o, i := d.overruns.Load(), d.interrupted.Load(); o != tt.overruns || i != tt.interrupted || d.calls.Load() == 0 {
				t.Errorf("counted %d overruns and %d interruptions in %d calls, want %d and %d", o, i, d.calls.Load(), tt.overruns, tt.interrupted)
			}
			if broken := err != nil && !errors.Is(err, errInterrupted); broken != (d.t == nil) {
				t.Errorf("transport kept: %v, after error %v", d.t != nil, err)
			}
		})
	}
}

func TestDumpEndsWithItsContext(t *testing.T) {
	k := &fakeKernel{scripts: [][]datagram{{one(row1(1))}}}
	d := dumper{open: k.open}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.dump(ctx, unixRequest(), metrics.Unix, decodeUnix, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if k.sent != 0 {
		t.Error("asked the kernel though the context had ended")
	}
}

func TestRefusalIsRemembered(t *testing.T) {
	k := &fakeKernel{scripts: [][]datagram{{one(msg(unix.NLMSG_ERROR, 0, 0, number32(-int32(unix.ENOENT))))}}}
	s := newSockets(t, Options{Proc: writeProc(t, map[string]string{"net/raw": rawFile})})
	s.dump.open = k.open
	for _, l := range listings(nil) {
		if l.file != "net/raw" {
			continue
		}
		for range 3 {
			got, err := l.list(context.Background(), &s.dump, &s.files, nil)
			if err != nil || len(got) != 1 || l.failed != nil {
				t.Fatalf("%d sockets, %v, %v", len(got), err, l.failed)
			}
		}
	}
	if k.sent != 1 {
		t.Errorf("the kernel was asked %d times", k.sent)
	}
}

// Where the request for both families is refused, each is asked for by itself.
func TestFamiliesApart(t *testing.T) {
	none := []datagram{one(msg(unix.NLMSG_DONE, 0, 0, number32(0)))}
	k := &fakeKernel{scripts: [][]datagram{
		{one(msg(unix.NLMSG_ERROR, 0, 0, number32(-int32(unix.EINVAL))))},
		{one(row1(4), msg(unix.NLMSG_DONE, 0, 0, number32(0)))},
		{one(row1(6), row1(7), msg(unix.NLMSG_DONE, 0, 0, number32(0)))},
	}}
	for range 20 {
		k.scripts = append(k.scripts, none)
	}
	s := newSockets(t, Options{Proc: t.TempDir()})
	s.dump.open = k.open
	for cycle, want := range []int{3, 0} {
		got, err := s.Append(context.Background(), nil, nil)
		if err != nil || len(got) != want || len(s.Gaps()) != 0 {
			t.Fatalf("cycle %d: %d sockets, %v, %v", cycle, len(got), err, s.Gaps())
		}
	}
	if want := 1 + 2*(2+len(s.listings)-1); k.sent != want {
		t.Errorf("%d requests, want %d: the refused one is not repeated", k.sent, want)
	}
}

// Both requests list the same TCP sockets.
func TestBothFamiliesAtOnce(t *testing.T) {
	made := local(t)
	s := newSockets(t, Options{})
	for _, l := range s.listings {
		if l.instead == nil {
			continue
		}
		once, err := s.dump.dump(context.Background(), l.request, l.proto, l.decode, nil)
		if err != nil {
			t.Skipf("the kernel does not list both families at once: %v", err)
		}
		var apart []metrics.Socket
		for _, l := range l.instead {
			if apart, err = s.dump.dump(context.Background(), l.request, l.proto, l.decode, apart); err != nil {
				t.Fatal(err)
			}
		}
		for name, inode := range made {
			a, b := withInode(once, inode), withInode(apart, inode)
			if (a == nil) != (b == nil) || a != nil && *a != *b {
				t.Errorf("%s: %+v at once, %+v apart", name, a, b)
			}
		}
		return
	}
	t.Error("no listing of both families")
}
