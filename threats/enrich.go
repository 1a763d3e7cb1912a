package threats

import (
	"context"
	"sync"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	// About what one takes: the texts, the place in the map and the identity, which
	// the process mostly holds as well.
	enrichedBytes = 256

	enrichBatch  = 8
	hashDeadline = 10 * time.Second
)

// enrichedShare is what may be remembered of processes that have, or had, findings.
var enrichedShare = metrics.Share{Part: 2048, Bytes: enrichedBytes, Least: 256, Most: 8192}

// enricher learns, in the background, what is dear to know of the processes with
// findings: the hash of the program and the image of the container.
type enricher struct {
	mu    sync.Mutex
	busy  bool
	known metrics.Cache[*metrics.Identity, enriched]
}

type enriched struct{ sha256, image string }

func (n *enricher) init(memory uint64) { n.known.Limit = enrichedShare.Entries(memory) }

// attach adds to the findings what is known of their processes. A single report has
// no later one in which an entry that asks for a hash could apply: it looks up at once
// what such entries ask for.
func (n *enricher) attach(e *Engine) {
	if e.opt.Eager {
		n.work(e, n.asked(e))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range e.tracks.list {
		p := x.f.Process
		if p == nil {
			continue
		}
		if got, ok := n.known.Get(p.ID); ok && (got.sha256 != p.SHA256 || got.image != p.Image) {
			q := *p // the old one is published
			q.SHA256, q.Image = got.sha256, got.image
			x.f.Process = &q
			x.allowVersion = 0 // to be decided again
		}
	}
}

// asked are the processes of findings that an entry would cover, were the program or
// the container the one that it names.
func (n *enricher) asked(e *Engine) (want []*ProcessRef) {
	for i := range e.allow.list {
		a := e.allow.list[i]
		if a.SHA256 == "" && a.Image == "" {
			continue
		}
		a.SHA256, a.Image = "", ""
		for _, x := range e.tracks.list {
			if p := x.f.Process; p != nil && p.SHA256 == "" && a.Covers(&x.f) && len(want) < n.known.Limit {
				want = append(want, p)
			}
		}
	}
	return want
}

// schedule has what is not known of the processes with findings looked up.
func (n *enricher) schedule(e *Engine) {
	n.mu.Lock()
	var want []*ProcessRef
	for _, x := range e.tracks.list {
		p := x.f.Process
		if p == nil || x.f.Gone {
			continue
		}
		if _, ok := n.known.Peek(p.ID); !ok && (len(want) < enrichBatch || e.opt.Eager) {
			want = append(want, p)
		}
	}
	start := len(want) > 0 && !n.busy
	n.busy = n.busy || start
	n.mu.Unlock()
	if start && !e.submit(func() { n.work(e, want); n.end() }) {
		n.end()
	}
}

func (n *enricher) end() {
	n.mu.Lock()
	n.busy = false
	n.mu.Unlock()
}

// idle reports whether nothing is being looked up.
func (n *enricher) idle() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.busy
}

// work looks processes up. Those of one program are hashed once: the inspector
// remembers what it read.
func (n *enricher) work(e *Engine, want []*ProcessRef) {
	for _, p := range want {
		n.mu.Lock()
		_, ok := n.known.Peek(p.ID)
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
		n.known.Put(p.ID, got)
		n.mu.Unlock()
	}
}

func (n *enricher) stat() metrics.CacheStat {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known.Stat("details of findings", enrichedBytes)
}
