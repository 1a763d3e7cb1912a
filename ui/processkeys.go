package ui

import "github.com/smoothtask/smoothtask/metrics"

func mark(m *Model) cmd {
	p := m.procs
	c := p.current()
	if c == nil || p.ended(p.list.current()) {
		return nil
	}
	t := p.thread(p.list.current())
	if p.marks[c.Key] {
		delete(p.marks, c.Key)
	} else {
		p.marks[c.Key] = true
	}
	p.list.moveTo(p.list.cursor + 1)
	if t != nil {
		return m.say(t.of(c)+": the mark is on the process", stAccent)
	}
	return nil
}

func unmark(m *Model) cmd {
	clear(m.procs.marks)
	return nil
}

func toggleTree(m *Model) cmd {
	p := m.procs
	c := p.current()
	if p.tree != nil {
		p.tree = nil
	} else {
		p.tree = &tree{sym: m.sym}
	}
	m.refresh()
	if c != nil {
		p.find(c.Key)
	}
	return nil
}

// fold closes or opens the subtree under the cursor, and its threads.
func (m *Model) fold(shut bool) cmd {
	p := m.procs
	c := p.current()
	if p.tree == nil && !p.threads.on || c == nil {
		return nil
	}
	if shut {
		p.closed[c.Key] = true
	} else {
		delete(p.closed, c.Key)
	}
	m.refresh()
	p.find(c.Key)
	return nil
}

func toggleFollow(m *Model) cmd {
	p := m.procs
	if p.follow.PID != 0 {
		p.follow = metrics.ProcKey{}
		return m.say("no longer following", stAccent)
	}
	if c := p.current(); c != nil {
		p.follow = c.Key
		return m.say("following "+c.ID.Comm, stAccent)
	}
	return nil
}

func toggleKernel(m *Model) cmd {
	m.procs.hideK = !m.procs.hideK
	m.refresh()
	return nil
}
