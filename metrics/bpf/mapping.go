//go:build linux && (amd64 || arm64)

package bpf

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mapping is the memory of a map that is shared with this process. The kernel makes
// all of what is mapped resident at once, so that only as much of the beginning is
// mapped as was needed so far.
type mapping struct {
	prog  *program
	name  string // of the map
	size  int    // of all, bytes
	bytes []byte
}

// first returns at least the first n bytes; fewer only where there are not as many.
// They are valid until a call that asks for more.
func (m *mapping) first(n int) ([]byte, error) {
	n = min(n, m.size)
	if n <= len(m.bytes) {
		return m.bytes, nil
	}
	page := os.Getpagesize()
	n = (min(n+n/4, m.size) + page - 1) / page * page // with some room
	memory, err := unix.Mmap(m.prog.maps[m.name].FD(), 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the memory of the map %s: %w", m.name, err)
	}
	if err := m.close(); err != nil {
		return nil, err
	}
	m.bytes = memory
	return memory, nil
}

// close lets go of the memory; the map keeps what is in it.
func (m *mapping) close() error {
	if m.bytes == nil {
		return nil
	}
	b := m.bytes
	m.bytes = nil
	return unix.Munmap(b)
}
