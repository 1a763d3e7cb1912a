package ui

import (
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// place is where a jump came from.
type place struct {
	view   int
	mode   networkMode
	layers []layer
	filter string // of the view that the jump went to
	to     int
}

// maxPlaces bounds the way back.
const maxPlaces = 32

// jump shows another view with a filter; Esc comes back.
func (m *Model) jump(to int, filter string) { m.jumpMode(to, m.network.mode, filter) }

// jumpMode is jump for a mode of the view of the network.
func (m *Model) jumpMode(to int, mode networkMode, filter string) {
	if len(m.places) == maxPlaces {
		m.places = m.places[1:]
	}
	here := place{m.at, m.network.mode, append([]layer(nil), m.layers...), m.queries[to].text, to}
	m.places = append(m.places, here)
	m.network.mode = mode
	m.queries[to].set(filter)
	m.turn(to)
	m.views[to].table().moveTo(0)
}

func (m *Model) goBack() {
	last := m.places[len(m.places)-1]
	m.places = m.places[:len(m.places)-1]
	m.queries[last.to].set(last.filter)
	m.network.mode = last.mode
	m.turn(last.view)
	m.layers = last.layers
	m.refresh()
}

// subject is the process that is meant now: that of the page, else that under
// the cursor.
func (m *Model) subject() (metrics.ProcKey, bool) {
	if p := m.page(); p != nil {
		return p.key, p.key.PID != 0
	}
	switch m.at {
	case processView:
		if c := m.procs.current(); c != nil {
			return c.Key, true
		}
	case networkView:
		k := m.network.owner()
		return k, k.PID != 0
	case threatView:
		if f := m.threats.current(); f != nil {
			k := subjectKey(f)
			return k, k.PID != 0
		}
	}
	return metrics.ProcKey{}, false
}

// jumpProcess opens the process that the row under the cursor is about.
func (m *Model) jumpProcess() cmd {
	k, ok := m.subject()
	switch {
	case !ok && m.at == networkView && m.page() == nil && m.network.mode >= byPeer:
		return m.say("not held by one known process alone; "+keyName(m.keys.action("details").key())+" lists the sockets", stWarn)
	case !ok:
		return m.say("no process is known for this", stWarn)
	}
	return m.openProcess(k)
}

// jumpParent goes from a finding to its process, and from a process to its parent.
func jumpParent(m *Model) cmd {
	k, ok := m.subject()
	if !ok {
		return m.say("no process is known for this", stWarn)
	}
	if p := m.page(); p != nil && p.finding != nil {
		return m.openProcess(k)
	}
	if m.frame == nil {
		return nil
	}
	proc := m.frame.Snapshot.Lookup(k)
	if proc == nil {
		return m.say("the process has ended", stWarn)
	}
	i := m.frame.Snapshot.Find(proc.PPID)
	if i < 0 {
		return m.say("it has no parent that could be shown", stWarn)
	}
	return m.openProcess(m.frame.Snapshot.Processes[i].Key)
}

func (m *Model) jumpSockets() cmd {
	k, ok := m.subject()
	if !ok {
		return m.say("no process is known for this", stWarn)
	}
	for i := range m.frame.Snapshot.Sockets {
		if s := &m.frame.Snapshot.Sockets[i]; s.Owner == k && !s.Listening() && s.Proto != metrics.Unix {
			m.jumpMode(networkView, connections, pidFilter(k))
			return nil
		}
	}
	for i := range m.frame.Snapshot.Sockets {
		if s := &m.frame.Snapshot.Sockets[i]; s.Owner == k {
			m.jumpMode(networkView, listeners, pidFilter(k))
			return nil
		}
	}
	return m.say("process "+strconv.Itoa(int(k.PID))+" has no sockets that are known", stWarn)
}

func (m *Model) jumpFindings() cmd {
	k, ok := m.subject()
	if !ok {
		return m.say("no process is known for this", stWarn)
	}
	if len(m.findingsOf(k)) == 0 {
		return m.say("nothing was found about process "+strconv.Itoa(int(k.PID)), stGood)
	}
	m.jump(threatView, pidFilter(k))
	return nil
}

func (m *Model) findingsOf(k metrics.ProcKey) []*threats.Finding {
	var all []*threats.Finding
	if m.frame.Threats == nil {
		return nil
	}
	for i := range m.frame.Threats.Findings {
		if f := &m.frame.Threats.Findings[i]; subjectKey(f) == k {
			all = append(all, f)
		}
	}
	return all
}

func pidFilter(k metrics.ProcKey) string { return "pid=" + strconv.Itoa(int(k.PID)) }
