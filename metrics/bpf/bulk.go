//go:build linux && (amd64 || arm64)

package bpf

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
)

// bulk reads many command lines in one pass over the tasks. It allows one reading
// at a time.
type bulk struct {
	busy   sync.Mutex
	prog   *program
	wanted mapping // a bit for each pid
	buf    []byte
	same   map[string]string // texts given before: many processes have equal ones

	// Of same, for others: a reading may hang.
	entries, bytes atomic.Int64
	hits, misses   atomic.Uint64
}

const (
	maxPID   = 1 << 22 // PID_MAX_LIMIT of 64-bit kernels
	headSize = int(unsafe.Sizeof(cmdlineHead{}))
	maxSame  = 4096
)

func newBulk(p *program) *bulk {
	return &bulk{prog: p, wanted: mapping{prog: p, name: "wanted", size: maxPID / 8}, buf: make([]byte, readSize)}
}

// read gives the answers as they come, and returns the asks that must be put in
// another way. The caller has locked busy.
func (b *bulk) read(asks []ask, give func([]answer)) (failed []ask) {
	last := int32(0)
	for _, q := range asks {
		last = max(last, min(q.pid, maxPID-1))
	}
	memory, err := b.wanted.first(int(last/64+1) * 8)
	if err != nil {
		return asks
	}
	wanted := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(memory))), len(memory)/8)
	open := make(map[int32]ask, len(asks))
	for _, q := range asks {
		if q.pid > 0 && q.pid < maxPID {
			open[q.pid] = q
			atomic.OrUint64(&wanted[q.pid/64], 1<<(q.pid%64))
		}
	}
	defer func() {
		for _, q := range asks {
			if q.pid > 0 && q.pid < maxPID {
				atomic.AndUint64(&wanted[q.pid/64], ^uint64(1<<(q.pid%64)))
			}
		}
	}()
	err = b.prog.read(context.Background(), b.buf, func(rest []byte) int {
		var answers []answer
		for {
			head, text, after, ok := nextCmdline(rest)
			if !ok {
				give(answers)
				return len(rest)
			}
			rest = after
			q, asked := open[int32(head.Pid)]
			if !asked {
				continue
			}
			delete(open, q.pid)
			switch {
			case head.Failed != 0:
				failed = append(failed, q)
			case head.Start != q.start || head.ExecId != q.execID:
				answers = append(answers, answer{ask: q})
			default:
				answers = append(answers, answer{q, b.intern(text), head.Cut != 0, true})
			}
		}
	})
	if err != nil {
		for _, q := range open {
			failed = append(failed, q)
		}
		return failed
	}
	var gone []answer
	for _, q := range open {
		gone = append(gone, answer{ask: q})
	}
	give(gone)
	return failed
}

// nextCmdline splits off one record. The views it returns live as long as b.
func nextCmdline(b []byte) (head *cmdlineHead, text, rest []byte, ok bool) {
	if len(b) < headSize {
		return nil, nil, nil, false
	}
	head = (*cmdlineHead)(unsafe.Pointer(unsafe.SliceData(b)))
	size := int(head.Size)
	padded := headSize + (size+7)&^7
	if size < 0 || padded > len(b) {
		return nil, nil, nil, false
	}
	text = b[headSize:][:size]
	if head.Title != 0 {
		if i := bytes.IndexByte(text, 0); i >= 0 {
			text = text[:i+1]
			head.Cut = 0
		}
	}
	return head, text, b[padded:], true
}

func (b *bulk) intern(text []byte) string {
	if s, ok := b.same[string(text)]; ok {
		b.hits.Add(1)
		return s
	}
	b.misses.Add(1)
	if b.same == nil || len(b.same) >= maxSame {
		b.same = make(map[string]string)
		b.bytes.Store(0)
	}
	s := string(text)
	b.same[s] = s
	b.entries.Store(int64(len(b.same)))
	b.bytes.Add(int64(len(s)) + 64) // with its place in the map
	return s
}

// forget drops the texts. The caller has locked busy.
func (b *bulk) forget() {
	b.same = nil
	b.entries.Store(0)
	b.bytes.Store(0)
}

// stat describes the texts that are kept.
func (b *bulk) stat() metrics.CacheStat {
	return metrics.CacheStat{Name: "equal command lines", Entries: int(b.entries.Load()), Bytes: b.bytes.Load(),
		Hits: b.hits.Load(), Misses: b.misses.Load(), Limit: maxSame}
}

// close releases the program and its memory; while a reading hangs in the kernel, it
// does so when that comes back and has cleared its bits.
func (b *bulk) close() error {
	release := func() error {
		defer b.busy.Unlock()
		return errors.Join(b.wanted.close(), b.prog.close())
	}
	if b.busy.TryLock() {
		return release()
	}
	go func() {
		b.busy.Lock()
		_ = release() // there is nobody left to tell
	}()
	return nil
}
