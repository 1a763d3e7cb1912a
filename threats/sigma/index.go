package sigma

import (
	"maps"
	"slices"
)

// index finds the rules of one category that an event may match: each rule is
// filed under the atoms of one group of which a matching event has at least one.
type index struct {
	always []int32           // rules without such atoms
	tails  map[string][]post // by last path component of a folded value
	text   *automaton
	posts  [][]post // by literal of text

	tailFields, textFields []bool // fields worth looking at
	asked                  []bool // fields that the rules, or correlations, speak of at all
}

// post says that a rule is a candidate when its literal is seen in the field.
type post struct {
	field Field
	rule  int32
}

// fragmentLengths are the lengths to which literals are cut for the automaton,
// the first that fits being taken: what is cut off, the full evaluation checks.
var fragmentLengths = []int{8, 6, 5, 4, 3, 2, 1}

// buildIndexes makes an index for each category, and one for the rules of all.
func (s *Set) buildIndexes() {
	of := make(map[Category][]int32)
	for i, e := range s.active {
		of[e.category] = append(of[e.category], int32(i))
	}
	s.fields = s.names.fieldCount()
	s.indexes = make(map[Category]*index, len(of))
	for c, rules := range of {
		s.indexes[c] = s.newIndex(rules)
	}
}

func (s *Set) newIndex(rules []int32) *index {
	x := &index{tails: make(map[string][]post),
		tailFields: make([]bool, s.fields), textFields: make([]bool, s.fields), asked: make([]bool, s.fields)}
	byText := make(map[string][]post)
	for _, l := range s.linked {
		for _, g := range slices.Concat(l.groupBy, l.values) {
			if g.alias == nil {
				x.asked[g.field] = true
			}
			for _, f := range g.alias {
				x.asked[f] = true
			}
		}
	}
	for _, i := range rules {
		e := s.active[i]
		x.ask(e.cond)
		group := cheapest(necessary(e.cond, 0))
		if group == nil {
			x.always = append(x.always, i)
		}
		for _, a := range group {
			p := post{a.field, i}
			if a.tail {
				x.tails[a.text] = appendPost(x.tails[a.text], p)
				mark(x.tailFields, a.field)
			} else {
				byText[a.text] = appendPost(byText[a.text], p)
				mark(x.textFields, a.field)
			}
		}
	}
	x.fileText(byText)
	return x
}

// ask notes the fields that an expression looks at.
func (x *index) ask(e *expr) {
	for _, kid := range e.kids {
		x.ask(kid)
	}
	switch it := e.item; {
	case it == nil:
	case it.keyword:
		mark(x.asked, anyField)
	default:
		mark(x.asked, it.field)
		for i := range it.values {
			if v := &it.values[i]; v.kind == kindFieldRef {
				mark(x.asked, v.more.ref)
			}
		}
	}
}

func mark(fields []bool, f Field) {
	if f != anyField {
		fields[f] = true
		return
	}
	for i := range fields {
		fields[i] = true
	}
}

func appendPost(posts []post, p post) []post {
	// Rules are filed one after the other.
	for i := len(posts) - 1; i >= 0 && posts[i].rule == p.rule; i-- {
		if posts[i] == p {
			return posts
		}
	}
	return append(posts, p)
}

// fileText builds the automaton over a fragment of each literal.
func (x *index) fileText(byText map[string][]post) {
	if len(byText) == 0 {
		return
	}
	literals := slices.Sorted(maps.Keys(byText))
	seen := make(map[string]int) // three bytes → literals that hold them
	for _, lit := range literals {
		for i := 0; i+3 <= len(lit); i++ {
			seen[lit[i:i+3]]++
		}
	}
	for _, length := range fragmentLengths {
		ids := make(map[string]int)
		var fragments []string
		x.posts = x.posts[:0]
		for _, lit := range literals {
			f := fragment(lit, length, seen)
			id, ok := ids[f]
			if !ok {
				id = len(fragments)
				ids[f] = id
				fragments = append(fragments, f)
				x.posts = append(x.posts, nil)
			}
			x.posts[id] = append(x.posts[id], byText[lit]...)
		}
		if x.text = newAutomaton(fragments); x.text != nil {
			return
		}
	}
}

// fragment picks the part of a literal whose bytes the fewest other literals hold.
func fragment(lit string, length int, seen map[string]int) string {
	if len(lit) <= length {
		return lit
	}
	best, bestCost := 0, 0
	for at := 0; at+length <= len(lit); at++ {
		cost := 0
		for i := at; i+3 <= at+length; i++ {
			cost += seen[lit[i:i+3]]
		}
		if at == 0 || cost < bestCost {
			best, bestCost = at, cost
		}
	}
	return lit[best : best+length]
}
