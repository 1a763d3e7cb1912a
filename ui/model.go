package ui

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/smoothtask/smoothtask/filter"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/ui/noquery"
	"github.com/smoothtask/smoothtask/ui/screen"
)

func init() { noquery.Restore() }

type cmd = tea.Cmd

// Model is the screen. It is used through a pointer, by one goroutine.
type Model struct {
	opts        Options
	keys        *keymap
	theme       *theme
	themeChosen bool // by a key, now or in an earlier run
	dark        bool // the background, as far as it is known
	profile     termenv.Profile
	palette     *screen.Palette
	sym         *symbols

	grid   screen.Grid
	text   []byte // scratch of drawing
	output []byte // scratch of View
	plot   plot

	frame  *monitor.Frame // what is shown; nil before the first
	latest *monitor.Frame // newer than frame while the screen is held
	frozen bool
	ended  bool // there will be no more frames

	views    []view
	at       int
	queries  [viewCount]query
	data     filter.Data // the frame, for filters
	goneData filter.Data
	layers   []layer // on top of the view: help, details, dialogs
	places   []place // where jumps came from
	prompt   *prompt // the filter line, while it is typed in

	over     *overview
	procs    *processes
	network  *network
	threats  *findings
	cgroups  *cgroups
	interval time.Duration // between frames
	asked    time.Duration // the same as it was asked for
	watched  []int32

	note      string // the footer's message
	noteStyle screen.Style
	noteUntil time.Time

	tabs        []tab // where the tabs were drawn, for the mouse
	body        area  // where the view was drawn
	filterAbove bool  // the filter stands beside the tabs
}

// view is one of the numbered screens.
type view interface {
	name() string
	scope() scope
	table() *table // the list with the cursor
	refresh(m *Model)
	draw(m *Model, a area)
}

// layer lies over a view and gets the keys first.
type layer interface {
	draw(m *Model, a area)
	// press returns false for a key that is not the layer's.
	press(m *Model, k tea.KeyMsg) (cmd, bool)
	// holds tells whether the view below must keep still.
	holds() bool
}

// New makes the model. An unknown theme or view in the options falls back to
// the default: the configuration has been checked before.
func New(o Options) *Model {
	o = o.withDefaults()
	m := &Model{opts: o, keys: newKeymap(o.Keys), sym: &unicodeSymbols, profile: termenv.ANSI256}
	if o.ASCII {
		m.sym = &asciiSymbols
		m.grid.ASCII = true
	}
	m.setBackground(o.Theme != "light")
	m.queries = newQueries()
	m.procs, m.network, m.threats, m.cgroups = newProcesses(m), newNetwork(), newFindings(), newCgroups()
	m.over = newOverview(m)
	m.views = []view{m.over, m.procs, m.network, m.threats, m.cgroups, newPerformance()}
	m.restore()
	return m
}

// setBackground chooses the theme anew for a dark or light background.
func (m *Model) setBackground(dark bool) {
	m.dark = dark
	m.setTheme(m.opts.Theme)
}

// setTheme chooses a theme by name; auto goes by the background.
func (m *Model) setTheme(name string) {
	switch {
	case m.opts.NoColor:
		name = "mono"
	case name == "auto" && m.dark:
		name = "dark"
	case name == "auto":
		name = "light"
	}
	t, err := findTheme(name, m.dark)
	if err != nil {
		t = &themes[0]
	}
	m.theme = t
	m.palette = t.palette(m.profile)
}

// setProfile says how many colours the terminal has.
func (m *Model) setProfile(p termenv.Profile) {
	m.profile = p
	m.palette = m.theme.palette(p)
}

// frameMsg brings a frame; nil says that there will be none any more.
type frameMsg struct{ frame *monitor.Frame }

// backgroundMsg tells what the terminal said of its background.
type backgroundMsg struct{ dark bool }

// wakeMsg has the screen drawn again when a message of the footer has expired.
type wakeMsg struct{}

// Init waits for the first frame, and shows the notice meanwhile.
func (m *Model) Init() tea.Cmd {
	if m.opts.Notice != "" {
		return tea.Batch(m.wait(), m.say(m.opts.Notice, stAccent))
	}
	return m.wait()
}

func (m *Model) wait() cmd {
	if m.opts.Frames == nil {
		return nil
	}
	frames := m.opts.Frames
	return func() tea.Msg {
		f, ok := <-frames
		if !ok {
			return frameMsg{}
		}
		return frameMsg{f}
	}
}

// Update takes one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	c := m.handle(msg)
	if read := m.readThreads(); read != nil {
		c = tea.Batch(c, read)
	}
	return m, c
}

func (m *Model) handle(msg tea.Msg) cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.grid.Resize(clampSize(msg.Width), clampSize(msg.Height))
	case frameMsg:
		return m.take(msg.frame)
	case tea.KeyMsg:
		return m.keysOf(msg)
	case tea.MouseMsg:
		return m.mouse(msg)
	case backgroundMsg:
		m.setBackground(msg.dark)
	case answer:
		return msg.tell(m)
	}
	return nil
}

// answer is the result of a command.
type answer interface{ tell(m *Model) cmd }

// maxSize bounds what a terminal may claim to be.
const maxSize = 1000

func clampSize(n int) int { return min(max(n, 0), maxSize) }

// take shows a frame, or keeps it while the screen is held.
func (m *Model) take(f *monitor.Frame) cmd {
	if f == nil {
		m.ended = true
		return nil
	}
	if m.latest != nil && m.latest != m.frame {
		m.latest.Release()
	}
	m.latest = f
	if !m.held() {
		m.show(f)
	}
	return m.wait()
}

func (m *Model) held() bool {
	if m.frozen {
		return true
	}
	for _, l := range m.layers {
		if l.holds() {
			return true
		}
	}
	return false
}

func (m *Model) show(f *monitor.Frame) {
	old := m.frame
	m.frame = f
	m.interval, m.asked = f.Interval, f.Asked
	m.procs.carry(f)
	if k := m.procs.follow; k.PID != 0 && f.Snapshot.Lookup(k) == nil {
		m.procs.follow = metrics.ProcKey{}
		m.note, m.noteStyle, m.noteUntil = fmt.Sprintf("process %d, which was followed, has ended", k.PID), stWarn, m.opts.Now().Add(noteTime)
	}
	m.threats.carry(f)
	m.data.Reset(f.Snapshot, f.Rates, m.threats.snap.Findings)
	m.refresh()
	if old != nil && old != f {
		old.Release()
	}
	m.watch()
}

// refresh has the current view, and what lies over it, follow the frame.
func (m *Model) refresh() {
	if m.frame == nil {
		return
	}
	m.views[m.at].refresh(m)
	for _, l := range m.layers {
		if p, ok := l.(*page); ok {
			p.rebuild(m)
		}
	}
}

// watch tells which processes are on the screen.
func (m *Model) watch() {
	if m.opts.Watch == nil || m.frame == nil {
		return
	}
	m.watched = m.watched[:0]
	for _, l := range m.layers {
		if p, ok := l.(*page); ok && p.key.PID != 0 {
			m.watched = append(m.watched, p.key.PID)
		}
	}
	if m.views[m.at] == view(m.procs) {
		m.procs.list.visible(func(row int32) bool {
			if p := m.procs.owner(row); p != nil && (len(m.watched) == 0 || m.watched[len(m.watched)-1] != p.Key.PID) {
				m.watched = append(m.watched, p.Key.PID)
			}
			return true
		})
	}
	m.opts.Watch(m.watched)
}

// thaw shows what has come while the screen was held.
func (m *Model) thaw() {
	if m.latest != nil && m.latest != m.frame && !m.held() {
		m.show(m.latest)
	}
}

func (m *Model) push(l layer) { m.layers = append(m.layers, l) }

func (m *Model) pop() {
	if n := len(m.layers); n > 0 {
		m.layers = m.layers[:n-1]
	}
	m.thaw()
}

func (m *Model) top() layer {
	if n := len(m.layers); n > 0 {
		return m.layers[n-1]
	}
	return nil
}

// say puts a message into the footer for a few seconds.
func (m *Model) say(text string, st screen.Style) cmd {
	m.note, m.noteStyle, m.noteUntil = text, st, m.opts.Now().Add(noteTime)
	return tea.Tick(noteTime, func(time.Time) tea.Msg { return wakeMsg{} })
}

const noteTime = 5 * time.Second

// turn shows another view.
func (m *Model) turn(to int) {
	m.at = (to + len(m.views)) % len(m.views)
	m.layers = nil
	m.prompt = nil
	m.thaw()
	m.refresh()
	m.watch()
}
