//go:build linux

package procfs

import (
	"bytes"
	"context"

	"golang.org/x/sys/unix"
)

// reconcile makes one entry for each pid that is listed, the old one where there is
// one: both lists are sorted, so one walk over them does.
func (s *Source) reconcile() {
	next, old := s.next[:0], s.entries
	for _, pid := range s.pids {
		for len(old) > 0 && old[0].pid < pid {
			s.drop(old[0])
			old = old[1:]
		}
		if len(old) > 0 && old[0].pid == pid {
			next = append(next, old[0])
			old = old[1:]
			continue
		}
		next = append(next, s.entry(pid))
	}
	for _, e := range old {
		s.drop(e)
	}
	s.next, s.entries = s.entries, next
}

func (s *Source) entry(pid int32) *entry {
	var e *entry
	if n := len(s.spare); n > 0 {
		e = s.spare[n-1]
		s.spare = s.spare[:n-1]
	} else {
		e = new(entry)
	}
	*e = entry{pid: pid, stat: -1}
	return e
}

// drop ends the entry of a process that is gone. Its memory serves the next.
func (s *Source) drop(e *entry) {
	s.forget(e)
	if len(s.spare) < 1024 {
		*e = entry{stat: -1}
		s.spare = append(s.spare, e)
	}
}

// forget closes the stat file that was kept open.
func (s *Source) forget(e *entry) {
	if e.stat >= 0 {
		unix.Close(int(e.stat))
		e.stat = -1
		s.room.Add(1)
	}
}

// scanAll reads stat of all processes. The kernel makes it without waiting for any
// lock that a process can hold while it sleeps, so no process can hold this up.
func (s *Source) scanAll(ctx context.Context) error {
	s.closed.Store(0)
	if s.batch == nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		return s.scan(ctx, 0, len(s.entries))
	}
	return s.batch.Each(ctx, len(s.entries), s.scanFn)
}

func (s *Source) scan(_ context.Context, lo, hi int) error {
	w := s.fs.take()
	defer s.fs.give(w)
	var st Stat
	kept := uint64(0)
	defer func() {
		s.reread.Add(kept)
		s.opened.Add(uint64(hi-lo) - kept)
	}()
	for _, e := range s.entries[lo:hi] {
		before := e.stat
		b, err := s.readStat(e, w)
		if before >= 0 && e.stat == before {
			kept++
		}
		if err != 0 || !parseStat(b, &st) {
			if denied(err) {
				s.closed.Add(1)
			}
			e.gone = true
			continue
		}
		if escaped(st.Comm) {
			st.Comm = w.plainComm(bytes.Clone(st.Comm), s.fs.dir, w.name(e.pid, "comm"))
		}
		if !e.scanned || st.Start != e.proc.Key.Start {
			e.begin(&st)
			e.update(&st)
			e.used = false
			continue
		}
		e.update(&st)
	}
	return nil
}

// readStat reads the file that was kept open, or opens it by name, the first time
// to close it again: many processes are not there any more the next time. A kept
// file tells of one process for ever, whoever gets its pid later.
func (s *Source) readStat(e *entry, w *scratch) ([]byte, unix.Errno) {
	if e.stat >= 0 {
		for {
			n, err := unix.Pread(int(e.stat), w.buf[:], 0)
			if err == nil && n > 0 {
				return w.buf[:n], 0
			}
			if err != unix.EINTR {
				break
			}
		}
		s.forget(e)
	}
	if !e.scanned {
		return w.read(s.fs.dir, w.name(e.pid, "stat"))
	}
	fd, err := openat(s.fs.dir, w.name(e.pid, "stat"), unix.O_RDONLY)
	if err != 0 {
		return nil, err
	}
	b, err := readOnce(fd, w.buf[:])
	if err == 0 && s.room.Add(-1) >= 0 {
		e.stat = int32(fd)
		return b, 0
	}
	s.room.Add(1)
	unix.Close(fd)
	return b, err
}

// compact takes out the processes that ended between the listing and the reading.
func (s *Source) compact() {
	kept := s.entries[:0]
	for _, e := range s.entries {
		if e.gone {
			s.drop(e)
			continue
		}
		kept = append(kept, e)
	}
	clear(s.entries[len(kept):])
	s.entries = kept
}
