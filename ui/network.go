package ui

import "github.com/smoothtask/smoothtask/metrics"

// network is the view of sockets: one by one, or grouped. Each mode has a table of
// its own, with its own columns and order.
type network struct {
	lists [networkModes]table
	mode  networkMode
	modes []tab // where the names of the modes were drawn, for the mouse
	row   int   // and on which row of the screen
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
	n.lists[connections] = table{rows: newSocketRows(n, connectionColumns), sortBy: "rx"}
	n.lists[listeners] = table{rows: newSocketRows(n, listenerColumns), sortBy: "lport"}
	for mode := byProcess; mode < networkModes; mode++ {
		n.lists[mode] = table{rows: &n.group, sortBy: "rx"}
	}
	return n
}

func (n *network) name() string  { return "Network" }
func (n *network) scope() scope  { return inNetwork }
func (n *network) table() *table { return &n.lists[n.mode] }
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
		if !q.good.Socket(&m.data, i) {
			continue
		}
		n.index = append(n.index, int32(i))
		if r, ok := n.lists[n.mode].rows.(*socketRows); ok {
			r.widen(s)
		}
	}
	if n.mode >= byProcess {
		n.group.build(n)
		n.table().setRows(n.group.index)
		return
	}
	n.table().setRows(n.index)
}

func nextNetworkMode(m *Model) cmd { return m.showNetwork((m.network.mode + 1) % networkModes) }

func (m *Model) showNetwork(mode networkMode) cmd {
	m.network.mode = mode
	m.refresh()
	return nil
}

// owner is the process of what is under the cursor.
func (n *network) owner() metrics.ProcKey {
	row := n.table().current()
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
	n.modes, n.row = n.modes[:0], a.y
	for i, name := range networkModeNames {
		st := stDim
		if networkMode(i) == n.mode {
			st = stStrong
		}
		end := a.text(x, 0, name, st)
		n.modes = append(n.modes, tab{a.x + x, a.x + end, i})
		x = end + 2
	}
	if len(m.frame.Snapshot.Sockets) == 0 {
		a.text(1, 2, "no sockets are known", stDim)
		m.drawGaps(a.part(0, 1, a.w, a.h-1), "sockets")
		return
	}
	n.table().resize(a.h - 2)
	n.table().draw(a.part(0, 1, a.w, a.h-1), true, nil)
}
