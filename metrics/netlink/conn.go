//go:build linux

package netlink

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// transport carries requests to the kernel and its answers back.
type transport interface {
	send(b []byte) error
	// receive reads one datagram into b and returns its full length, which is
	// more than len(b) when it was cut.
	receive(b []byte) (int, error)
	close() error
}

// conn is a NETLINK_SOCK_DIAG socket.
type conn struct{ fd int }

// answerTimeout bounds the wait for one datagram. The kernel writes an answer
// before the system call that asks for it returns, so that nothing normally waits.
var answerTimeout = unix.Timeval{Sec: 2}

func openConn() (transport, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("open a NETLINK_SOCK_DIAG socket: %w", err)
	}
	// Connected to port 0, the socket takes nothing from anybody but the kernel.
	if err := unix.Connect(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("connect a NETLINK_SOCK_DIAG socket to the kernel: %w", err)
	}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &answerTimeout); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("set a time limit on a NETLINK_SOCK_DIAG socket: %w", err)
	}
	return &conn{fd: fd}, nil
}

func (c *conn) send(b []byte) error {
	_, err := unix.Write(c.fd, b)
	return err
}

// receive calls recvfrom(2) itself: the wrapper of x/sys allocates the sender's
// address for each datagram.
func (c *conn) receive(b []byte) (int, error) {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVFROM, uintptr(c.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_TRUNC, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

func (c *conn) close() error { return unix.Close(c.fd) }
