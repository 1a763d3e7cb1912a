//go:build linux && (amd64 || arm64)

package bpf

import (
	"sync/atomic"
	"unsafe"
)

// watchList tells the program which processes somebody looks at: their resident memory
// is added up in every pass, where others wait for their turn.
type watchList struct {
	wanted atomic.Pointer[[]int32]
	told   *[]int32 // what the program knows
	memory mapping
	bits   *walkWatchSet
}

const (
	watchedSize = unsafe.Sizeof(walkWatchSet{})
	watchedBits = uint32(watchedSize * 8)
	maxWatched  = 256
)

// Watch names the processes whose resident memory is to be exact in every cycle: the
// rows on screen. It may be called at any time and keeps no reference to pids.
func (s *Source) Watch(pids []int32) {
	w := append([]int32(nil), pids[:min(len(pids), maxWatched)]...)
	s.watch.wanted.Store(&w)
}

// open shares the list with the program, which keeps the memory until close.
func (w *watchList) open(p *program) error {
	w.memory = mapping{prog: p, name: "watched", size: int(watchedSize)}
	b, err := w.memory.first(int(watchedSize))
	if err != nil {
		return err
	}
	w.bits = (*walkWatchSet)(unsafe.Pointer(unsafe.SliceData(b)))
	return nil
}

// tell brings the list to the program if it has changed.
func (w *watchList) tell() {
	wanted := w.wanted.Load()
	if wanted == w.told {
		return
	}
	w.told = wanted
	clear(w.bits.Bits[:])
	for _, pid := range *wanted {
		n := uint32(pid) % watchedBits
		w.bits.Bits[n/64] |= 1 << (n % 64)
	}
}

func (w *watchList) close() error { return w.memory.close() }
