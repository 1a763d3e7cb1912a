package filter

import (
	"net/netip"
	"syscall"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// socketFields can be asked of sockets alone.
var socketFields = []field{
	{name: "proto", about: "kind of the socket", names: protocols,
		number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.Proto), true })},
	{name: "family", about: "address family", names: []name{
		{"ipv4", syscall.AF_INET}, {"ipv6", syscall.AF_INET6}, {"unix", syscall.AF_UNIX}},
		number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.Family), true })},
	{name: "state", about: "state, as ss writes it", names: socketStates,
		number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.State), true })},
	flag("listen", "waits for others", func(r *row) bool { return r.socket.Listening() }),
	{name: "laddr", about: "local address", address: func(r *row, t *addressTest) bool { return t.match(localOf(r.socket), &r.scratch) }},
	{name: "raddr", about: "remote address", address: func(r *row, t *addressTest) bool { return t.match(remoteOf(r.socket), &r.scratch) }},
	{name: "addr", about: "local or remote address", address: func(r *row, t *addressTest) bool {
		return t.match(localOf(r.socket), &r.scratch) || t.match(remoteOf(r.socket), &r.scratch)
	}},
	{name: "lport", about: "local port", number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.LocalPort), s.Inet() })},
	{name: "rport", about: "remote port", number: ofSocket(func(s *metrics.Socket) (float64, bool) {
		return float64(s.RemotePort), s.Inet() && s.RemotePort != 0
	})},
	{name: "port", about: "local or remote port", number: func(r *row, t numberTest) bool {
		s := r.socket
		return s.Inet() && (t.match(float64(s.LocalPort)) || s.RemotePort != 0 && t.match(float64(s.RemotePort)))
	}},
	flag("public", "the remote address is one of the Internet", func(r *row) bool {
		a := remoteOf(r.socket)
		return a.IsValid() && threats.Public(a)
	}),
	{name: "name", about: "path of a unix socket", text: func(r *row, t *textTest) bool { return t.match(r.socket.Name) }},
	{name: "pid", about: "process id of the owner", number: ofSocket(func(s *metrics.Socket) (float64, bool) {
		return float64(s.Owner.PID), s.Owner.PID != 0
	})},
	{name: "uid", about: "user id of the socket", number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.UID), true })},
	{name: "rx", about: "bytes received per second", unit: bytes, number: ofSocketRate(func(r *metrics.SocketRate) float32 { return r.RxBps })},
	{name: "tx", about: "bytes sent per second", unit: bytes, number: ofSocketRate(func(r *metrics.SocketRate) float32 { return r.TxBps })},
	{name: "rx.total", about: "bytes received so far", unit: bytes,
		number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.RxBytes), s.HasInfo })},
	{name: "tx.total", about: "bytes sent so far", unit: bytes,
		number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.TxBytes), s.HasInfo })},
	{name: "rtt", about: "round trip time", unit: seconds,
		number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.RTTMicros) / 1e6, s.HasInfo })},
	{name: "retrans", about: "segments sent again", number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.Retransmits), s.HasInfo })},
	{name: "rxqueue", about: "bytes or connections waiting for the program", unit: bytes,
		number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.RxQueue), true })},
	{name: "txqueue", about: "bytes not yet acknowledged", unit: bytes,
		number: ofSocket(func(s *metrics.Socket) (float64, bool) { return float64(s.TxQueue), true })},
}

var protocols = func() (out []name) {
	for p := metrics.TCP; p <= metrics.Unix; p++ {
		out = append(out, name{p.String(), float64(p)})
	}
	return out
}()

var socketStates = func() (out []name) {
	for s := metrics.Established; s <= metrics.Closing; s++ {
		out = append(out, name{s.String(), float64(s)})
	}
	return out
}()

func ofSocketRate(get func(*metrics.SocketRate) float32) func(*row, numberTest) bool {
	return single(func(r *row) (float64, bool) {
		rate := r.socketRate(r.i)
		if rate == nil || !r.socket.HasInfo {
			return 0, false
		}
		return float64(get(rate)), true
	})
}

// localOf is the local address; the zero Addr for a socket without one.
func localOf(s *metrics.Socket) netip.Addr {
	if !hasAddress(s) {
		return netip.Addr{}
	}
	return s.Local().Addr()
}

// remoteOf is the remote address; the zero Addr for a socket that is not
// connected.
func remoteOf(s *metrics.Socket) netip.Addr {
	if a := s.Remote().Addr(); hasAddress(s) && !a.IsUnspecified() {
		return a
	}
	return netip.Addr{}
}

func hasAddress(s *metrics.Socket) bool {
	return s.Family == syscall.AF_INET || s.Family == syscall.AF_INET6
}

// endsText is both ends as address:port, for words.
func endsText(r *row, t *textTest) bool {
	if !hasAddress(r.socket) {
		return false
	}
	r.scratch = append(r.socket.Local().AppendTo(r.scratch[:0]), ' ')
	r.scratch = r.socket.Remote().AppendTo(r.scratch)
	return t.match(view(r.scratch))
}
