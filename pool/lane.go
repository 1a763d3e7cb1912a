package pool

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Lane is one kind of work in a pool, with a batch size of its own.
type Lane struct {
	pool *Pool
	name string

	mu      sync.Mutex
	climber climber
	batches uint64
	recent  [256]time.Duration // latencies of the last batches, a ring
	perItem float64            // ns, smoothed
}

// Lane returns the lane of that name, made at the first call with the batch size of
// the options.
func (p *Pool) Lane(name string) *Lane { return p.LaneFrom(name, p.opt.Batch) }

// LaneFrom is Lane with a batch size of its own to begin with: 1 suits items of which
// each takes long, or some much longer than others.
func (p *Pool) LaneFrom(name string, batch int) *Lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lanes {
		if l.name == name {
			return l
		}
	}
	l := &Lane{pool: p, name: name, climber: newClimber(max(batch, 1), p.opt.Adaptive)}
	p.lanes = append(slices.Clip(p.lanes), l)
	return l
}

// Each is Pool.Each with the lane's batch size, and learns from how long it takes.
func (l *Lane) Each(ctx context.Context, n int, fn func(ctx context.Context, lo, hi int) error) error {
	l.mu.Lock()
	batch := l.climber.size
	l.mu.Unlock()
	start := time.Now()
	err := l.pool.each(ctx, n, batch, fn, l.took)
	if n > 0 && err == nil {
		ns := float64(time.Since(start)) / float64(n)
		l.mu.Lock()
		if l.perItem == 0 {
			l.perItem = ns
		}
		l.perItem += (ns - l.perItem) / 8
		l.climber.observe(n, ns)
		l.mu.Unlock()
	}
	return err
}

func (l *Lane) took(d time.Duration) {
	l.mu.Lock()
	l.recent[l.batches%uint64(len(l.recent))] = d
	l.batches++
	l.mu.Unlock()
}

// LaneStats is the state of a lane.
type LaneStats struct {
	Name         string
	Batch        int // size in force
	Adaptive     bool
	Batches      uint64        // done since the start
	P50, P95     time.Duration // latency of the last batches
	PerItemNanos float64       // wall time of a call over its items, smoothed
	Why          string        // the last move of the batch size, in words
}

// Stats reads the state of the lane.
func (l *Lane) Stats() LaneStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := LaneStats{Name: l.name, Batch: l.climber.size, Adaptive: l.climber.adaptive, Batches: l.batches,
		PerItemNanos: l.perItem, Why: l.climber.why}
	recent := l.recent
	n := int(min(l.batches, uint64(len(recent))))
	if n == 0 {
		return s
	}
	slices.Sort(recent[:n])
	s.P50, s.P95 = recent[n/2], recent[min(n-1, n*95/100)]
	return s
}
