package sigma

import "math/bits"

// automaton finds all occurrences of a set of literals in one pass over a text.
// It is an Aho-Corasick automaton with its failure links folded into a dense
// table of transitions, one row a state and one column a class of bytes. Rows
// are a power of two wide, and states that report literals come last, so that
// the loop over a text does no more than shift, add, load and compare.
type automaton struct {
	class   [256]uint8
	shift   uint8
	next    []uint16
	report  int       // states from this one on report literals
	reports [][]int32 // of state report+i, the literals that end there
}

// Bounds of the table of transitions.
const (
	maxStates      = 60000
	maxTransitions = 1 << 21
)

// newAutomaton builds the automaton of distinct, non-empty literals, or returns
// nil when its table would be too large.
func newAutomaton(literals []string) *automaton {
	a := &automaton{}
	classes := 1 // 0 is every byte that no literal holds
	for _, lit := range literals {
		for i := 0; i < len(lit); i++ {
			if a.class[lit[i]] == 0 && classes < 256 {
				a.class[lit[i]] = uint8(classes)
				classes++
			}
		}
	}
	a.shift = uint8(bits.Len(uint(classes - 1)))
	width := 1 << a.shift
	grow := func() bool {
		a.next = append(a.next, make([]uint16, width)...)
		return len(a.next) <= maxTransitions && len(a.next)>>a.shift <= maxStates
	}
	grow()
	ends := make(map[uint16][]int32) // state → literals
	for id, lit := range literals {
		s := 0
		for i := 0; i < len(lit); i++ {
			edge := s<<a.shift + int(a.class[lit[i]])
			if a.next[edge] == 0 {
				a.next[edge] = uint16(len(a.next) >> a.shift)
				if !grow() {
					return nil
				}
			}
			s = int(a.next[edge])
		}
		ends[uint16(s)] = append(ends[uint16(s)], int32(id))
	}
	a.link(ends)
	return a
}

// link completes the trie: in order of depth, each state takes over the missing
// transitions and the literals of the longest proper suffix that is a state.
func (a *automaton) link(ends map[uint16][]int32) {
	width := 1 << a.shift
	states := len(a.next) >> a.shift
	fail := make([]uint16, states)
	queue := make([]uint16, 0, states)
	for c := range width {
		if s := a.next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for i := 0; i < len(queue); i++ {
		s := queue[i]
		row, failRow := int(s)<<a.shift, int(fail[s])<<a.shift
		if inherited := ends[fail[s]]; len(inherited) > 0 {
			own := ends[s]
			ends[s] = append(own[:len(own):len(own)], inherited...)
		}
		for c := range width {
			if t := a.next[row+c]; t != 0 {
				fail[t] = a.next[failRow+c]
				queue = append(queue, t)
			} else {
				a.next[row+c] = a.next[failRow+c]
			}
		}
	}
	a.renumber(ends, states)
}

// renumber puts the states that report literals last; the root stays 0.
func (a *automaton) renumber(ends map[uint16][]int32, states int) {
	width := 1 << a.shift
	to := make([]uint16, states)
	a.report = states - len(ends)
	quiet, loud := 0, a.report
	a.reports = make([][]int32, 0, len(ends))
	for s := range states {
		if of := ends[uint16(s)]; of != nil {
			to[s] = uint16(loud)
			a.reports = append(a.reports, of)
			loud++
		} else {
			to[s] = uint16(quiet)
			quiet++
		}
	}
	next := make([]uint16, len(a.next))
	for s := range states {
		from, into := s<<a.shift, int(to[s])<<a.shift
		for c := range width {
			next[into+c] = to[a.next[from+c]]
		}
	}
	a.next = next
}

// advance reads text from a position on until a state that reports literals is
// reached or the text ends, and returns the state and the position after it.
func (a *automaton) advance(state int, text string, at int) (int, int) {
	next, shift := a.next, a.shift&15
	for ; at < len(text); at++ {
		state = int(next[state<<shift+int(a.class[text[at]])])
		if state >= a.report {
			return state, at + 1
		}
	}
	return 0, at // the end reports nothing more: the root never does
}
