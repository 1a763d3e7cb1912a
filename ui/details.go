package ui

import (
	"context"
	"regexp"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/filter"
	"github.com/smoothtask/smoothtask/metrics"
)

// openDetails shows all about the row under the cursor.
func openDetails(m *Model) cmd {
	if m.frame == nil {
		return nil
	}
	switch m.at {
	case overviewView:
		return m.over.open(m)
	case threatView:
		if f := m.threats.current(); f != nil {
			m.openFinding(f)
		}
		return nil
	case processView:
		return m.jumpProcess()
	case networkView:
		if m.network.mode >= byProcess && m.network.owner().PID == 0 || m.network.mode >= byPeer {
			return m.jumpGroup()
		}
		return m.jumpProcess()
	case performanceView:
		m.openCost(m.views[m.at].(*performance))
	case cgroupView:
		c := m.cgroups
		if row := c.list.current(); row >= 0 {
			m.jump(processView, "cgroup~"+filter.Quote("^"+regexp.QuoteMeta(c.snap.System.Cgroups[row].Path)+"(/|$)"))
		}
	}
	return nil
}

// detailMsg is what was read of one process.
type detailMsg struct {
	key    metrics.ProcKey
	detail *metrics.Detail
	err    error
}

// inspectTime bounds the reading of the details of one process.
const inspectTime = 5 * time.Second

func (m *Model) openProcess(k metrics.ProcKey) cmd {
	p := &page{title: "Process " + strconv.Itoa(int(k.PID)), key: k, make: writeDossier}
	m.openPage(p)
	return m.inspect(p)
}

// inspect reads the details beside the screen.
func (m *Model) inspect(p *page) cmd {
	if m.opts.Inspect == nil || p.reading {
		return nil
	}
	p.reading = true
	read, k, parts := m.opts.Inspect, p.key, metrics.PartsAll&^metrics.PartHash
	if m.frame != nil {
		if proc := m.frame.Snapshot.Lookup(k); proc != nil && proc.Kthread() {
			parts = metrics.PartLimits | metrics.PartThreads | metrics.PartNamespaces // it has no memory of its own, and no program
		}
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), inspectTime)
		defer cancel()
		d, err := read(ctx, k, parts)
		return detailMsg{k, d, err}
	}
}

// hash reads what is slow after the rest is on the screen.
func (m *Model) hash(k metrics.ProcKey) cmd {
	read := m.opts.Inspect
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 4*inspectTime)
		defer cancel()
		d, err := read(ctx, k, metrics.PartHash)
		return hashMsg{k, d, err}
	}
}

func (d detailMsg) tell(m *Model) cmd {
	for _, l := range m.layers {
		p, ok := l.(*page)
		if !ok || p.key != d.key || !p.reading {
			continue
		}
		p.reading = false
		if d.err != nil {
			p.err = d.err.Error()
		} else {
			p.detail, p.err = d.detail, ""
		}
		// A thread of the kernel has no program that could be read.
		p.hashing = d.err == nil && d.detail.SHA256 == "" && p.last != nil && !p.last.Kthread()
		p.rebuild(m)
		if p.hashing {
			return m.hash(d.key)
		}
	}
	return nil
}

// hashMsg is the hash of a program file.
type hashMsg detailMsg

func (d hashMsg) tell(m *Model) cmd {
	for _, l := range m.layers {
		if p, ok := l.(*page); ok && p.key == d.key && p.detail != nil {
			p.hashing = false
			if d.err != nil {
				p.detail.Gaps = append(p.detail.Gaps, metrics.Gap{What: "hash of the program", Why: d.err.Error()})
			} else {
				p.detail.SHA256 = d.detail.SHA256
				p.detail.Gaps = append(p.detail.Gaps, d.detail.Gaps...)
			}
			p.rebuild(m)
		}
	}
	return nil
}

func readAgain(m *Model) cmd {
	if p := m.page(); p != nil && p.key.PID != 0 && p.finding == nil {
		return m.inspect(p)
	}
	return nil
}

func reveal(m *Model) cmd {
	if p := m.page(); p != nil && p.detail != nil {
		p.reveal = !p.reveal
		p.rebuild(m)
	}
	return nil
}
