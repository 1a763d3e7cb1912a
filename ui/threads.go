package ui

import (
	"cmp"
	"context"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/metrics"
)

// threads are the threads of the processes in view. They are read beside the
// screen, once a frame, and kept for a while after their process has left the
// view, so that the rows around the cursor do not come and go.
type threads struct {
	on      bool
	reading bool
	of      map[metrics.ProcKey]*threadGroup
	rows    []threadRow // below their processes in the list, by row number
	due     []due       // scratch
	frame   uint64      // of the last reading
	room    int         // threads that may still be read in it
}

// threadGroup is what the last two readings tell of one process.
type threadGroup struct {
	at   time.Time // of the last reading
	read uint64    // the frame of the last reading
	seen uint64    // the frame in which it was in view last
	list []thread  // by rising id; empty when it could not be read
}

type thread struct {
	metrics.Thread
	cpu, calm float32 // percent of a core, and the same for sorting; unknown before the second reading
	known     bool
}

type due struct {
	key  metrics.ProcKey
	size int
	read uint64
}

// Bounds of what is read in one frame and of what is kept, in threads.
const (
	threadsRead = 2048
	threadsKept = 8192
	// threadGroups bounds the processes: several screens full of them.
	threadGroups = 256
	threadTime   = 2 * time.Second
)

func toggleThreads(m *Model) cmd {
	if m.opts.Inspect == nil {
		return m.say("threads cannot be read on this system", stWarn)
	}
	t := &m.procs.threads
	t.on = !t.on
	m.refresh()
	if t.on {
		return m.say("threads stand below their processes", stAccent)
	}
	*t = threads{reading: t.reading}
	return m.say("threads are no longer shown", stAccent)
}

// readThreads reads the threads of the processes in view that were not read in
// this frame, those that wait longest first. One reading is under way at most.
func (m *Model) readThreads() cmd {
	p := m.procs
	t := &p.threads
	if !t.on || t.reading || m.frame == nil || m.held() || m.views[m.at] != view(p) || m.page() != nil {
		return nil
	}
	t.due = t.due[:0]
	p.list.visible(func(row int32) bool {
		proc := p.owner(row)
		if proc == nil || proc.Threads < 2 || p.ended(row) || p.closed[proc.Key] {
			return true
		}
		g := t.of[proc.Key]
		d := due{key: proc.Key, size: int(proc.Threads)}
		if g != nil {
			g.seen, d.read = m.frame.Seq, g.read
		}
		if (g == nil || g.read != m.frame.Seq) && !slices.ContainsFunc(t.due, func(o due) bool { return o.key == d.key }) {
			t.due = append(t.due, d)
		}
		return true
	})
	if t.frame != m.frame.Seq {
		t.frame, t.room = m.frame.Seq, threadsRead
	}
	if len(t.due) == 0 || t.room <= 0 {
		return nil
	}
	slices.SortStableFunc(t.due, func(a, b due) int { return cmp.Compare(a.read, b.read) })
	var keys []metrics.ProcKey
	for _, d := range t.due {
		if d.size > t.room && t.room < threadsRead { // the first one may be of any size
			t.room = 0
			break
		}
		t.room -= d.size
		keys = append(keys, d.key)
	}
	if len(keys) == 0 {
		return nil
	}
	t.reading = true
	inspect, seq := m.opts.Inspect, m.frame.Seq
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), threadTime)
		defer cancel()
		msg := threadsMsg{seq: seq, keys: keys}
		for _, k := range keys {
			d, err := inspect(ctx, k, metrics.PartThreads)
			if err != nil {
				d = nil // ended, or refused: it has no rows
			}
			msg.details = append(msg.details, d)
		}
		return msg
	}
}

// threadsMsg are the threads that were read for a frame; nil where that failed.
type threadsMsg struct {
	seq     uint64
	keys    []metrics.ProcKey
	details []*metrics.Detail
}

func (r threadsMsg) tell(m *Model) cmd {
	t := &m.procs.threads
	t.reading = false
	if !t.on {
		return nil
	}
	for i, k := range r.keys {
		t.take(k, r.details[i], r.seq)
	}
	t.forget(m.procs.now.snap)
	if !m.held() {
		m.refresh()
	}
	return nil
}

// take keeps a reading; what a thread used is its time since the one before.
func (t *threads) take(k metrics.ProcKey, d *metrics.Detail, seq uint64) {
	if t.of == nil {
		t.of = map[metrics.ProcKey]*threadGroup{}
	}
	old := t.of[k]
	if old == nil {
		old = &threadGroup{}
	}
	g := &threadGroup{read: seq, seen: seq}
	if d != nil {
		g.at = d.At
		over := d.At.Sub(old.at)
		j := 0
		for _, now := range d.Threads {
			one := thread{Thread: now}
			for j < len(old.list) && old.list[j].TID < now.TID {
				j++
			}
			if j < len(old.list) && old.list[j].TID == now.TID && over > 0 && now.CPUNS >= old.list[j].CPUNS {
				was := &old.list[j]
				one.cpu = float32(100 * float64(now.CPUNS-was.CPUNS) / float64(over))
				one.calm, one.known = one.cpu, true
				if was.known {
					one.calm = settle(was.calm, one.cpu)
				}
			}
			g.list = append(g.list, one)
		}
	}
	t.of[k] = g
}

// forget drops what has ended, and then what has been out of view longest, until
// the rest is within the bounds.
func (t *threads) forget(snap *metrics.Snapshot) {
	kept := 0
	for k, g := range t.of {
		if snap.Lookup(k) == nil {
			delete(t.of, k)
			continue
		}
		kept += len(g.list)
	}
	for len(t.of) > 1 && (kept > threadsKept || len(t.of) > threadGroups) {
		var oldest metrics.ProcKey
		var seen uint64
		for k, g := range t.of {
			if oldest.PID == 0 || g.seen < seen || g.seen == seen && before(k, oldest) {
				oldest, seen = k, g.seen
			}
		}
		kept -= len(t.of[oldest].list)
		delete(t.of, oldest)
	}
}
