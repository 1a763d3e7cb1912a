package sigma

import (
	"sync"
	"sync/atomic"
	"time"
)

// WatchInterval is how often a Watcher looks for changes unless told otherwise.
const WatchInterval = time.Second

// Watcher holds the Set of a Library and keeps it up to date with its files. It
// looks at their directory entries at an interval: that works on every file
// system and costs about a microsecond a file.
type Watcher struct {
	current atomic.Pointer[Set]
	stop    chan struct{}
	once    sync.Once
	done    chan struct{}
}

// Watch loads the library and follows it until Close. It takes the library
// over: the caller must not use it any more. Interval 0 is WatchInterval.
func Watch(l *Library, interval time.Duration) *Watcher {
	if interval <= 0 {
		interval = WatchInterval
	}
	w := &Watcher{stop: make(chan struct{}), done: make(chan struct{})}
	set, _ := l.Load()
	w.current.Store(set)
	go w.follow(l, interval)
	return w
}

// Set is the current set. Another pointer than before means that rules changed.
func (w *Watcher) Set() *Set { return w.current.Load() }

// Close ends the watching and waits until it has ended. The last Set stays.
func (w *Watcher) Close() {
	w.once.Do(func() { close(w.stop) })
	<-w.done
}

func (w *Watcher) follow(l *Library, interval time.Duration) {
	defer close(w.done)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
			if set, changed := l.Load(); changed {
				w.current.Store(set)
			}
		}
	}
}
