package metrics

import "testing"

func TestShareFollowsTheMemory(t *testing.T) {
	s := Share{Part: 256, Bytes: 512, Least: 100, Most: 10_000}
	for mb, want := range map[uint64]int{0: 100, 8: 100, 64: 512, 512: 4096, 1024: 8192, 1 << 30: 10_000} {
		if got := s.Entries(mb << 20); got != want {
			t.Errorf("%d MB: %d entries, want %d", mb, got, want)
		}
	}
}
