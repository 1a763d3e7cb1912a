package sigma

import (
	"container/list"
	"hash/maphash"
	"slices"
	"time"
)

// Bounds for the memory of a Correlator: about 3 MB when both are reached. The
// groups that were touched least recently are forgotten first.
const (
	maxCorrelatorGroups = 8192
	maxCorrelatorMarks  = 100000
)

// Correlator follows matches over time for the correlation rules of a Set. It is
// not safe for use by several goroutines at once.
//
// An event completes a correlation when, counting it, the condition holds for
// the event's group within the timespan that ends with the event. So one that
// holds on is completed again by each further event.
type Correlator struct {
	set    *Set
	groups map[groupKey]*list.Element
	recent *list.List // of *group, the most recently touched first
	marks  int        // of all groups
	seed   maphash.Seed
	all    []*Entry
}

type groupKey struct {
	rule int
	hash uint64
}

// group is the memory of one correlation rule for one combination of values.
type group struct {
	key   groupKey
	marks []mark64
}

// mark64 is a moment, and what was seen then: a hashed value for value_count.
type mark64 struct {
	at    int64 // ns since 1970; 0 is never
	value uint64
}

// NewCorrelator returns a Correlator without memory of any event.
func (s *Set) NewCorrelator() *Correlator {
	return &Correlator{set: s, groups: make(map[groupKey]*list.Element), recent: list.New(), seed: maphash.MakeSeed()}
}

// Observe takes an event and the rules that a Matcher has just found to match
// it. It appends to dst those that are to be reported and the correlation rules
// that the event completes. Times must not fall.
func (c *Correlator) Observe(at time.Time, ev *Event, matched, dst []*Entry) []*Entry {
	c.all = append(c.all[:0], matched...)
	for i := range c.set.linked {
		if len(c.all) == 0 {
			break
		}
		if l := &c.set.linked[i]; c.completes(i, l, at.UnixNano(), ev) {
			l.entry.stats.hits.Add(1)
			c.all = append(c.all, l.entry)
		}
	}
	for _, e := range c.all {
		if !e.Silent {
			dst = append(dst, e)
		}
	}
	return dst
}

// completes takes note of the event for one correlation rule.
func (c *Correlator) completes(index int, l *linkedCorrelation, at int64, ev *Event) bool {
	hit := false
	// From the last reference to the first, so that one event is not two steps of
	// an ordered sequence.
	for ref := len(l.refs) - 1; ref >= 0; ref-- {
		if !slices.ContainsFunc(l.refs[ref], func(e *Entry) bool { return slices.Contains(c.all, e) }) {
			continue
		}
		l.entry.stats.evaluated.Add(1)
		name := l.correlation.refs[ref].name
		g := c.group(groupKey{index, c.hash(l.groupBy, name, ev)})
		before := len(g.marks)
		span := int64(l.span)
		switch l.kind {
		case eventCount:
			g.expire(at - span)
			g.add(mark64{at: at}, l.enough())
			hit = l.holds(len(g.marks)) || hit
		case valueCount:
			g.expire(at - span)
			g.put(mark64{at, c.hash(l.values, name, ev)}, l.enough())
			hit = l.holds(len(g.marks)) || hit
		case temporal:
			g.grow(len(l.refs))
			g.marks[ref].at = at
			hit = l.enoughOf(g.within(at-span)) || hit
		case temporalOrdered:
			g.grow(len(l.refs))
			reached := g.step(ref, at, at-span)
			hit = reached && l.enoughOf(ref+1) || hit
		}
		c.marks += len(g.marks) - before
		if l.kind == eventCount {
			// One event counts once however many of the rules it matches.
			break
		}
	}
	c.forget()
	return hit
}

// enoughOf is the verdict of the temporal types on how many rules were seen.
func (k *correlation) enoughOf(count int) bool {
	if len(k.bounds) == 0 {
		return count == len(k.refs)
	}
	return k.holds(count)
}

// expire drops the moments before the window. Moments are in order.
func (g *group) expire(from int64) {
	n := 0
	for n < len(g.marks) && g.marks[n].at < from {
		n++
	}
	g.marks = slices.Delete(g.marks, 0, n)
}

// add appends a moment and keeps the latest ones up to a limit.
func (g *group) add(m mark64, limit int) {
	if len(g.marks) >= limit {
		g.marks = slices.Delete(g.marks, 0, len(g.marks)-limit+1)
	}
	g.marks = append(g.marks, m)
}

// put moves a value to the end, or adds it.
func (g *group) put(m mark64, limit int) {
	g.marks = slices.DeleteFunc(g.marks, func(have mark64) bool { return have.value == m.value })
	g.add(m, limit)
}

func (g *group) grow(n int) {
	if len(g.marks) < n {
		g.marks = make([]mark64, n)
	}
}

// within counts the rules seen since a moment.
func (g *group) within(from int64) int {
	n := 0
	for _, m := range g.marks {
		if m.at != 0 && m.at >= from {
			n++
		}
	}
	return n
}

// step advances an ordered sequence. Mark i holds the latest moment at which a
// sequence began that has come as far as rule i.
func (g *group) step(ref int, at, from int64) bool {
	if ref == 0 {
		g.marks[0].at = at
		return true
	}
	if began := g.marks[ref-1].at; began != 0 && began >= from {
		g.marks[ref].at = began
		return true
	}
	return false
}

// group finds or makes the memory of a group and marks it as just touched.
func (c *Correlator) group(key groupKey) *group {
	if el := c.groups[key]; el != nil {
		c.recent.MoveToFront(el)
		return el.Value.(*group)
	}
	g := &group{key: key}
	c.groups[key] = c.recent.PushFront(g)
	return g
}

// forget drops the least recently touched groups while there is too much.
func (c *Correlator) forget() {
	for c.recent.Len() > 1 && (c.recent.Len() > maxCorrelatorGroups || c.marks > maxCorrelatorMarks) {
		el := c.recent.Back()
		g := c.recent.Remove(el).(*group)
		delete(c.groups, g.key)
		c.marks -= len(g.marks)
	}
}

// hash tells the combinations of the fields' values apart, without regard to
// case. A field that the event lacks counts as an empty one.
func (c *Correlator) hash(fields []groupField, rule string, ev *Event) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	for i := range fields {
		if f, ok := fields[i].of(rule); ok {
			for j := range ev.slots {
				if ev.slots[j].field == f {
					h.WriteString(ev.slots[j].low)
					break
				}
			}
		}
		h.WriteByte(0)
	}
	return h.Sum64()
}
