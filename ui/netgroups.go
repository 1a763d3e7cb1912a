package ui

import (
	"net/netip"
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// groups are the sockets summed up by process, by peer or by port.
type groups struct {
	mode  networkMode
	all   []socketGroup
	index []int32
	by    map[groupKey]int32
}

type groupKey struct {
	owner metrics.ProcKey
	addr  [16]byte
	port  uint16
	proto metrics.Proto
}

type socketGroup struct {
	key          groupKey
	name         string
	owner        metrics.ProcKey // of its sockets; zero when they have several
	sockets      int
	established  int
	listening    int
	rx, tx       float64
	rxSum, txSum uint64
	retransmits  uint64
	rttMax       uint32
}

func (g *groups) build(n *network) {
	g.mode = n.mode
	g.all, g.index = g.all[:0], g.index[:0]
	if g.by == nil {
		g.by = map[groupKey]int32{}
	}
	clear(g.by)
	for _, i := range n.index {
		s := &n.snap.Sockets[i]
		var k groupKey
		switch n.mode {
		case byProcess:
			k.owner = s.Owner
		case byPeer:
			k.addr = s.RemoteIP
		default:
			k.port, k.proto = servicePort(s), s.Proto
		}
		at, ok := g.by[k]
		if !ok {
			at = int32(len(g.all))
			g.by[k] = at
			g.all = append(g.all, socketGroup{key: k, name: groupName(n, s), owner: s.Owner})
			g.index = append(g.index, at)
		}
		g.all[at].add(s, n.rate(i))
	}
}

// servicePort is the port that names the service: that of the listener, which is
// the lower one as a rule.
func servicePort(s *metrics.Socket) uint16 {
	if s.RemotePort == 0 || s.LocalPort != 0 && s.LocalPort < s.RemotePort {
		return s.LocalPort
	}
	return s.RemotePort
}

func groupName(n *network, s *metrics.Socket) string {
	switch n.mode {
	case byProcess:
		if p := n.snap.Lookup(s.Owner); p != nil {
			return p.ID.Comm
		}
		return "(unknown)"
	case byPeer:
		return string(appendAddress(nil, s, true))
	}
	return s.Proto.String() + " " + strconv.Itoa(int(servicePort(s)))
}

// filter passes the sockets of a group.
func (g *groups) filter(row int32) string {
	k := &g.all[row].key
	switch g.mode {
	case byProcess:
		if k.owner.PID == 0 {
			return "not pid>0"
		}
		return pidFilter(k.owner)
	case byPeer:
		if a := netip.AddrFrom16(k.addr).Unmap(); !a.IsUnspecified() {
			return "raddr=" + a.String()
		}
		return "not raddr=0.0.0.0/0 and not raddr=::/0"
	}
	text := "proto=" + k.proto.String()
	if k.proto == metrics.TCP || k.proto == metrics.UDP {
		text += " and port=" + strconv.Itoa(int(k.port))
	}
	return text
}

// jumpGroup shows the sockets of the group under the cursor one by one: within what
// the filter passes, as the group itself is.
func (m *Model) jumpGroup() cmd {
	n := m.network
	row := n.table().current()
	if row < 0 {
		return nil
	}
	mode, text := connections, n.group.filter(row)
	if g := &n.group.all[row]; g.listening == g.sockets {
		mode = listeners
	}
	if q := m.filterOf(networkView); !q.good.Empty() {
		text = "(" + q.good.String() + ") and " + text
	}
	m.jumpMode(networkView, mode, text)
	return nil
}

func (g *socketGroup) add(s *metrics.Socket, r metrics.SocketRate) {
	g.sockets++
	if s.State == metrics.Established {
		g.established++
	}
	if s.Listening() {
		g.listening++
	}
	if s.Owner != g.owner {
		g.owner = metrics.ProcKey{}
	}
	g.rx, g.tx = g.rx+float64(r.RxBps), g.tx+float64(r.TxBps)
	g.rxSum, g.txSum = g.rxSum+s.RxBytes, g.txSum+s.TxBytes
	g.retransmits += uint64(s.Retransmits)
	g.rttMax = max(g.rttMax, s.RTTMicros)
}

var groupColumns = []column{
	{id: "name", title: "NAME", about: "what the sockets have in common", width: 16, flex: true},
	{id: "pid", title: "PID", about: "the one process that holds them", width: 7, right: true, rank: 1},
	{id: "sockets", title: "SOCK", about: "sockets", width: 6, right: true, desc: true},
	{id: "established", title: "ESTAB", about: "established", width: 6, right: true, desc: true, rank: 2},
	{id: "listening", title: "LISTEN", about: "waiting for others", width: 6, right: true, desc: true, rank: 3},
	{id: "rx", title: "RX/s", about: "received a second", width: 6, right: true, desc: true},
	{id: "tx", title: "TX/s", about: "sent a second", width: 6, right: true, desc: true},
	{id: "rxbytes", title: "RX", about: "received in all", width: 6, right: true, desc: true, rank: 4},
	{id: "txbytes", title: "TX", about: "sent in all", width: 6, right: true, desc: true, rank: 4},
	{id: "retrans", title: "RETR", about: "segments sent again", width: 6, right: true, desc: true, rank: 3},
	{id: "rtt", title: "RTT max", about: "largest round trip time", width: 8, right: true, desc: true, rank: 3},
}

func (g *groups) columns() []column { return groupColumns }
func (g *groups) count() int        { return len(g.all) }

func (g *groups) cell(dst []byte, row int32, col int) ([]byte, screen.Style) {
	e := &g.all[row]
	switch groupColumns[col].id {
	case "name":
		return append(dst, e.name...), stText
	case "pid":
		if e.owner.PID == 0 {
			return append(dst, '-'), stFaint
		}
		return strconv.AppendInt(dst, int64(e.owner.PID), 10), stText
	case "sockets":
		return appendCount(dst, float64(e.sockets)), stText
	case "established":
		return countCell(dst, float64(e.established), 0)
	case "listening":
		return countCell(dst, float64(e.listening), 0)
	case "rx":
		return sizeCell(dst, e.rx, true)
	case "tx":
		return sizeCell(dst, e.tx, true)
	case "rxbytes":
		return sizeCell(dst, float64(e.rxSum), true)
	case "txbytes":
		return sizeCell(dst, float64(e.txSum), true)
	case "retrans":
		return countCell(dst, float64(e.retransmits), 0)
	}
	if e.rttMax == 0 {
		return append(dst, '-'), stFaint
	}
	return append(appendNumber(dst, float64(e.rttMax)/1000), "ms"...), stText
}

func (g *groups) order(row int32, col int) (float64, string) {
	e := &g.all[row]
	values := [...]float64{0, float64(e.owner.PID), float64(e.sockets), float64(e.established), float64(e.listening),
		e.rx, e.tx, float64(e.rxSum), float64(e.txSum), float64(e.retransmits), float64(e.rttMax)}
	if col == 0 {
		return 0, e.name
	}
	return values[col], ""
}
