package ui

import (
	"fmt"
	"strconv"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/action"
	"github.com/smoothtask/smoothtask/metrics"
)

// aims are the processes that an action is for: the one of the page, the marked
// ones, or the one under the cursor. They are copies: the list may move on.
func (m *Model) aims() []metrics.Process {
	if m.frame == nil {
		return nil
	}
	if p := m.page(); p != nil {
		if proc := m.frame.Snapshot.Lookup(p.key); proc != nil {
			return []metrics.Process{*proc}
		}
		return nil
	}
	return m.procs.targets()
}

// maxIdentities bounds the processes that a dialog names one by one.
const maxIdentities = 8

// identities are the lines that say exactly who is meant.
func (m *Model) identities(aims []metrics.Process) []line {
	var lines []line
	for i := range aims {
		p := &aims[i]
		if i == maxIdentities {
			lines = append(lines, line{text: fmt.Sprintf("and %d more", len(aims)-i), style: stWarn})
			break
		}
		began := p.Key.StartedAt(m.frame.Snapshot.At.Add(-m.frame.Snapshot.Uptime))
		lines = append(lines,
			line{label: "pid " + strconv.Itoa(int(p.Key.PID)), text: p.ID.Comm + "  of " + p.ID.User + ", since " + began.Format("2006-01-02 15:04:05"), style: stStrong})
		if p.Key.PID == 1 {
			lines = append(lines, line{label: " ", text: "pid 1 carries the whole system", style: stBad})
		}
		if len(aims) <= 3 {
			if p.ID.Exe != "" {
				lines = append(lines, line{label: " ", text: p.ID.Exe, style: stText})
			}
			command := string(appendCommand(nil, p.ID))
			if len(command) > 200 {
				command = command[:200]
			}
			lines = append(lines, line{label: " ", text: command, style: stDim})
		}
	}
	return append(lines, line{})
}

// meant says that an action is for the process where the cursor is on a thread.
func (m *Model) meant() []line {
	p := m.procs
	if t := p.thread(p.list.current()); t != nil && m.page() == nil && m.at == processView && len(p.marks) == 0 {
		return []line{{text: t.of(p.current()) + ", which is meant as a whole", style: stWarn}}
	}
	return nil
}

// ask opens the dialog of an action. The screen keeps still until it is answered.
func (m *Model) ask(title string, items []item, at int, choose func(m *Model, aims []metrics.Process, i int) cmd) cmd {
	if why := needsAct(&m.opts); why != "" {
		return m.say(why, stWarn)
	}
	aims := m.aims()
	if len(aims) == 0 {
		return m.say("no process is selected", stWarn)
	}
	d := &menu{title: title, about: append(m.meant(), m.identities(aims)...), items: items, at: at, still: true, hint: "Enter does it, Esc leaves"}
	d.choose = func(m *Model, i int) cmd {
		m.pop()
		return choose(m, aims, i)
	}
	m.push(d)
	return nil
}

func openSignals(m *Model) cmd {
	signals := action.Signals()
	items := make([]item, len(signals))
	for i, s := range signals {
		items[i] = item{name: fmt.Sprintf("%2d %s", int(s.Signal), s.Name), about: s.Meaning}
	}
	return m.ask("Send a signal", items, 0, func(m *Model, aims []metrics.Process, i int) cmd {
		return m.signal(signals[i].Signal, aims)
	})
}

// askSignal asks for one signal by its name.
func (m *Model) askSignal(name string) cmd {
	for _, s := range action.Signals() {
		if s.Name == name {
			items := []item{{name: "send SIG" + name, about: s.Meaning}, {name: "leave it"}}
			return m.ask("Send SIG"+name, items, 0, func(m *Model, aims []metrics.Process, i int) cmd {
				if i != 0 {
					return nil
				}
				return m.signal(s.Signal, aims)
			})
		}
	}
	return nil
}

func (m *Model) signal(sig syscall.Signal, aims []metrics.Process) cmd {
	op := m.opts.Operator
	return m.act("SIG"+action.SignalName(sig), aims, func(t action.Target) action.Result { return op.Signal(t, sig) })
}

// askNice asks for a new nice value, beginning next to the present one.
func (m *Model) askNice(by int) cmd {
	aims := m.aims()
	at := by - action.MinNice
	if len(aims) > 0 {
		at = min(max(int(aims[0].Nice)+by, action.MinNice), action.MaxNice) - action.MinNice
	}
	items := make([]item, action.MaxNice-action.MinNice+1)
	for i := range items {
		n := i + action.MinNice
		items[i] = item{name: fmt.Sprintf("%3d", n), about: niceAbout(n)}
	}
	return m.ask("Set the nice value", items, at, func(m *Model, aims []metrics.Process, i int) cmd {
		op, nice := m.opts.Operator, i+action.MinNice
		return m.act("nice "+strconv.Itoa(nice), aims, func(t action.Target) action.Result { return op.Renice(t, nice) })
	})
}

func niceAbout(n int) string {
	switch {
	case n == -20:
		return "most CPU"
	case n == 0:
		return "usual"
	case n == 19:
		return "only what nobody else wants"
	}
	return ""
}

// actedMsg is what became of an action.
type actedMsg struct {
	what    string
	names   []string
	results []action.Result
}

// act does what was confirmed, process by process, beside the screen.
func (m *Model) act(what string, aims []metrics.Process, do func(action.Target) action.Result) cmd {
	clear(m.procs.marks)
	return func() tea.Msg {
		r := actedMsg{what: what}
		for i := range aims {
			p := &aims[i]
			r.names = append(r.names, strconv.Itoa(int(p.Key.PID))+" "+p.ID.Comm)
			r.results = append(r.results, do(action.Target{Key: p.Key, Kthread: p.Kthread(), Init: p.Key.PID == 1}))
		}
		return r
	}
}

// tell shows how it went: in the footer, or on a page when some of several failed.
func (r actedMsg) tell(m *Model) cmd {
	failed := 0
	for _, one := range r.results {
		if !one.OK() {
			failed++
		}
	}
	switch {
	case failed == 0 && len(r.results) == 1:
		return m.say(r.what+" "+m.sym.arrow+" "+r.names[0]+": done", stGood)
	case failed == 0:
		return m.say(fmt.Sprintf("%s %s %d processes: done", r.what, m.sym.arrow, len(r.results)), stGood)
	case len(r.results) == 1:
		return m.say(r.what+" "+m.sym.arrow+" "+r.names[0]+": "+m.problem(r.results[0]), stBad)
	}
	w := pageWriter{}
	w.section(fmt.Sprintf("%d of %d failed", failed, len(r.results)))
	for i, one := range r.results {
		if one.OK() {
			w.item(r.names[i], "done", stGood)
		} else {
			w.item(r.names[i], m.problem(one), stBad)
		}
	}
	m.push(&page{title: r.what, lines: w.lines})
	return nil
}

func (m *Model) problem(r action.Result) string { return m.opts.because(r.Problem, r.Needs) }
