package ui

// overview is what matters now, on one screen: panels of the machine, and below
// them the processes that come first and the findings.
type overview struct {
	procs processes // as a plain list, whatever the view of processes shows
	list  table     // of those that come first, as many as have room
	news  table     // findings

	onNews bool    // the cursor is on the findings
	passed []int32 // scratch: the processes that pass the filter
	first  []int32 // rows of list
	found  []int32 // rows of news
	known  int     // findings that are not suppressed, whatever the filter
	room   int     // rows of processes that were drawn last; 0: not drawn yet
}

// The columns of the lists, as far as nobody has chosen others.
var (
	firstColumns = []string{"pid", "user", "cpu", "rss", "time", "command"}
	newsColumns  = []string{"severity", "age", "process", "title"}
)

func newOverview(m *Model) *overview {
	o := &overview{procs: processes{now: m.procs.now, sym: m.sym}}
	o.list = table{rows: &o.procs, sortBy: "cpu", chosen: firstColumns}
	o.news = table{rows: m.threats, sortBy: "severity", chosen: newsColumns}
	o.list.leave = func(up bool) bool { return !up && len(o.found) > 0 && o.enter(true, 0) }
	o.news.leave = func(up bool) bool { return up && o.enter(false, len(o.first)-1) }
	return o
}

// enter puts the cursor on a row of one of the lists.
func (o *overview) enter(news bool, at int) bool {
	o.onNews = news
	o.table().cursor = at
	o.table().clamp()
	return true
}

func (o *overview) name() string { return "Overview" }
func (o *overview) scope() scope { return lists }

// table is the list with the cursor.
func (o *overview) table() *table {
	if o.onNews {
		return &o.news
	}
	return &o.list
}

const overviewTop = 40 // processes listed before it is known how many have room

func (o *overview) refresh(m *Model) {
	q := m.filterOf(overviewView)
	o.procs.now = m.procs.now
	o.passed = o.passed[:0]
	for i := range o.procs.now.snap.Processes {
		if q.good.Process(&m.data, i) {
			o.passed = append(o.passed, int32(i))
		}
	}
	o.choose()
	o.found, o.known = o.found[:0], 0
	for i := range m.threats.snap.Findings {
		if m.threats.snap.Findings[i].SuppressedBy != "" {
			continue
		}
		o.known++
		if m.passes(q, i) {
			o.found = append(o.found, int32(i))
		}
	}
	o.news.setRows(o.found)
	o.onNews = o.onNews && len(o.found) > 0
}

// choose lists the first of the processes that passed, in their order: no more
// than have room, so that the way down to the findings is short.
func (o *overview) choose() {
	most := o.room
	if most == 0 {
		most = overviewTop
	}
	t := &o.list
	t.fixed = false
	t.setRows(o.passed)
	t.sortTo(most)
	o.first = o.first[:0]
	for at := range min(most, len(o.passed)) {
		o.first = append(o.first, t.row(at))
	}
	t.fixed = true
	t.setRows(o.first)
}

// passes reports whether finding i passes the filter: by what is asked of it, or
// by its process where the text can only be asked of processes.
func (m *Model) passes(q *query, i int) bool {
	if q.findings != nil {
		return q.findings.Finding(&m.data, i)
	}
	k := subjectKey(&m.threats.snap.Findings[i])
	row := m.frame.Snapshot.Find(k.PID)
	return q.good.Empty() || row >= 0 && m.frame.Snapshot.Processes[row].Key == k && q.good.Process(&m.data, row)
}

// open shows all about the row under the cursor.
func (o *overview) open(m *Model) cmd {
	row := o.table().current()
	switch {
	case row < 0:
		return nil
	case o.onNews:
		m.openFinding(&m.threats.snap.Findings[row])
		return nil
	}
	return m.openProcess(o.procs.process(row).Key)
}

// click puts the cursor on a row of the list that is without, and reports whether
// one is there.
func (o *overview) click(x, y int) bool {
	other := &o.news
	if o.onNews {
		other = &o.list
	}
	column, place, ok := other.at(x-other.x, y-other.y)
	if !ok || x < other.x || x >= other.x+other.w {
		return false
	}
	o.enter(!o.onNews, other.cursor)
	if column == "" {
		o.table().moveTo(place)
	}
	return column == ""
}

// draw lays panels out in two columns and three rows, and the lists below them.
func (o *overview) draw(m *Model, a area) {
	gap := 2
	if a.w >= 120 {
		gap = 4
	}
	whole := a
	a = a.part(1, 0, a.w-2, a.h)
	left, right := a.column(0, 2, gap), a.column(1, 2, gap)
	h := overviewHeights(a.h, o.healthHeight(m, a.h))
	o.cpu(m, left.part(0, 0, left.w, h.upper))
	o.memory(m, right.part(0, 0, right.w, h.upper))
	y := h.upper
	o.disk(m, left.part(0, y, left.w, h.middle))
	o.network(m, right.part(0, y, right.w, h.middle))
	y += h.middle
	if h.health > 1 {
		o.filesystems(m, left.part(0, y, left.w, h.health))
		o.pressure(m, right.part(0, y, right.w, h.health))
	} else {
		o.strip(m, a.part(0, y, a.w, h.health))
	}
	y += h.health
	a = whole.part(0, y, whole.w, h.lists)
	if a.w >= 150 || a.h < 8 && a.w >= 100 {
		o.drawList(m, a.column(0, 2, gap))
		o.drawNews(m, a.column(1, 2, gap))
		return
	}
	news := min(max(a.h*2/5, 2), max(len(o.found), 1)+1)
	o.drawList(m, a.part(0, 0, a.w, a.h-news))
	o.drawNews(m, a.part(0, a.h-news, a.w, news))
}

// heights are the rows of the screen that the parts of the overview get.
type heights struct{ upper, middle, health, lists int }

// overviewHeights shares h rows out. Where they are few the graphs go first, then
// whole panels: each list keeps a row.
func overviewHeights(h, health int) heights {
	const leastLists = 4
	r := heights{upper: min(max(h*3/10, 3), 14), middle: min(max(h*18/100, 2), 12), health: health}
	for {
		r.lists = h - r.upper - r.middle - r.health
		switch {
		case r.lists >= leastLists:
			return r
		case r.health > 1:
			r.health = 1
		case r.middle > 0:
			r.middle = 0
		case r.upper > 2:
			r.upper = 2
		case r.health > 0:
			r.health = 0
		default:
			return r
		}
	}
}
