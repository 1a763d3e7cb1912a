package sigma

import (
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// Matcher matches events against a Set. It holds the scratch memory of one
// match at a time, so every goroutine needs its own.
type Matcher struct {
	set     *Set
	any     *index   // of the rules of every category; nil when there are none
	own     *index   // of the rules of the current event's category; nil when there are none
	first   []int16  // by field, its first slot in the current event, -1 for none
	last    []int16  // by field, its last slot, where it has one
	chained []Field  // fields that have a slot
	buf     []byte   // text of the current event that differs from what was given
	seen    []uint32 // by rule, the last event it was a candidate of
	event   uint32
	texts   []uint32 // by report of the automaton, the last text it was taken from
	text    uint32
	hits    []int32
	ev      *Event
	misses  misses
}

// NewMatcher returns a Matcher for the set.
func (s *Set) NewMatcher() *Matcher {
	m := &Matcher{set: s, any: s.indexes[anyCategory], seen: make([]uint32, len(s.active))}
	m.first = make([]int16, s.fields)
	m.last = make([]int16, len(m.first))
	for f := range m.first {
		m.first[f] = -1
	}
	reports := 0
	for _, x := range s.indexes {
		if x.text != nil {
			reports = max(reports, len(x.text.reports))
		}
	}
	m.texts = make([]uint32, reports)
	m.misses.init()
	return m
}

// Match appends to dst the rules that match the event, in the order of the set.
// It allocates nothing unless dst must grow. Entries marked Silent are among
// them: a Correlator takes them out. The event is the Matcher's until the next
// match.
func (m *Matcher) Match(ev *Event, dst []*Entry) []*Entry {
	m.hits, m.ev = m.hits[:0], nil
	if m.own = m.set.indexes[ev.Category]; m.own == nil && m.any == nil {
		return dst
	}
	key := m.key(ev)
	if m.misses.has(key) {
		return dst
	}
	m.prepare(ev)
	m.candidates(m.any)
	m.candidates(m.own)
	if len(m.hits) == 0 {
		m.misses.add(key)
	}
	for i := 1; i < len(m.hits); i++ { // few, nearly always none or one
		for j := i; j > 0 && m.hits[j] < m.hits[j-1]; j-- {
			m.hits[j], m.hits[j-1] = m.hits[j-1], m.hits[j]
		}
	}
	for _, i := range m.hits {
		dst = append(dst, m.set.active[i])
	}
	return dst
}

// known is the number by which the set knows a field.
func (m *Matcher) known(f Field) Field {
	if int(f) >= len(m.first) {
		return otherField // only rules that were loaded after this set name it
	}
	return f
}

// asked reports whether any rule for the current event speaks of a field.
func (m *Matcher) asked(known Field) bool {
	return m.own != nil && m.own.asked[known] || m.any != nil && m.any.asked[known]
}

// prepare brings the values of the event into the forms that are compared, and
// chains those of each field.
func (m *Matcher) prepare(ev *Event) {
	for _, f := range m.chained {
		m.first[f] = -1
	}
	m.chained, m.buf = m.chained[:0], m.buf[:0]
	m.ev = ev
	if m.event++; m.event == 0 { // wrapped
		clear(m.seen)
		m.event = 1
	}
	for i := range ev.slots {
		s := &ev.slots[i]
		s.next = -1
		s.known = m.known(s.field)
		if !m.asked(s.known) {
			s.raw, s.low = "", ""
			continue
		}
		if m.first[s.known] < 0 {
			m.first[s.known] = int16(i)
			m.chained = append(m.chained, s.known)
		} else {
			ev.slots[m.last[s.known]].next = int16(i)
		}
		m.last[s.known] = int16(i)
		m.render(s)
	}
}

// render writes the text of a value, as it stands and folded.
func (m *Matcher) render(s *slot) {
	start := len(m.buf)
	switch s.kind {
	case slotText:
		s.raw = s.text
	case slotArgs:
		s.raw = m.join(s.text)
	case slotNumber:
		m.buf = strconv.AppendInt(m.buf, s.num, 10)
		s.raw = m.since(start)
	case slotAddr:
		m.buf = s.addr.AppendTo(m.buf)
		s.raw = m.since(start)
	case slotNull:
		s.raw = ""
	}
	if s.low = s.raw; !isFolded(s.raw) {
		start = len(m.buf)
		m.buf = appendFold(m.buf, s.raw)
		s.low = m.since(start)
	}
}

// join writes an argument vector with spaces between the arguments.
func (m *Matcher) join(args string) string {
	args = strings.TrimSuffix(args, "\x00")
	if strings.IndexByte(args, 0) < 0 {
		return args
	}
	start := len(m.buf)
	m.buf = append(m.buf, args...)
	for i := start; i < len(m.buf); i++ {
		if m.buf[i] == 0 {
			m.buf[i] = ' '
		}
	}
	return m.since(start)
}

// since is the text written to the buffer from start on. It shares the buffer's
// memory: the bytes stay as they are until the next event, and when the buffer
// moves, the text keeps the old memory alive.
func (m *Matcher) since(start int) string {
	if start == len(m.buf) {
		return ""
	}
	return unsafe.String(&m.buf[start], len(m.buf)-start)
}

// candidates evaluates each rule that an index names for the event.
func (m *Matcher) candidates(x *index) {
	if x == nil {
		return
	}
	for _, rule := range x.always {
		m.try(rule)
	}
	for i := range m.ev.slots {
		s := &m.ev.slots[i]
		if s.kind == slotNull {
			continue
		}
		if x.tailFields[s.known] {
			for _, p := range x.tails[tail(s.low)] {
				if p.field == s.known || p.field == anyField {
					m.try(p.rule)
				}
			}
		}
		if x.text != nil && x.textFields[s.known] {
			m.scan(x, s)
		}
	}
}

// scan runs the automaton over one value.
func (m *Matcher) scan(x *index, s *slot) {
	if m.text++; m.text == 0 { // wrapped
		clear(m.texts)
		m.text = 1
	}
	a := x.text
	for state, at := 0, 0; ; {
		if state, at = a.advance(state, s.low, at); state < a.report {
			return
		}
		report := state - a.report
		if m.texts[report] == m.text {
			continue
		}
		m.texts[report] = m.text
		for _, id := range a.reports[report] {
			for _, p := range x.posts[id] {
				if p.field == s.known || p.field == anyField {
					m.try(p.rule)
				}
			}
		}
	}
}

// try evaluates a rule unless that was done for this event.
func (m *Matcher) try(rule int32) {
	if m.seen[rule] == m.event {
		return
	}
	m.seen[rule] = m.event
	e := m.set.active[rule]
	start := time.Now()
	hit := m.eval(e.cond)
	e.stats.ns.Add(uint64(time.Since(start)))
	e.stats.evaluated.Add(1)
	if hit {
		e.stats.hits.Add(1)
		m.hits = append(m.hits, rule)
	}
}
