package ui

import (
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// drawList lists the processes that come first.
func (o *overview) drawList(m *Model, a area) {
	if rows := max(a.h-1, 0); rows != o.room {
		o.room = rows
		o.choose()
	}
	o.list.resize(o.room)
	o.list.none = m.none(&o.list)
	o.list.draw(a, !o.onNews, nil)
	c := &m.frame.Snapshot.Counts
	m.text = strconv.AppendInt(m.text[:0], int64(len(o.first)), 10)
	m.text = strconv.AppendInt(append(m.text, " of "...), int64(len(o.passed)), 10)
	short := len(m.text)
	if m.filterOf(overviewView).good.Empty() {
		m.text = append(strconv.AppendInt(append(m.text, " processes, "...), int64(c.Running), 10), " running"...)
		if c.Zombie > 0 {
			m.text = append(strconv.AppendInt(append(m.text, ", "...), int64(c.Zombie), 10), " zombie"...)
		}
	} else {
		m.text = append(m.text, " processes that pass"...)
	}
	if !o.list.remark(a, m.text) {
		o.list.remark(a, m.text[:short])
	}
}

// drawNews lists the findings, the worst first.
func (o *overview) drawNews(m *Model, a area) {
	o.news.resize(a.h - 1)
	o.news.none = m.threats.none(m, o.known)
	o.news.draw(a, o.onNews, nil)
	m.text = appendCoverage(m.text[:0], &m.threats.snap.Coverage)
	o.news.remark(a, m.text)
}

func severityStyle(s threats.Severity) screen.Style {
	switch s {
	case threats.Critical:
		return stCritical
	case threats.High:
		return stBad
	case threats.Medium:
		return stWarn
	case threats.Low:
		return stAccent
	}
	return stDim
}

// ageOf is how long ago something was, at the time of the frame.
func (m *Model) ageOf(t time.Time) time.Duration { return m.frame.At.Sub(t) }
