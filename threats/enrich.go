package threats

import (
	"context"
	"sync"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	maxEnriched  = 1024
	enrichBatch  = 8
	hashDeadline = 10 * time.Second
)

// enricher learns, in the background, what is dear to know of the processes with
// findings: the hash of the program and the image of the container.
type enricher struct {
	mu           sync.Mutex
	busy         bool
	known        map[*metrics.Identity]enriched
	hits, misses uint64
}

type enriched struct{ sha256, image string }

func (n *enricher) init() { n.known = make(map[*metrics.Identity]enriched) }

// schedule applies what is known to the findings and has the rest looked up.
func (n *enricher) schedule(e *Engine) {
	n.mu.Lock()
	var want []*ProcessRef
	for _, x := range e.tracks.list {
		p := x.f.Process
		if p == nil || p.SHA256 != "" || x.f.Gone {
			continue
		}
		got, ok := n.known[p.ID]
		switch {
		case !ok:
			if len(want) < enrichBatch {
				want = append(want, p)
			}
		case got.sha256 != "" || got.image != "" && p.Image == "":
			q := *p // the old one is published
			q.SHA256, q.Image = got.sha256, got.image
			x.f.Process = &q
			x.allowVersion = 0 // to be decided again
			n.hits++
		}
	}
	start := len(want) > 0 && !n.busy
	n.busy = n.busy || start
	n.mu.Unlock()
	if start && !e.submit(func() { n.work(e, want) }) {
		n.mu.Lock()
		n.busy = false
		n.mu.Unlock()
	}
}

func (n *enricher) work(e *Engine, want []*ProcessRef) {
	defer func() {
		n.mu.Lock()
		n.busy = false
		n.mu.Unlock()
	}()
	for _, p := range want {
		n.mu.Lock()
		_, ok := n.known[p.ID]
		n.mu.Unlock()
		if ok || e.ctx.Err() != nil {
			continue
		}
		got := enriched{image: imageOf(e.files, &p.ID.Cgroup)}
		if e.opt.Inspector != nil {
			ctx, cancel := context.WithTimeout(e.ctx, hashDeadline)
			if d, err := e.opt.Inspector.Inspect(ctx, p.Key, metrics.PartHash); err == nil {
				got.sha256 = d.SHA256
			}
			cancel()
		}
		n.mu.Lock()
		if len(n.known) >= maxEnriched {
			clear(n.known)
		}
		n.known[p.ID] = got
		n.misses++
		n.mu.Unlock()
	}
}

func (n *enricher) stat() metrics.CacheStat {
	n.mu.Lock()
	defer n.mu.Unlock()
	return metrics.CacheStat{Name: "program hashes", Entries: len(n.known), Hits: n.hits, Misses: n.misses, Limit: maxEnriched}
}
