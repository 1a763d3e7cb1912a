package metrics

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// feed runs one source, one call at a time, on a worker that may be held up. A
// call that misses the deadline of a cycle goes on, and its result joins the
// first later cycle that finds it done.
type feed[T any] struct {
	busy  bool
	began time.Time // the last call
	done  chan answer[T]
	stat  SourceStat
}

type answer[T any] struct {
	items []T
	at    time.Time
	took  time.Duration
	err   error
}

func newFeed[T any](name string) feed[T] {
	return feed[T]{done: make(chan answer[T], 1), stat: SourceStat{Name: name}}
}

// begin starts a call unless the last one is still under way. read gets dst to
// append to and owns it until the answer is taken. To idle it adds the time in which
// it waited for another feed.
func (f *feed[T]) begin(now func() time.Time, pool Pool, dst []T, read func(dst []T, idle *time.Duration) ([]T, error)) {
	if f.busy {
		return
	}
	done := f.done
	f.began = now()
	f.busy = pool.Submit(func() {
		a, idle := answer[T]{at: now()}, time.Duration(0)
		defer func() {
			if v := recover(); v != nil {
				a.err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			}
			a.took = now().Sub(a.at) - idle
			done <- a
		}()
		a.items, a.err = read(dst, &idle)
	})
	if !f.busy {
		f.stat.Late, f.stat.Since, f.stat.Err = true, time.Time{}, "no worker is free: earlier readings are still held up"
	}
}

// end waits for the answer until expired is closed. It returns the new items, or
// false with the source's SourceStat saying why there are none.
func (f *feed[T]) end(expired <-chan struct{}) ([]T, bool) {
	if f.busy {
		select {
		case a := <-f.done:
			return f.take(a)
		case <-expired: // and the answer may be there as well
		}
	}
	return f.answer(true)
}

// poll takes the answer if it is there. A call that is under way has its time: it is
// late when it began longer than allowed before the cycle of at.
func (f *feed[T]) poll(at time.Time, allowed time.Duration) ([]T, bool) {
	return f.answer(at.Sub(f.began) > allowed)
}

// answer takes the answer if it is there, and notes when it is late.
func (f *feed[T]) answer(late bool) ([]T, bool) {
	if !f.busy {
		return nil, false
	}
	select {
	case a := <-f.done:
		return f.take(a)
	default:
	}
	if late {
		f.stat.Late, f.stat.Since, f.stat.Err = true, f.began, ""
	}
	return nil, false
}

func (f *feed[T]) take(a answer[T]) ([]T, bool) {
	f.busy = false
	f.stat.Took, f.stat.Late, f.stat.Since, f.stat.Err = a.took, false, time.Time{}, ""
	if a.err != nil {
		f.stat.Late, f.stat.Since, f.stat.Err = true, a.at, a.err.Error()
		return nil, false
	}
	f.stat.At, f.stat.Items = a.at, len(a.items)
	return a.items, true
}

// close closes the source, if it holds something: at once, or when the call ends that
// is under way and that expired did not wait for.
func (f *feed[T]) close(expired <-chan struct{}, source any) error {
	f.end(expired)
	closer, ok := source.(Closer)
	if !ok {
		return nil
	}
	if !f.busy {
		return closer.Close()
	}
	done := f.done
	go func() {
		<-done
		_ = closer.Close() // there is nobody left to tell
	}()
	return nil
}

// status is the state of the feed, with the source's own remark.
func (f *feed[T]) status(source any) SourceStat {
	s := f.stat
	if n, ok := source.(Noter); ok && !f.busy {
		s.Note = n.Note()
	}
	return s
}

// reading runs one HostReader at its cadence.
type reading struct {
	HostReader
	feed  feed[func(*System)]
	due   time.Time
	apply func(*System)
	spent time.Duration // of the last call; the worker writes it before it answers
}

func newReading(r HostReader) *reading {
	return &reading{HostReader: r, feed: newFeed[func(*System)](r.Name())}
}

// begin starts a reading that is due. One with a cadence of its own comes at
// least extras apart.
func (r *reading) begin(ctx context.Context, at time.Time, extras time.Duration, now func() time.Time, pool Pool) {
	if at.Before(r.due) {
		return
	}
	if every := r.Every(); every > 0 {
		r.due = at.Add(max(every, extras))
	}
	r.feed.begin(now, pool, nil, func([]func(*System), *time.Duration) (list []func(*System), err error) {
		r.spent = Spent(func() {
			var apply func(*System)
			apply, err = r.Read(ctx)
			list = []func(*System){apply}
		})
		return list, err
	})
}

// end takes what was read. One with a cadence of its own may be slow, and is not
// waited for; but for the first cycle, which would show nothing.
func (r *reading) end(wait <-chan struct{}, first bool, at time.Time, allowed time.Duration) {
	var got []func(*System)
	var ok bool
	stat := &r.feed.stat
	if stat.Beside = r.Every() > 0 && !first; stat.Beside {
		got, ok = r.feed.poll(at, allowed)
	} else {
		got, ok = r.feed.end(wait)
	}
	if ok {
		r.apply, stat.CPU = got[0], r.spent
	}
}
