//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// TCPSockets lists the TCP sockets of this process's network namespace by walking
// the kernel's tables, in the order in which sock_diag(7) lists them. One goroutine
// at a time may use it.
type TCPSockets struct {
	walk   *program
	memory []byte
}

const (
	tcpSize = int(unsafe.Sizeof(tcpwalkTcp{}))
	tcpRoom = 1024 // ROOM of tcpwalk.bpf.c
)

// errTCPTables says that the program has given up.
var errTCPTables = errors.New("the kernel's tables are smaller, or their chains longer, than the program provides for")

// NewTCPSockets loads the program. Its errors are like those of New.
func NewTCPSockets() (*TCPSockets, error) {
	progs, err := loadPrograms(object{spec: loadTcpwalk, program: tcpwalkProgWalkTcp})
	if err != nil {
		return nil, err
	}
	s := &TCPSockets{walk: progs[0]}
	if s.memory, err = s.walk.share("sockets", tcpRoom*tcpSize); err != nil {
		_ = s.walk.close()
		return nil, err
	}
	return s, nil
}

// Append appends the sockets, without owners. The Cookie of a socket is 0 until
// somebody has asked the kernel for it by sock_diag. After an error dst is as it was.
func (s *TCPSockets) Append(ctx context.Context, dst []metrics.Socket) ([]metrics.Socket, error) {
	begin := len(dst)
	for at := (tcpwalkTcpPlace{}); ; {
		if err := ctx.Err(); err != nil {
			return dst[:begin], err
		}
		err := s.walk.run(unsafe.Pointer(&at), unsafe.Sizeof(at))
		if errors.Is(err, errLost) {
			err = errTCPTables
		}
		if err != nil {
			return dst[:begin], fmt.Errorf("list TCP sockets: %w", err)
		}
		dst = appendTCP(dst, s.memory[:min(int(at.Count), tcpRoom)*tcpSize])
		if at.Bucket == 0 {
			return dst, nil
		}
	}
}

// appendTCP appends a socket for each record in b.
func appendTCP(dst []metrics.Socket, b []byte) []metrics.Socket {
	for ; len(b) >= tcpSize; b = b[tcpSize:] {
		r := (*tcpwalkTcp)(unsafe.Pointer(unsafe.SliceData(b)))
		dst = append(dst, metrics.Socket{
			Inode: r.Inode, Cookie: r.Cookie,
			RxBytes: r.Received, TxBytes: r.Acked,
			LocalIP: ip(&r.Local), RemoteIP: ip(&r.Remote),
			RTTMicros: r.Rtt, Retransmits: r.Retransmits,
			RxQueue: r.RxQueue, TxQueue: r.TxQueue,
			UID: r.Uid, Interface: r.Interface, FD: -1,
			LocalPort: r.LocalPort, RemotePort: r.RemotePort,
			Family: r.Family, Proto: metrics.TCP, State: metrics.SocketState(r.State), HasInfo: r.HasInfo != 0,
		})
	}
	return dst
}

func ip(words *[2]uint64) [16]byte { return *(*[16]byte)(unsafe.Pointer(words)) }

// ProgramIDs are the numbers of the programs that were loaded.
func (s *TCPSockets) ProgramIDs() []uint32 { return ids(s.walk) }

// Close releases the program.
func (s *TCPSockets) Close() error { return errors.Join(unix.Munmap(s.memory), s.walk.close()) }
