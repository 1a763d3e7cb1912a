package indicators

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Options bound a Set. The zero value of each field is replaced.
type Options struct {
	Every      time.Duration    // between two looks at the files; 0 is 2 s
	MaxBytes   int64            // of a file; 0 is 64 MiB
	MaxEntries int              // of a file; 0 is 1,048,576
	Now        func() time.Time // nil is time.Now
}

// Set is the lists of several files. Its methods may be called by many
// goroutines; a nil Set is empty.
type Set struct {
	opt Options

	looking sync.Mutex // held while files are read
	files   []*file

	next  atomic.Int64 // when files are looked at again, ns since 1970
	busy  atomic.Bool  // a look in the background is on
	state atomic.Pointer[state]
}

// state is what readers see; it is replaced as a whole.
type state struct {
	version uint64
	lists   []*list
	errs    []string
	hashes  int
}

// Open reads the files. The error joins those of all files, each with file and
// line; the Set holds what could be read and stays usable.
func Open(files []string, o Options) (*Set, error) {
	if o.Every <= 0 {
		o.Every = 2 * time.Second
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.MaxEntries <= 0 {
		o.MaxEntries = 1 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Set{opt: o}
	for _, path := range files {
		s.files = append(s.files, &file{path: path})
	}
	s.state.Store(&state{})
	s.Refresh()
	s.next.Store(o.Now().Add(o.Every).UnixNano())
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.err)
	}
	return s, errors.Join(errs...)
}

// Refresh looks at the files now, and reads those that changed. A file that is
// broken or gone keeps its last good list.
func (s *Set) Refresh() {
	s.looking.Lock()
	defer s.looking.Unlock()
	changed := false
	for _, f := range s.files {
		changed = f.look(&s.opt) || changed
	}
	if !changed {
		return
	}
	next := &state{version: s.state.Load().version + 1}
	for _, f := range s.files {
		if f.list != nil {
			next.lists = append(next.lists, f.list)
			next.hashes += len(f.list.sums)
		}
		if f.err != nil {
			next.errs = append(next.errs, f.err.Error())
		}
	}
	s.state.Store(next)
}

// Poll has the files looked at in the background when it is time. It does not
// wait; a file system that hangs holds up one look for all.
func (s *Set) Poll() {
	if s == nil || len(s.files) == 0 || s.opt.Now().UnixNano() < s.next.Load() || !s.busy.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer s.busy.Store(false)
		s.Refresh()
		s.next.Store(s.opt.Now().Add(s.opt.Every).UnixNano())
	}()
}

func (s *Set) now() *state {
	if s == nil {
		return &empty
	}
	return s.state.Load()
}

var empty state

// Version grows with each change of the lists or of their errors.
func (s *Set) Version() uint64 { return s.now().version }

// Errors says what is wrong with files now, each with file and line.
func (s *Set) Errors() []string { return s.now().errs }

// Len is the number of indicators, and of those that are hashes.
func (s *Set) Len() (all, hashes int) {
	st := s.now()
	for _, l := range st.lists {
		all += len(l.entries)
	}
	return all, st.hashes
}

// Bytes estimates the memory that the lists take.
func (s *Set) Bytes() (n int64) {
	for _, l := range s.now().lists {
		n += l.bytes()
	}
	return n
}

// Address finds the narrowest indicator of the first list that holds an address
// and, where it names one, the port.
func (s *Set) Address(a netip.Addr, port uint16) (Match, bool) {
	a = a.Unmap()
	if !a.IsValid() {
		return Match{}, false
	}
	for _, l := range s.now().lists {
		if m, ok := l.address(a, port); ok {
			return m, true
		}
	}
	return Match{}, false
}

// Hash finds the indicator for a SHA-256 sum in hex.
func (s *Set) Hash(sha256 string) (Match, bool) {
	var h [32]byte
	if len(sha256) != hex.EncodedLen(len(h)) {
		return Match{}, false
	}
	if _, err := hex.Decode(h[:], []byte(sha256)); err != nil {
		return Match{}, false
	}
	for _, l := range s.now().lists {
		if m, ok := l.hash(h); ok {
			return m, true
		}
	}
	return Match{}, false
}
