package metrics

import (
	"math/rand/v2"
	"testing"
)

// The index and a map are told the same, and must answer the same.
func TestIndexEqualsMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, numbers := range []uint64{3, 40, 5000} {
		var x Index
		list := []uint64{}
		free := []int32{}
		want := map[uint64]int32{}
		at := func(place int32) uint64 { return list[place] }
		for range 60_000 {
			n := r.Uint64N(numbers) << (8 * r.UintN(4) / 2)
			place, known := want[n]
			got := x.Find(n, at)
			if known && got != place || !known && got != -1 {
				t.Fatalf("%d is found at %d, want %d, %v", n, got, place, known)
			}
			switch {
			case known && r.UintN(2) == 0:
				x.Remove(n, at)
				delete(want, n)
				free = append(free, place)
			case known:
			case len(free) > 0:
				place, free = free[len(free)-1], free[:len(free)-1]
				list[place] = n
				x.Add(place, at)
				want[n] = place
			default:
				list = append(list, n)
				x.Add(int32(len(list)-1), at)
				want[n] = int32(len(list) - 1)
			}
			if !known && r.UintN(8) == 0 {
				x.Remove(n^1<<60, at) // is not there
			}
			if x.Len() != len(want) {
				t.Fatalf("%d entries, want %d", x.Len(), len(want))
			}
		}
		for n, place := range want {
			if got := x.Find(n, at); got != place {
				t.Fatalf("%d is found at %d, want %d", n, got, place)
			}
		}
	}
}

func TestIndexIsSmall(t *testing.T) {
	var x Index
	at := func(place int32) uint64 { return uint64(place) + 1_000_000 }
	for i := range int32(18_000) {
		x.Add(i, at)
	}
	if n := 4 * len(x.slots); n > 132_000 {
		t.Errorf("18,000 entries take %d bytes", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		x.Remove(at(77), at)
		x.Add(77, at)
		x.Find(at(78), at)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte{1, 2, 3, 1, 2, 0x81, 0x82})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var x Index
		want := map[uint64]bool{}
		at := func(place int32) uint64 { return uint64(place) }
		for _, op := range ops {
			n := uint64(op & 0x7f)
			if op&0x80 != 0 {
				x.Remove(n, at)
				delete(want, n)
			} else if !want[n] {
				x.Add(int32(n), at)
				want[n] = true
			}
			for k := range uint64(128) {
				if found := x.Find(k, at) == int32(k); found != want[k] {
					t.Fatalf("after %v: %d found %v, want %v", ops, k, found, want[k])
				}
			}
		}
	})
}
