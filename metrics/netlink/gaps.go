//go:build linux

package netlink

import (
	"fmt"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// gapState is what the gaps are made from; while it stays the same, so do they.
type gapState struct {
	listed  [16]listingState
	denied  int32
	unseen  bool
	foreign int
	full    bool
}

type listingState struct{ refused, failed, partial bool }

// report brings the gaps up to date.
func (s *Sockets) report() {
	state := gapState{unseen: s.unseen, foreign: s.search.foreign, full: s.owners.byInode.Len() >= s.opts.MaxSockets}
	s.active = s.active[:0]
	for _, l := range s.listings {
		s.active = l.active(s.active)
	}
	for i, l := range s.active {
		state.listed[i] = listingState{l.refused != nil, l.failed != nil, l.partial}
	}
	if s.opts.Owners == nil || s.askErr != nil {
		state.denied = s.search.denied
	}
	if state == s.state {
		return
	}
	s.state = state
	s.gaps = s.gaps[:0]
	for _, l := range s.active {
		s.reportListing(l)
	}
	if state.denied != 0 || state.unseen {
		g := metrics.Gap{
			What:  "owners of sockets of other users",
			Why:   fmt.Sprintf("permission denied reading %s/%d/fd", s.opts.Proc, state.denied),
			Needs: metrics.TraceFiles.String(),
		}
		if state.denied == 0 {
			g.Why = "no process that is listed holds them; hidepid of " + s.opts.Proc + " may hide theirs"
		}
		s.gaps = append(s.gaps, g)
	}
	if state.foreign > 0 {
		s.gaps = append(s.gaps, metrics.Gap{
			What:  "sockets of other network namespaces",
			Why:   fmt.Sprintf("%d processes are in network namespaces of their own, and sock_diag lists this one's sockets only", state.foreign),
			Needs: "running inside the namespace: nsenter --net --target PID",
		})
	}
	if state.full {
		s.gaps = append(s.gaps, metrics.Gap{
			What: fmt.Sprintf("owners of more than %d sockets", s.opts.MaxSockets),
			Why:  "the cache of owners is full",
		})
	}
}

func (s *Sockets) reportListing(l *listing) {
	switch {
	case l.failed != nil:
		g := metrics.Gap{What: l.what, Why: l.failed.Error()}
		if l.refused != nil {
			g.Why = l.refused.Error() + "; " + g.Why
		}
		s.gaps = append(s.gaps, g)
	case l.refused != nil && l.lost != "":
		g := metrics.Gap{What: l.lost, Why: l.refused.Error(), Needs: "a kernel and a sandbox that allow NETLINK_SOCK_DIAG"}
		if n := len(s.gaps); n == 0 || s.gaps[n-1] != g {
			s.gaps = append(s.gaps, g)
		}
	case l.partial:
		s.gaps = append(s.gaps, metrics.Gap{What: "a consistent list of " + l.what, Why: errInterrupted.Error()})
	}
}

// Gaps tells what could not be had in the last call of Append. The slice is valid
// until the next.
func (s *Sockets) Gaps() []metrics.Gap { return s.gaps }

// noteworthy is the time from which a visit is worth a note.
const noteworthy = 2 * time.Millisecond

// Note says who listed the TCP sockets, if not sock_diag as usual, and names the
// process whose descriptors cost the most in the last call, when that was much.
func (s *Sockets) Note() string {
	var parts []string
	switch {
	case s.tcp.used:
		parts = append(parts, "TCP by eBPF")
	case s.tcp.err != nil:
		parts = append(parts, fmt.Sprintf("TCP by sock_diag: %v", s.tcp.err))
	}
	if s.askErr != nil {
		parts = append(parts, fmt.Sprintf("owners come from /proc: %v", s.askErr))
	}
	if v := s.search.costliest; v.took >= noteworthy {
		text := fmt.Sprintf("fds of pid %d: %d files, %.1f ms", v.pid, v.fds, float64(v.took)/float64(time.Millisecond))
		if !v.complete {
			text += ", goes on in the next cycle"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// Caches describes the cache of owners.
func (s *Sockets) Caches() []metrics.CacheStat {
	return []metrics.CacheStat{{
		Name:    "socket owners",
		Entries: s.owners.byInode.Len(),
		Bytes:   int64(len(s.owners.entries)) * ownerBytes,
		Hits:    s.owners.hits,
		Misses:  s.owners.misses,
		Limit:   s.opts.MaxSockets,
	}}
}
