package indicators

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"

	"github.com/gaissmai/bart"
)

// Match says which indicator something fits and where that is written.
type Match struct {
	File string
	Line int
	Text string // the indicator: an address, a network, "address:port" or a sum
	Note string // what the list says of it; hostile text of at most maxNote bytes
}

// list is what one file says. It does not change once it is made, and may be
// read by many goroutines.
type list struct {
	file    string
	nets    bart.Table[uint32] // the first of the entries for a network, as an index
	sums    []sum              // sorted
	entries []entry
	notes   []string
}

type sum struct {
	hash  [32]byte
	entry uint32
}

// entry is one indicator. Entries for one network that differ in their port form
// a chain.
type entry struct {
	line, note uint32
	next       uint32 // index + 1 of the next of the chain; 0 ends it
	port       uint16 // 0 is any
}

// finish sorts what was added.
func (l *list) finish() {
	slices.SortFunc(l.sums, func(a, b sum) int {
		return cmp.Or(bytes.Compare(a.hash[:], b.hash[:]), cmp.Compare(a.entry, b.entry))
	})
	// Clone: the capacity that growing left over is given back.
	l.sums = slices.Clone(slices.CompactFunc(l.sums, func(a, b sum) bool { return a.hash == b.hash }))
	l.entries = slices.Clone(l.entries)
}

func (l *list) addNet(p netip.Prefix, e entry) {
	n := uint32(len(l.entries))
	if first, ok := l.nets.Get(p); ok {
		e.next = l.entries[first].next
		l.entries[first].next = n + 1
	} else {
		l.nets.Insert(p, n)
	}
	l.entries = append(l.entries, e)
}

func (l *list) addSum(hash [32]byte, e entry) {
	l.sums = append(l.sums, sum{hash, uint32(len(l.entries))})
	l.entries = append(l.entries, e)
}

// address finds the narrowest network that holds the address, for the port.
func (l *list) address(a netip.Addr, port uint16) (Match, bool) {
	if _, ok := l.nets.Lookup(a); !ok {
		return Match{}, false
	}
	for p, first := range l.nets.Supernets(netip.PrefixFrom(a, a.BitLen())) {
		for n := first + 1; n != 0; n = l.entries[n-1].next {
			e := &l.entries[n-1]
			if e.port == 0 || e.port == port {
				return l.match(e, networkText(p, e.port)), true
			}
		}
	}
	return Match{}, false
}

func (l *list) hash(h [32]byte) (Match, bool) {
	i, ok := slices.BinarySearchFunc(l.sums, h, func(s sum, h [32]byte) int { return bytes.Compare(s.hash[:], h[:]) })
	if !ok {
		return Match{}, false
	}
	return l.match(&l.entries[l.sums[i].entry], hex.EncodeToString(h[:])), true
}

func (l *list) match(e *entry, text string) Match {
	return Match{File: l.file, Line: int(e.line), Text: text, Note: l.notes[e.note]}
}

func networkText(p netip.Prefix, port uint16) string {
	switch {
	case port != 0 && p.IsSingleIP():
		return netip.AddrPortFrom(p.Addr(), port).String()
	case port != 0:
		return p.String() + " port " + strconv.Itoa(int(port))
	case p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}

// bytes estimates the memory that the list takes. 100,000 addresses at random
// were measured to take 100 bytes each in the table.
func (l *list) bytes() int64 {
	return int64(100*l.nets.Size() + 36*cap(l.sums) + 16*cap(l.entries) + 40*len(l.notes))
}
