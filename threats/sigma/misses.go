package sigma

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// misses remembers events that no rule matches: servers start the same program
// again and again, and have thousands of connections to one port. An event is
// kept as a hash under a secret seed: two are taken for one with a probability of
// about one in 2^64, which nobody can raise who does not know the seed.
type misses struct {
	seed   maphash.Seed
	secret uint64      // of the seed
	slots  [512]uint64 // by the low bits; 0 is free
}

func (c *misses) init() {
	c.seed = maphash.MakeSeed()
	c.secret = maphash.String(c.seed, "") | 1
}

func (c *misses) has(key uint64) bool { return c.slots[key%uint64(len(c.slots))] == key }
func (c *misses) add(key uint64)      { c.slots[key%uint64(len(c.slots))] = key }

// mix joins a value to a hash: the product of 128 bits, folded.
func (c *misses) mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^v, c.secret)
	return hi ^ lo
}

// key is the hash of what the rules can see of an event; never 0.
func (m *Matcher) key(ev *Event) uint64 {
	c := &m.misses
	h := c.mix(^c.secret, uint64(ev.Category))
	for i := range ev.slots {
		s := &ev.slots[i]
		known := m.known(s.field)
		if !m.asked(known) {
			continue
		}
		h = c.mix(h, uint64(known)<<16|uint64(s.kind)<<8)
		switch s.kind {
		case slotText, slotArgs:
			h = c.mix(h, maphash.String(c.seed, s.text))
		case slotNumber:
			h = c.mix(h, uint64(s.num))
		case slotAddr:
			a := s.addr.As16()
			h = c.mix(h, uint64(s.addr.BitLen()))
			h = c.mix(h, binary.LittleEndian.Uint64(a[:]))
			h = c.mix(h, binary.LittleEndian.Uint64(a[8:]))
			h = c.mix(h, maphash.String(c.seed, s.addr.Zone()))
		}
	}
	return max(h, 1)
}
