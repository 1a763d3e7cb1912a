package ui

import (
	"strconv"
	"syscall"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// The columns of sockets, by number.
const (
	sockProto = iota
	sockState
	sockLocal
	sockLPort
	sockRemote
	sockRPort
	sockRx
	sockTx
	sockRxTotal
	sockTxTotal
	sockRTT
	sockRetrans
	sockQueue
	sockPID
	sockProcess
	sockWaiting
	sockLimit
)

// maxAddress is the widest that an address is: one of IPv6 in full.
const maxAddress = 39

var socketColumns = []column{
	sockProto:   {id: "proto", title: "PROTO", about: "protocol", width: 5, rank: 1},
	sockState:   {id: "state", title: "STATE", about: "state, as ss(8) names it", width: 11, rank: 2},
	sockLocal:   {id: "local", title: "LOCAL", about: "address of this end", width: 15, rank: 3},
	sockLPort:   {id: "lport", title: "PORT", about: "port of this end", width: 5, right: true},
	sockRemote:  {id: "remote", title: "REMOTE", about: "address of the other end", width: 15},
	sockRPort:   {id: "rport", title: "PORT", about: "port of the other end", width: 5, right: true},
	sockRx:      {id: "rx", title: "RX/s", about: "received a second", width: 6, right: true, desc: true},
	sockTx:      {id: "tx", title: "TX/s", about: "sent a second", width: 6, right: true, desc: true, rank: 1},
	sockRxTotal: {id: "rxbytes", title: "RX", about: "received since it was made", width: 6, right: true, desc: true, rank: 5},
	sockTxTotal: {id: "txbytes", title: "TX", about: "sent and acknowledged since it was made", width: 6, right: true, desc: true, rank: 5},
	sockRTT:     {id: "rtt", title: "RTT", about: "smoothed round trip time", width: 7, right: true, desc: true, rank: 4},
	sockRetrans: {id: "retrans", title: "RETR", about: "segments sent again", width: 5, right: true, desc: true, rank: 4},
	sockQueue:   {id: "queue", title: "QUEUE", about: "bytes waiting in both queues", width: 6, right: true, desc: true, rank: 6},
	sockPID:     {id: "pid", title: "PID", about: "process that holds it", width: 7, right: true, rank: 2},
	sockProcess: {id: "process", title: "PROCESS", about: "name of the process", width: 8, most: 15},
	sockWaiting: {id: "waiting", title: "WAIT", about: "connections that wait to be accepted, or bytes that wait to be read", width: 6, right: true, desc: true, rank: 2},
	sockLimit:   {id: "limit", title: "LIMIT", about: "connections that may wait", width: 6, right: true, desc: true, rank: 3},
}

// connectionColumns and listenerColumns are what sockets of both kinds are shown
// with. A listener has no other end, and no traffic of its own.
var (
	connectionColumns = []int{sockProto, sockState, sockLocal, sockLPort, sockRemote, sockRPort, sockRx, sockTx,
		sockRxTotal, sockTxTotal, sockRTT, sockRetrans, sockQueue, sockPID, sockProcess}
	listenerColumns = []int{sockProto, sockState, sockLocal, sockLPort, sockWaiting, sockLimit, sockPID, sockProcess}
)

// socketRows are sockets with some of the columns.
type socketRows struct {
	*network
	of   []int // columns by number
	list []column
}

func newSocketRows(n *network, of []int) *socketRows {
	r := &socketRows{network: n, of: of}
	for _, col := range of {
		r.list = append(r.list, socketColumns[col])
	}
	return r
}

func (r *socketRows) columns() []column { return r.list }

func (r *socketRows) cell(dst []byte, row int32, col int) ([]byte, screen.Style) {
	return r.network.cell(dst, row, r.of[col])
}

func (r *socketRows) order(row int32, col int) (float64, string) {
	return r.network.order(row, r.of[col])
}

// widen lets the columns of addresses grow to the widest address that was shown,
// where there is room. They do not shrink again: a picture that changes its shape
// with every connection is hard to read.
func (r *socketRows) widen(s *metrics.Socket) {
	if s.Family != syscall.AF_INET6 && s.Proto != metrics.Unix {
		return // any other address fits the least width
	}
	var room [maxAddress + 1]byte
	for i, col := range r.of {
		c := &r.list[i]
		switch {
		case col != sockLocal && col != sockRemote || c.most >= maxAddress && s.Proto != metrics.Unix:
		case s.Proto != metrics.Unix:
			c.most = max(c.most, len(appendAddress(room[:0], s, col == sockRemote)))
		case col == sockLocal:
			c.most = max(c.most, len(s.Name))
		}
	}
}

func (n *network) rate(row int32) metrics.SocketRate {
	if int(row) < len(n.rates.Sockets) {
		return n.rates.Sockets[row]
	}
	return metrics.SocketRate{}
}

func (n *network) cell(dst []byte, row int32, col int) ([]byte, screen.Style) {
	s := &n.snap.Sockets[row]
	r := n.rate(row)
	switch col {
	case sockProto:
		return append(dst, s.Proto.String()...), stDim
	case sockState:
		return append(dst, s.State.String()...), socketStyle(s)
	case sockLocal:
		if s.Proto == metrics.Unix {
			return append(dst, s.Name...), stText
		}
		return appendAddress(dst, s, false), stDim
	case sockLPort:
		if !s.Inet() {
			return append(dst, '-'), stFaint
		}
		return appendPort(dst, s.LocalPort), stText
	case sockRemote:
		return appendAddress(dst, s, true), stText
	case sockRPort:
		return appendPort(dst, s.RemotePort), stText
	case sockRx:
		return sizeCell(dst, float64(r.RxBps), s.HasInfo)
	case sockTx:
		return sizeCell(dst, float64(r.TxBps), s.HasInfo)
	case sockRxTotal:
		return sizeCell(dst, float64(s.RxBytes), s.HasInfo)
	case sockTxTotal:
		return sizeCell(dst, float64(s.TxBytes), s.HasInfo)
	case sockRTT:
		if !s.HasInfo || s.RTTMicros == 0 {
			return append(dst, '-'), stFaint
		}
		return append(appendNumber(dst, float64(s.RTTMicros)/1000), "ms"...), stText
	case sockRetrans:
		if !s.HasInfo {
			return append(dst, '?'), stFaint
		}
		return countCell(dst, float64(s.Retransmits), 0)
	case sockQueue:
		return sizeCell(dst, float64(s.RxQueue)+float64(s.TxQueue), true)
	case sockWaiting:
		if s.Proto == metrics.UDP {
			return sizeCell(dst, float64(s.RxQueue), true)
		}
		return countCell(dst, float64(s.RxQueue), 0)
	case sockLimit:
		if s.State != metrics.Listen {
			return append(dst, '-'), stFaint
		}
		return appendCount(dst, float64(s.TxQueue)), stDim
	case sockPID:
		if s.Owner.PID == 0 {
			return append(dst, '?'), stFaint
		}
		return strconv.AppendInt(dst, int64(s.Owner.PID), 10), stText
	}
	if p := n.snap.Lookup(s.Owner); p != nil {
		return append(dst, p.ID.Comm...), stText
	}
	return append(dst, '?'), stFaint
}

func socketStyle(s *metrics.Socket) screen.Style {
	switch s.State {
	case metrics.Established:
		return stGood
	case metrics.Listen:
		return stAccent
	case metrics.SynSent, metrics.SynRecv, metrics.NewSynRecv, metrics.CloseWait:
		return stWarn
	}
	return stFaint
}

// appendAddress writes an address, an asterisk for any.
func appendAddress(dst []byte, s *metrics.Socket, remote bool) []byte {
	a := s.Local()
	if remote {
		a = s.Remote()
	}
	if !a.Addr().IsValid() || a.Addr().IsUnspecified() {
		return append(dst, '*')
	}
	return a.Addr().AppendTo(dst)
}

func appendPort(dst []byte, port uint16) []byte {
	if port == 0 {
		return append(dst, '*')
	}
	return strconv.AppendUint(dst, uint64(port), 10)
}

func (n *network) order(row int32, col int) (float64, string) {
	s := &n.snap.Sockets[row]
	switch col {
	case sockProto:
		return float64(s.Proto), ""
	case sockState:
		return float64(s.State), ""
	case sockLocal:
		if s.Proto == metrics.Unix {
			return 1, s.Name
		}
		return 0, string(s.LocalIP[:])
	case sockLPort:
		return float64(s.LocalPort), ""
	case sockRemote:
		return 0, string(s.RemoteIP[:])
	case sockRPort:
		return float64(s.RemotePort), ""
	case sockRx:
		return float64(n.rate(row).RxBps), ""
	case sockTx:
		return float64(n.rate(row).TxBps), ""
	case sockRxTotal:
		return float64(s.RxBytes), ""
	case sockTxTotal:
		return float64(s.TxBytes), ""
	case sockRTT:
		return float64(s.RTTMicros), ""
	case sockRetrans:
		return float64(s.Retransmits), ""
	case sockQueue:
		return float64(s.RxQueue) + float64(s.TxQueue), ""
	case sockWaiting:
		return float64(s.RxQueue), ""
	case sockLimit:
		return float64(s.TxQueue), ""
	case sockPID:
		return float64(s.Owner.PID), ""
	}
	if p := n.snap.Lookup(s.Owner); p != nil {
		return 0, p.ID.Comm
	}
	return 0, ""
}
