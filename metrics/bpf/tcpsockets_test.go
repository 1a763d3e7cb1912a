//go:build linux && (amd64 || arm64)

package bpf

import (
	"bytes"
	"net"
	"testing"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
)

// FuzzTCPRecords turns any bytes into sockets.
func FuzzTCPRecords(f *testing.F) {
	r := tcpwalkTcp{Cookie: 1, Inode: 2, Received: 3, Acked: 4, Rtt: 5, Retransmits: 6, RxQueue: 7, TxQueue: 8, Uid: 9, Interface: 10,
		LocalPort: 11, RemotePort: 12, Family: 2, State: 1, HasInfo: 1, Local: [2]uint64{0, 0x0100007f_ffff0000}}
	f.Add(bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(&r)), tcpSize)))
	f.Add(bytes.Repeat([]byte{0xff}, 2*tcpSize+5))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append(make([]byte, 0, len(b)+8), b...) // aligned as the shared memory is
		got := appendTCP(make([]metrics.Socket, 1), b)
		if len(got) != 1+len(b)/tcpSize {
			t.Fatalf("%d sockets out of %d bytes", len(got)-1, len(b))
		}
		for i, s := range got[1:] {
			raw := b[i*tcpSize:]
			if s.Proto != metrics.TCP || s.FD != -1 || s.Owner.PID != 0 || s.Name != "" {
				t.Fatalf("%+v", s)
			}
			const local = unsafe.Offsetof(r.Local)
			if !bytes.Equal(s.LocalIP[:], raw[local:][:16]) || !bytes.Equal(s.RemoteIP[:], raw[local+16:][:16]) {
				t.Fatalf("addresses %v and %v of %x", s.LocalIP, s.RemoteIP, raw[:tcpSize])
			}
			_, _ = s.Local().String()+s.Remote().String(), s.State.String()
		}
	})
}

// One record is one line of 96 bytes in the shared memory.
func TestTCPRecordStaysSmall(t *testing.T) {
	if tcpSize != 96 {
		t.Errorf("a record takes %d bytes, want 96", tcpSize)
	}
}

// Tables that change underway neither hold the listing up nor make it show a
// socket twice, or lose one that stays.
func TestTCPSocketsWhileOthersComeAndGo(t *testing.T) {
	s, err := NewTCPSockets()
	check(t, err)
	closeLater(t, s)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dial := func() (near, far net.Conn, err error) {
		if near, err = net.Dial("tcp4", l.Addr().String()); err != nil {
			return nil, nil, err
		}
		if far, err = l.Accept(); err != nil {
			near.Close()
			return nil, nil, err
		}
		near.(*net.TCPConn).SetLinger(0) // no TIME_WAIT stays behind
		return near, far, nil
	}
	near, far, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	defer near.Close()
	stays := near.LocalAddr().(*net.TCPAddr).Port

	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			near, far, err := dial()
			if err != nil {
				done <- err
				return
			}
			near.Close()
			far.Close()
		}
	}()
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	var list []metrics.Socket
	for range 300 {
		if list, err = s.Append(t.Context(), list[:0]); err != nil {
			t.Fatal(err)
		}
		type ends struct{ local, remote uint16 }
		seen, stayed := map[ends]int{}, 0
		for _, k := range list {
			if k.State == metrics.Established && k.Inode != 0 && (k.LocalPort == port || k.RemotePort == port) {
				seen[ends{k.LocalPort, k.RemotePort}]++
				if int(k.LocalPort) == stays {
					stayed++
				}
			}
		}
		for e, n := range seen {
			if n > 1 {
				t.Errorf("%d → %d is listed %d times", e.local, e.remote, n)
			}
		}
		if stayed != 1 {
			t.Fatalf("the connection that stays is listed %d times", stayed)
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
