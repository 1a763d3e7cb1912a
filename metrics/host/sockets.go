package host

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"github.com/shirou/gopsutil/v3/net"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	maxSockets           = 200_000
	maxSocketsPerProcess = 65_536
)

// SocketOptions sets up NewSockets.
type SocketOptions struct {
	Root string // holds proc, on Linux; "" is "/"
}

// Sockets is the portable socket source. It looks through the descriptors of all
// processes each time, and knows neither traffic nor the inodes of sockets.
type Sockets struct {
	root string
	gaps []metrics.Gap
}

// NewSockets makes the source.
func NewSockets(o SocketOptions) *Sockets {
	if o.Root == "" {
		o.Root = "/"
	}
	return &Sockets{root: o.Root}
}

// Name implements metrics.SocketSource.
func (s *Sockets) Name() string { return "gopsutil" }

// Gaps implements metrics.GapReporter.
func (s *Sockets) Gaps() []metrics.Gap { return s.gaps }

// Append implements metrics.SocketSource.
func (s *Sockets) Append(ctx context.Context, procs []metrics.Process, dst []metrics.Socket) ([]metrics.Socket, error) {
	s.gaps = []metrics.Gap{{What: "traffic of sockets", Why: "gopsutil does not know it", Needs: "the socket source netlink, on Linux"}}
	found, err := net.ConnectionsMaxWithoutUidsWithContext(below(ctx, s.root), "all", maxSocketsPerProcess)
	if err != nil {
		return dst, fmt.Errorf("listing sockets: %w", err)
	}
	if len(found) > maxSockets {
		s.gaps = append(s.gaps, metrics.Gap{What: "sockets", Why: fmt.Sprintf("%d are open, %d are shown", len(found), maxSockets), Needs: "fewer sockets"})
		found = found[:maxSockets]
	}
	ownerless := 0
	for i := range found {
		socket, ok := convert(&found[i])
		if !ok {
			continue
		}
		if socket.Owner = owner(procs, found[i].Pid); socket.Owner.PID != 0 {
			socket.Holders = 1
		} else if socket.State != metrics.TimeWait {
			ownerless++
		}
		dst = append(dst, socket)
	}
	if ownerless > 0 {
		s.gaps = append(s.gaps, metrics.Gap{What: "owners of sockets", Why: fmt.Sprintf("%d sockets have none that is known", ownerless),
			Needs: metrics.TraceFiles.String()})
	}
	return dst, nil
}

// owner is the key of the process among those of the cycle, sorted by pid.
func owner(procs []metrics.Process, pid int32) metrics.ProcKey {
	i, ok := slices.BinarySearchFunc(procs, pid, func(p metrics.Process, pid int32) int { return int(p.Key.PID) - int(pid) })
	if !ok || pid == 0 {
		return metrics.ProcKey{}
	}
	return procs[i].Key
}

func convert(c *net.ConnectionStat) (metrics.Socket, bool) {
	s := metrics.Socket{Family: uint8(c.Family), State: socketStates[c.Status]}
	if c.Family == syscall.AF_UNIX {
		s.Proto, s.Name = metrics.Unix, c.Laddr.IP // gopsutil has the path there
		return s, true
	}
	if c.Family != syscall.AF_INET && c.Family != syscall.AF_INET6 {
		return s, false
	}
	var ok1, ok2 bool
	s.LocalIP, s.LocalPort, ok1 = address(c.Laddr, c.Family)
	s.RemoteIP, s.RemotePort, ok2 = address(c.Raddr, c.Family)
	switch c.Type {
	case syscall.SOCK_STREAM:
		s.Proto = metrics.TCP
	case syscall.SOCK_DGRAM:
		s.Proto, s.State = metrics.UDP, metrics.Close
		if s.RemotePort != 0 {
			s.State = metrics.Established
		}
	default:
		return s, false
	}
	return s, ok1 && ok2
}

// address turns gopsutil's text into bytes; none, or "*", is the unspecified one.
func address(a net.Addr, family uint32) (ip [16]byte, port uint16, ok bool) {
	if a.Port > 1<<16-1 {
		return ip, 0, false
	}
	if a.IP == "" || a.IP == "*" {
		if family == syscall.AF_INET {
			ip = netip.IPv4Unspecified().As16()
		}
		return ip, uint16(a.Port), true
	}
	parsed, err := netip.ParseAddr(a.IP)
	if err != nil {
		return ip, 0, false
	}
	return parsed.As16(), uint16(a.Port), true
}

// socketStates are the words of gopsutil, which are those of netstat(8).
var socketStates = map[string]metrics.SocketState{
	"ESTABLISHED": metrics.Established, "SYN_SENT": metrics.SynSent, "SYN_RECV": metrics.SynRecv,
	"SYN_RECEIVED": metrics.SynRecv, "FIN_WAIT1": metrics.FinWait1, "FIN_WAIT_1": metrics.FinWait1,
	"FIN_WAIT2": metrics.FinWait2, "FIN_WAIT_2": metrics.FinWait2, "TIME_WAIT": metrics.TimeWait,
	"CLOSE": metrics.Close, "CLOSED": metrics.Close, "CLOSE_WAIT": metrics.CloseWait,
	"LAST_ACK": metrics.LastAck, "LISTEN": metrics.Listen, "CLOSING": metrics.Closing,
}
