package ui

import (
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// network is the view of sockets: one by one, or grouped.
type network struct {
	list  table
	mode  networkMode
	snap  *metrics.Snapshot
	rates *metrics.Rates
	index []int32
	group groups
}

type networkMode uint8

const (
	connections networkMode = iota
	listeners
	byProcess
	byPeer
	byPort
	networkModes
)

var networkModeNames = [...]string{"connections", "listeners", "by process", "by peer", "by port"}

func newNetwork() *network {
	n := &network{snap: &metrics.Snapshot{}, rates: &metrics.Rates{}}
	n.list = table{rows: n, sortBy: "rx"}
	return n
}

func (n *network) name() string  { return "Network" }
func (n *network) scope() scope  { return inNetwork }
func (n *network) table() *table { return &n.list }
func (n *network) count() int    { return len(n.snap.Sockets) }

// refresh filters the sockets, and groups them where the mode says so.
func (n *network) refresh(m *Model) {
	n.snap, n.rates = m.frame.Snapshot, m.frame.Rates
	q := m.filterOf(networkView)
	n.index = n.index[:0]
	for i := range n.snap.Sockets {
		s := &n.snap.Sockets[i]
		if (n.mode == connections || n.mode >= byProcess) && s.Proto == metrics.Unix {
			continue
		}
		if s.Listening() != (n.mode == listeners) && n.mode < byProcess || n.mode == byPeer && s.Listening() {
			continue
		}
		if q.good.Socket(&m.data, i) {
			n.index = append(n.index, int32(i))
		}
	}
	if n.mode >= byProcess {
		n.group.build(n)
		n.list.rows = &n.group
		n.list.setRows(n.group.index)
		return
	}
	n.list.rows = n
	n.list.setRows(n.index)
}

func nextNetworkMode(m *Model) cmd {
	n := m.network
	n.mode = (n.mode + 1) % networkModes
	n.list.cursor, n.list.top = 0, 0
	n.list.chosen = nil
	n.list.sortBy, n.list.reverse = "rx", false
	if n.mode == listeners {
		n.list.sortBy = "lport"
	}
	m.refresh()
	return nil
}

// owner is the process of what is under the cursor.
func (n *network) owner() metrics.ProcKey {
	row := n.list.current()
	switch {
	case row < 0:
		return metrics.ProcKey{}
	case n.mode < byProcess:
		return n.snap.Sockets[row].Owner
	}
	return n.group.all[row].owner
}

func (n *network) draw(m *Model, a area) {
	x := 1
	for i, name := range networkModeNames {
		st := stDim
		if networkMode(i) == n.mode {
			st = stStrong
		}
		x = a.text(x, 0, name, st) + 2
	}
	if len(m.frame.Snapshot.Sockets) == 0 {
		a.text(1, 2, "no sockets are known", stDim)
		for i, g := range m.frame.Snapshot.Gaps {
			a.text(1, 3+i, g.What+": "+g.Why+"; needs "+g.Needs, stDim)
		}
		return
	}
	n.list.resize(a.h - 2)
	n.list.draw(a.part(0, 1, a.w, a.h-1), true, nil)
}

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
)

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
	sockProcess: {id: "process", title: "PROCESS", about: "name of the process", width: 8, flex: true},
}

func (n *network) columns() []column { return socketColumns }

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
	case sockPID:
		return float64(s.Owner.PID), ""
	}
	if p := n.snap.Lookup(s.Owner); p != nil {
		return 0, p.ID.Comm
	}
	return 0, ""
}
