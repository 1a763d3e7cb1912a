package threats

import (
	"sync"
	"time"
)

const driftEvery = 10 * time.Second

// drift compares the machine with the baseline, in the background.
type drift struct {
	mu      sync.Mutex
	base    *Baseline
	file    string
	busy    bool
	next    time.Time
	changes []Change
	since   map[Change]time.Time
}

func (d *drift) set(b *Baseline, file string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.base, d.file = b, file
	d.changes, d.since, d.next = nil, map[Change]time.Time{}, time.Time{}
}

func (d *drift) baseline() *Baseline {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.base
}

func (d *drift) schedule(e *Engine, in *Input) {
	d.mu.Lock()
	base, snap, now := d.base, in.Snapshot, in.Now
	start := base != nil && !d.busy && !now.Before(d.next)
	d.busy = d.busy || start
	d.mu.Unlock()
	if !start {
		return
	}
	ok := e.lend(in, func() {
		changes := base.Diff(Capture(snap, e.files))
		d.mu.Lock()
		defer d.mu.Unlock()
		d.busy, d.next = false, now.Add(driftEvery)
		if d.base != base {
			return // replaced meanwhile
		}
		since := make(map[Change]time.Time, len(changes))
		for i, c := range changes {
			first, known := d.since[c]
			if !known {
				first = now
			}
			since[c] = first
			changes[i].Since = first
		}
		d.changes, d.since = changes, since
	})
	if !ok {
		d.mu.Lock()
		d.busy = false
		d.mu.Unlock()
	}
}

func (d *drift) report() ([]Change, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.base == nil {
		return nil, ""
	}
	return d.changes, d.file
}
