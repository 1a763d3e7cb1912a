//go:build linux && (amd64 || arm64)

package bpf

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// Screener implements metrics.Screener by a program that looks at the mappings and
// open files of each process in the kernel and hands over its environment. It is
// loaded when it is first needed. Safe for concurrent use.
type Screener struct {
	closed   atomic.Bool
	mu       sync.Mutex
	err      error             // final
	id       atomic.Uint32     // of the program, once it is loaded
	question *metrics.Question // that the program knows
	settings settings

	prog      *program
	memory    [][]byte // of the maps, to be unmapped
	processes []screenScreened
	names     *screenNameSet // hashes of the names that are asked for
	environs  []byte
}

const screenedSize = int(unsafe.Sizeof(screenScreened{}))

// The traits are the same on both sides.
const _ = -uint(screenTraitWRITABLE_CODE ^ screenTrait(metrics.WritableCode) |
	screenTraitUNNAMED_CODE ^ screenTrait(metrics.UnnamedCode) |
	screenTraitREPLACED_IMAGE ^ screenTrait(metrics.ReplacedImage) |
	screenTraitNETWORK_STDIO ^ screenTrait(metrics.NetworkStdio) |
	screenTraitNAMED_FILE ^ screenTrait(metrics.NamedFile) |
	screenTraitNAMED_SETTING ^ screenTrait(metrics.NamedSetting))

// NewScreener makes a Screener, without loading anything yet.
func NewScreener() *Screener { return &Screener{} }

// Screen implements metrics.Screener. The error wraps ErrUnsupported when the
// kernel or the privilege does not allow it.
func (s *Screener) Screen(ctx context.Context, q *metrics.Question, keys []metrics.ProcKey, dst []metrics.Traits) error {
	s.mu.Lock()
	defer func() {
		s.mu.Unlock()
		if s.closed.Load() { // meanwhile
			_ = s.Close()
		}
	}()
	if s.closed.Load() {
		return errors.New("the screener is closed")
	}
	if s.prog == nil && s.err == nil {
		s.err = s.load()
	}
	if s.err != nil {
		return s.err
	}
	if s.question != q {
		if err := s.ask(q); err != nil {
			return err
		}
	}
	for len(keys) > 0 {
		n := min(len(keys), len(s.processes))
		if err := s.some(ctx, keys[:n], dst[:n]); err != nil {
			return err
		}
		keys, dst = keys[n:], dst[n:]
	}
	return nil
}

func (s *Screener) load() error {
	progs, err := loadPrograms(object{spec: loadScreen, program: screenProgScreenProcesses})
	if err != nil {
		return err
	}
	p := progs[0]
	room := int(p.maps["processes"].MaxEntries())
	for name, size := range map[string]int{
		"processes": room * screenedSize,
		"names":     int(unsafe.Sizeof(screenNameSet{})),
		"environs":  int(p.maps["environs"].ValueSize()),
	} {
		memory, err := p.share(name, size)
		if err != nil {
			return errors.Join(err, s.unmap(), p.close())
		}
		s.memory = append(s.memory, memory)
		first := unsafe.Pointer(unsafe.SliceData(memory))
		switch name {
		case "processes":
			s.processes = unsafe.Slice((*screenScreened)(first), room)
		case "names":
			s.names = (*screenNameSet)(first)
		case "environs":
			s.environs = memory
		}
	}
	s.prog = p
	for _, id := range ids(p) {
		s.id.Store(id)
	}
	return nil
}

// ask tells the program what files are asked for.
func (s *Screener) ask(q *metrics.Question) error {
	clear(s.names.Bits[:])
	for _, f := range q.Files {
		h, err := hashPattern(f)
		if err != nil {
			return err
		}
		s.names.Bits[h/64] |= 1 << (h % 64)
	}
	s.settings = newSettings(q.Environ)
	s.question = q
	return nil
}

// some screens as many processes as there is room for.
func (s *Screener) some(ctx context.Context, keys []metrics.ProcKey, dst []metrics.Traits) error {
	for i, k := range keys {
		s.processes[i] = screenScreened{Start: k.Start, Pid: uint32(k.PID)}
	}
	for at := (screenRange{End: uint32(len(keys)), Wanted: uint32(s.question.Wanted())}); at.Next < at.End; {
		if err := ctx.Err(); err != nil {
			return err
		}
		from := at.Next
		if err := s.prog.run(unsafe.Pointer(&at), unsafe.Sizeof(at)); errors.Is(err, errLost) {
			s.err = fmt.Errorf("%w: processes can be screened from the first pid namespace only", ErrUnsupported)
			return s.err
		} else if err != nil {
			return err
		}
		if at.Next <= from || at.Next > at.End {
			return errors.New("the program screen_processes does not get on")
		}
		for i := from; i < at.Next; i++ {
			dst[i] = s.traits(&s.processes[i])
		}
	}
	return nil
}

// traits completes what the program found out with what the environment tells.
func (s *Screener) traits(p *screenScreened) metrics.Traits {
	t := metrics.Traits(p.Traits)
	if end := uint64(p.Environ) + uint64(p.Size); p.Size > 0 && end <= uint64(len(s.environs)) && s.settings.in(s.environs[p.Environ:end]) {
		t |= metrics.NamedSetting
	}
	return t
}

// ProgramIDs is the number of the program, once it is loaded.
func (s *Screener) ProgramIDs() []uint32 {
	if id := s.id.Load(); id != 0 {
		return []uint32{id}
	}
	return nil
}

// Close releases the program, or leaves it to whoever is screening to do so.
func (s *Screener) Close() error {
	s.closed.Store(true)
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	prog := s.prog
	s.prog = nil
	return errors.Join(s.unmap(), prog.close())
}

func (s *Screener) unmap() (err error) {
	for _, m := range s.memory {
		err = errors.Join(err, unix.Munmap(m))
	}
	s.memory = nil
	return err
}
