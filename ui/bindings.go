package ui

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// The numbers of the views.
const (
	overviewView = iota
	processView
	networkView
	threatView
	cgroupView
	performanceView
	viewCount
)

// defaultBindings are all keys and what they do, in the order of the help.
func defaultBindings() []binding {
	list := func(f func(t *table)) func(m *Model) cmd {
		return func(m *Model) cmd {
			f(m.views[m.at].table())
			return nil
		}
	}
	sortBy := func(columns ...string) func(m *Model) cmd {
		return func(m *Model) cmd { return m.sortList(columns) }
	}
	b := []binding{
		{"help", []string{"?", "f1"}, everywhere, "show the keys and what the figures mean", "help", nil, openHelp},
		{"quit", []string{"q", "ctrl+c"}, everywhere, "quit", "quit", nil, func(*Model) cmd { return tea.Quit }},
		{"back", []string{"esc"}, everywhere, "go back; never quits", "", nil, back},
		{"freeze", []string{"Z"}, everywhere, "freeze the screen, and go on", "freeze", nil, freeze},
		{"next-view", []string{"tab"}, everywhere, "next view", "", nil, func(m *Model) cmd { return m.visit(m.at + 1) }},
		{"previous-view", []string{"shift+tab"}, everywhere, "previous view", "", nil, func(m *Model) cmd { return m.visit(m.at - 1) }},
		{"slower", []string{"-"}, everywhere, "refresh less often", "", nil, func(m *Model) cmd { return m.changeRate(2) }},
		{"faster", []string{"+", "="}, everywhere, "refresh more often", "", nil, func(m *Model) cmd { return m.changeRate(0.5) }},
		{"export", []string{"x"}, everywhere, "write this view to a file", "", nil, openExport},
		{"copy", []string{"y"}, everywhere, "copy the selected row to the clipboard", "", nil, copyRow},
		{"theme", []string{"ctrl+t"}, everywhere, "choose the colours", "", nil, openThemes},
		{"suspend", []string{"ctrl+z"}, everywhere, "suspend the program", "", nil, func(*Model) cmd { return tea.Suspend }},
		{"redraw", []string{"ctrl+l"}, everywhere, "draw the screen anew", "", nil, func(*Model) cmd { return func() tea.Msg { return redrawMsg{} } }},

		{"filter", []string{"/"}, inViews, "filter: Enter keeps, Esc clears", "filter", nil, openFilter},
		{"saved-filters", []string{"'"}, inViews, "choose a saved filter", "", nil, openSaved},

		{"up", []string{"up", "k"}, lists, "up", "", nil, list(func(t *table) { t.moveTo(t.cursor - 1) })},
		{"down", []string{"down", "j"}, lists, "down", "", nil, list(func(t *table) { t.moveTo(t.cursor + 1) })},
		{"page-up", []string{"pgup", "ctrl+u"}, lists, "a page up", "", nil, list(func(t *table) { t.moveTo(t.cursor - max(t.height-1, 1)) })},
		{"page-down", []string{"pgdown", "ctrl+d"}, lists, "a page down", "", nil, list(func(t *table) { t.moveTo(t.cursor + max(t.height-1, 1)) })},
		{"first", []string{"home", "g"}, lists, "to the first row", "", nil, list(func(t *table) { t.moveTo(0) })},
		{"last", []string{"end", "G"}, lists, "to the last row", "", nil, list(func(t *table) { t.moveTo(len(t.index) - 1) })},
		{"details", []string{"enter"}, lists, "all about the selected row", "details", nil, openDetails},
		{"sort", []string{"s", "f6"}, lists, "choose the column to sort by", "sort", nil, openSort},
		{"invert", []string{"I"}, lists, "turn the order around", "", nil, invert},
		{"sort-cpu", []string{"P"}, lists, "sort by CPU", "", nil, sortBy("cpu")},
		{"sort-memory", []string{"M"}, lists, "sort by memory", "", nil, sortBy("rss", "memory")},
		{"sort-time", []string{"T"}, lists, "sort by CPU time", "", nil, sortBy("time")},
		{"sort-pid", []string{"N"}, lists, "sort by pid", "", nil, sortBy("pid")},
		{"columns", []string{"c"}, lists, "choose and order the columns", "columns", nil, openColumns},

		{"signal", []string{"f9", "ctrl+k"}, inProcesses, "send a signal to the marked processes, or the selected one", "signal", needsAct, openSignals},
		{"nice-down", []string{"f7"}, inProcesses, "lower the nice value: more CPU", "", needsAct, func(m *Model) cmd { return m.askNice(-1) }},
		{"nice-up", []string{"f8"}, inProcesses, "raise the nice value: less CPU", "", needsAct, func(m *Model) cmd { return m.askNice(+1) }},
		{"stop", []string{"S"}, inProcesses, "stop the process", "", needsAct, func(m *Model) cmd { return m.askSignal("STOP") }},
		{"continue", []string{"C"}, inProcesses, "let a stopped process go on", "", needsAct, func(m *Model) cmd { return m.askSignal("CONT") }},
		{"mark", []string{" "}, inProcesses, "mark the process", "mark", nil, mark},
		{"unmark", []string{"U"}, inProcesses, "unmark all", "", nil, unmark},
		{"tree", []string{"t", "f5"}, inProcesses, "tree or list", "tree", nil, toggleTree},
		{"fold", []string{"left"}, inProcesses, "fold the subtree or the threads", "", nil, func(m *Model) cmd { return m.fold(true) }},
		{"unfold", []string{"right"}, inProcesses, "unfold the subtree or the threads", "", nil, func(m *Model) cmd { return m.fold(false) }},
		{"follow", []string{"F"}, inProcesses, "keep the cursor on this process", "", nil, toggleFollow},
		{"threads", []string{"H"}, inProcesses, "show or hide the threads of the processes in view", "", nil, toggleThreads},
		{"kernel", []string{"K"}, inProcesses, "show or hide kernel threads", "", nil, toggleKernel},
		{"process-sockets", []string{"o"}, inProcesses, "its sockets", "", nil, func(m *Model) cmd { return m.jumpSockets() }},
		{"process-parent", []string{"p"}, inProcesses, "its parent", "", nil, jumpParent},
		{"process-findings", []string{"f"}, inProcesses, "its findings", "", nil, func(m *Model) cmd { return m.jumpFindings() }},

		{"network-mode", []string{"m"}, inNetwork, "connections, listeners, by process, by peer, by port", "group", nil, nextNetworkMode},
		{"socket-process", []string{"p"}, inNetwork, "the process that holds it", "process", nil, func(m *Model) cmd { return m.jumpProcess() }},

		{"finding-process", []string{"p"}, inThreats, "the process it is about", "process", nil, func(m *Model) cmd { return m.jumpProcess() }},
		{"finding-sockets", []string{"o"}, inThreats, "the sockets of its process", "", nil, func(m *Model) cmd { return m.jumpSockets() }},
		{"acknowledge", []string{"v"}, inThreats, "acknowledge: seen and known", "acknowledge", nil, acknowledge},
		{"allow", []string{"a"}, inThreats, "allow it for good, after showing what that covers", "allow", needsAllow, askAllow},
		{"checks", []string{"d"}, inThreats, "what is checked and what is not", "checks", nil, openChecks},
		{"changes", []string{"b"}, inThreats, "what has changed since the baseline", "", nil, openChanges},

		{"figures", []string{"f"}, inPerformance, "all figures of the program's own cost", "figures", nil, openOwn},

		{"scroll-up", []string{"up", "k"}, inPages, "up", "", nil, func(m *Model) cmd { return m.scrollPage(-1) }},
		{"scroll-down", []string{"down", "j"}, inPages, "down", "", nil, func(m *Model) cmd { return m.scrollPage(+1) }},
		{"scroll-page-up", []string{"pgup", "ctrl+u"}, inPages, "a page up", "", nil, func(m *Model) cmd { return m.scrollPage(-pageful) }},
		{"scroll-page-down", []string{"pgdown", "ctrl+d", " "}, inPages, "a page down", "", nil, func(m *Model) cmd { return m.scrollPage(+pageful) }},
		{"scroll-first", []string{"home", "g"}, inPages, "to the beginning", "", nil, func(m *Model) cmd { return m.scrollPage(-endful) }},
		{"scroll-last", []string{"end", "G"}, inPages, "to the end", "", nil, func(m *Model) cmd { return m.scrollPage(+endful) }},
		{"search", []string{"/"}, inPages, "look for a text: Enter keeps it, Esc clears", "search", nil, openSearch},
		{"next-match", []string{"n"}, inPages, "next place of the text; without one, next section", "", nil, func(m *Model) cmd { return m.nextMatch(+1) }},
		{"previous-match", []string{"N"}, inPages, "previous place of the text, or section", "", nil, func(m *Model) cmd { return m.nextMatch(-1) }},
		{"next-section", []string{"right"}, inPages, "next section", "section", nil, func(m *Model) cmd { return m.nextSection(+1) }},
		{"previous-section", []string{"left", "b"}, inPages, "previous section", "", nil, func(m *Model) cmd { return m.nextSection(-1) }},
		{"parent", []string{"p"}, aboutProcess, "of a finding: its process; of a process: its parent", "parent", nil, jumpParent},
		{"sockets", []string{"o"}, aboutProcess, "the sockets of the process", "sockets", nil, func(m *Model) cmd { return m.jumpSockets() }},
		{"findings", []string{"f"}, aboutProcess, "the findings about the process", "findings", nil, func(m *Model) cmd { return m.jumpFindings() }},
		{"reveal", []string{"e"}, inDossier, "show or hide secrets of the environment", "reveal", nil, reveal},
		{"read-again", []string{"r"}, inDossier, "read the details again", "", nil, readAgain},
		{"page-signal", []string{"f9", "ctrl+k"}, aboutProcess, "send a signal to the process", "signal", needsAct, openSignals},
		{"page-allow", []string{"a"}, inFinding, "allow the finding", "allow", needsAllow, askAllow},
		{"page-acknowledge", []string{"v"}, inFinding, "acknowledge the finding", "acknowledge", nil, acknowledge},
	}
	for i, name := range []string{"overview", "processes", "network", "threats", "cgroups", "performance"} {
		b = append(b, binding{action: name, keys: []string{string(rune('1' + i))}, scope: everywhere,
			help: "the view " + name, do: func(m *Model) cmd { return m.visit(i) }})
	}
	return b
}

// pageful and endful stand for a page and for all of it in scrollPage.
const pageful, endful = 1 << 10, 1 << 20

// redrawMsg has the terminal forget what it shows.
type redrawMsg struct{}

func (m *Model) visit(view int) cmd {
	m.places = nil
	m.turn(view)
	return nil
}

func freeze(m *Model) cmd {
	m.frozen = !m.frozen
	m.thaw()
	return nil
}

// The bounds of the time between frames that keys can choose.
const minInterval, maxInterval = 250 * time.Millisecond, 60 * time.Second

func (m *Model) changeRate(factor float64) cmd {
	if m.opts.SetInterval == nil {
		return m.say("the refresh rate cannot be changed here", stWarn)
	}
	if m.asked <= 0 {
		m.interval, m.asked = time.Second, time.Second
	}
	held := max(m.interval/m.asked, 1) // the governor's factor, which stays
	d := time.Duration(float64(m.asked) * factor)
	m.asked = min(max(d, minInterval), maxInterval)
	m.interval = m.asked * held
	m.opts.SetInterval(m.asked)
	if held > 1 {
		return m.say(fmt.Sprintf("refresh every %v, which the governor makes %v", m.asked, m.interval), stWarn)
	}
	return m.say("refresh every "+m.asked.String(), stAccent)
}

// sortList sorts by the first of the columns that the list has.
func (m *Model) sortList(columns []string) cmd {
	t := m.views[m.at].table()
	for _, c := range columns {
		if t.column(c) >= 0 {
			t.sortBy, t.reverse = c, false
			m.refresh()
			return nil
		}
	}
	return m.say("this list has no such column to sort by", stWarn)
}

func invert(m *Model) cmd {
	t := m.views[m.at].table()
	t.reverse = !t.reverse
	m.refresh()
	return nil
}

func (m *Model) filterOf(view int) *query { return &m.queries[view] }
