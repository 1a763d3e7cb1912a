package metrics

import "math/rand/v2"

// Index finds entries of a list by a number that they hold themselves, such as the
// inode of a socket. It keeps four bytes a place, where a map would keep the number
// as well: about a quarter of it. Numbers are told by the function that its methods
// are given, by the entry's place in the list; no two entries may have the same.
// The zero value is ready. Not safe for concurrent use.
type Index struct {
	slots []int32 // a power of two of them: places + 1; 0 is free
	used  int
	seed  uint64 // against numbers that were chosen to collide
}

// Len is the number of entries.
func (x *Index) Len() int { return x.used }

// Find returns the place of the entry with the number, or -1.
func (x *Index) Find(number uint64, at func(place int32) uint64) int32 {
	if x.used == 0 {
		return -1
	}
	for i := x.home(number); x.slots[i] != 0; i = x.next(i) {
		if place := x.slots[i] - 1; at(place) == number {
			return place
		}
	}
	return -1
}

// Add takes in the entry at a place, which already holds its number.
func (x *Index) Add(place int32, at func(place int32) uint64) {
	if 4*(x.used+1) > 3*len(x.slots) {
		x.grow(at)
	}
	x.put(place, at(place))
	x.used++
}

// Remove takes out the entry with the number, if there is one; it still holds it.
func (x *Index) Remove(number uint64, at func(place int32) uint64) {
	if x.used == 0 {
		return
	}
	i := x.home(number)
	for ; x.slots[i] == 0 || at(x.slots[i]-1) != number; i = x.next(i) {
		if x.slots[i] == 0 {
			return
		}
	}
	x.used--
	// Those behind it that would not be found across the gap close up.
	for gap := i; ; {
		x.slots[gap] = 0
		for i = x.next(i); ; i = x.next(i) {
			if x.slots[i] == 0 {
				return
			}
			home := x.home(at(x.slots[i] - 1))
			if (i-home)&x.mask() >= (i-gap)&x.mask() {
				break
			}
		}
		x.slots[gap], gap = x.slots[i], i
	}
}

func (x *Index) grow(at func(place int32) uint64) {
	old := x.slots
	x.slots = make([]int32, max(16, 2*len(old)))
	if x.seed == 0 {
		x.seed = rand.Uint64()
	}
	for _, s := range old {
		if s != 0 {
			x.put(s-1, at(s-1))
		}
	}
}

func (x *Index) put(place int32, number uint64) {
	i := x.home(number)
	for x.slots[i] != 0 {
		i = x.next(i)
	}
	x.slots[i] = place + 1
}

func (x *Index) mask() uint32 { return uint32(len(x.slots) - 1) }

func (x *Index) next(i uint32) uint32 { return (i + 1) & x.mask() }

// home is where the search for a number begins: the finalizer of SplitMix64 over it.
func (x *Index) home(number uint64) uint32 {
	h := number ^ x.seed
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return uint32(h^h>>31) & x.mask()
}
