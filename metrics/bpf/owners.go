//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
)

// SocketOwners finds out who holds which socket, in one pass over the files of all
// processes. One goroutine at a time may use it.
type SocketOwners struct {
	walk   *program
	owners mapping  // of walk
	iter   *program // instead of walk on kernels before 6.7
	buf    []byte
	lost   atomic.Uint64 // passes that lost their place
}

const (
	ownerSize = int(unsafe.Sizeof(fdwalkOwner{}))
	ownerRoom = 8192 // ROOM of fdwalk.bpf.c
)

// NewSocketOwners loads the programs. Its errors are like those of New.
func NewSocketOwners() (*SocketOwners, error) { return newSocketOwners(true) }

func newSocketOwners(allowWalk bool) (*SocketOwners, error) {
	progs, err := loadPrograms(
		object{spec: loadFdwalk, program: fdwalkProgWalkOwners, optional: true, skip: !allowWalk},
		object{spec: loadOwner, program: ownerProgListOwners, unless: fdwalkProgWalkOwners},
	)
	if err != nil {
		return nil, err
	}
	s := &SocketOwners{walk: progs[0], iter: progs[1]}
	if s.walk == nil {
		s.buf = make([]byte, readSize)
		return s, nil
	}
	s.owners = mapping{prog: s.walk, name: "owners", size: ownerRoom * ownerSize}
	return s, nil
}

// Owners appends an Owner for each process that holds one of the sockets in want,
// which is sorted: one for each pair of inode and process, with the lowest
// descriptor, sorted by inode and pid.
func (s *SocketOwners) Owners(ctx context.Context, want []uint64, dst []Owner) ([]Owner, error) {
	base := len(dst)
	add := func(b []byte) {
		for ; len(b) >= ownerSize; b = b[ownerSize:] {
			r := (*fdwalkOwner)(unsafe.Pointer(unsafe.SliceData(b)))
			if _, ok := slices.BinarySearch(want, r.Inode); ok && r.Pid != 0 {
				dst = append(dst, Owner{r.Inode, metrics.ProcKey{PID: int32(r.Pid), Start: ticks(r.Start)}, int32(r.Fd)})
			}
		}
	}
	pass := s.iterate
	if s.walk != nil {
		pass = s.walkAll
	}
	err := pass(ctx, add)
	for lost := 0; errors.Is(err, errLost) && lost < maxLost; lost++ {
		s.lost.Add(1)
		dst = dst[:base]
		err = pass(ctx, add)
	}
	if err != nil {
		return dst[:base], err
	}
	found := dst[base:]
	slices.SortFunc(found, compareOwners)
	found = slices.CompactFunc(found, func(a, b Owner) bool { return a.Inode == b.Inode && a.Key == b.Key })
	return dst[:base+len(found)], nil
}

// Losses implements metrics.LossReporter.
func (s *SocketOwners) Losses() []metrics.Loss {
	return []metrics.Loss{{What: walksLost, Count: s.lost.Load()}}
}

func compareOwners(a, b Owner) int {
	switch {
	case a.Inode != b.Inode:
		if a.Inode < b.Inode {
			return -1
		}
		return 1
	case a.Key.PID != b.Key.PID:
		return int(a.Key.PID - b.Key.PID)
	}
	return int(a.FD - b.FD)
}

func (s *SocketOwners) walkAll(ctx context.Context, give func([]byte)) error {
	var at fdwalkPlace
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.walk.run(unsafe.Pointer(&at), unsafe.Sizeof(at)); err != nil {
			return err
		}
		n := min(int(at.Count), ownerRoom) * ownerSize
		memory, err := s.owners.first(n)
		if err != nil {
			return err
		}
		give(memory[:n])
		if at.Task == 0 {
			return nil
		}
		if at.Count == 0 {
			return errors.New("the program walk_owners does not get on")
		}
	}
}

func (s *SocketOwners) iterate(ctx context.Context, give func([]byte)) error {
	return s.iter.read(ctx, s.buf, func(b []byte) int {
		give(b)
		return len(b) % ownerSize
	})
}

// Close releases the programs.
func (s *SocketOwners) Close() error {
	if s.walk == nil {
		return s.iter.close()
	}
	return errors.Join(s.owners.close(), s.walk.close())
}
