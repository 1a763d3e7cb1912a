//go:build linux && (amd64 || arm64)

package bpf

import (
	"slices"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	seenBy       = "eBPF task list"
	missingFrom  = "listing of /proc"
	confirmAfter = time.Second
	// More hidden processes than this, and than a tenth of all, means that the
	// listing is of another pid namespace or leaves out those of other users.
	tooManyHidden = 16
)

// hiddenSearch compares a listing of /proc with the kernel's list of tasks from
// time to time. It counts a process as hidden when it is there before and after
// two listings, a second apart, that both lack it.
type hiddenSearch struct {
	list  func(dst []int32) ([]int32, error)
	every time.Duration

	listings  chan listing
	running   bool
	next      time.Time
	before    []metrics.ProcKey // the processes when the listing began
	suspects  map[metrics.ProcKey]time.Time
	confirmed []metrics.Hidden
	unseen    []int32 // what two listings have and the list of tasks has not
	perhaps   []int32 // what one listing has
	gap       string
}

type listing struct {
	pids []int32
	err  error
}

func newHiddenSearch(o *Options) *hiddenSearch {
	return &hiddenSearch{
		list: o.ListPids, every: o.HiddenEvery,
		listings: make(chan listing, 1), suspects: make(map[metrics.ProcKey]time.Time),
	}
}

// look takes a listing that is ready, and begins the next one when it is time.
// procs are sorted by pid. The listing is read beside the cycle, since it takes a
// microsecond for each process.
func (h *hiddenSearch) look(now time.Time, procs []metrics.Process) {
	if h.list == nil {
		return
	}
	select {
	case l := <-h.listings:
		h.running = false
		h.next = now.Add(h.every)
		h.compare(now, l, procs)
	default:
		s := metrics.Snapshot{Processes: procs}
		h.confirmed = slices.DeleteFunc(h.confirmed, func(e metrics.Hidden) bool { return s.Lookup(e.Key) == nil })
	}
	if h.next.IsZero() {
		h.next = now // not beside the first reading, which has enough to do
		return
	}
	if h.running || now.Before(h.next) {
		return
	}
	h.running = true
	h.before = h.before[:0]
	for i := range procs {
		h.before = append(h.before, procs[i].Key)
	}
	go func() {
		pids, err := h.list(make([]int32, 0, len(h.before)+len(h.before)/16))
		h.listings <- listing{pids, err}
	}()
}

func (h *hiddenSearch) compare(now time.Time, l listing, procs []metrics.Process) {
	h.confirmed, h.gap = nil, ""
	if l.err != nil {
		h.gap = "the listing of /proc cannot be read: " + l.err.Error()
		return
	}
	s := metrics.Snapshot{Processes: procs}
	missing := make(map[metrics.ProcKey]bool)
	for _, key := range h.before {
		if _, listed := slices.BinarySearch(l.pids, key.PID); !listed && s.Lookup(key) != nil {
			missing[key] = true
		}
	}
	h.compareBack(now, l.pids, &s)
	if len(missing) > tooManyHidden && len(missing) > len(h.before)/10 {
		h.gap = "the listing of /proc lacks most processes: it is of another pid namespace, or mounted with hidepid"
		clear(h.suspects)
		return
	}
	for key := range h.suspects {
		if !missing[key] {
			delete(h.suspects, key)
		}
	}
	for key := range missing {
		first, again := h.suspects[key]
		switch {
		case !again:
			h.suspects[key] = now
			h.next = now.Add(confirmAfter)
		case now.Sub(first) < confirmAfter:
			h.next = first.Add(confirmAfter)
		default:
			h.confirmed = append(h.confirmed, metrics.Hidden{
				Key: key, Comm: s.Lookup(key).ID.Comm, Seen: seenBy, Missing: missingFrom, First: first,
			})
		}
	}
	slices.SortFunc(h.confirmed, func(a, b metrics.Hidden) int { return int(a.Key.PID - b.Key.PID) })
}

// compareBack looks for what the listing has and the list of tasks has not, neither
// before nor after, twice.
func (h *hiddenSearch) compareBack(now time.Time, pids []int32, s *metrics.Snapshot) {
	var perhaps, unseen []int32
	for _, pid := range pids {
		_, before := slices.BinarySearchFunc(h.before, pid, func(k metrics.ProcKey, pid int32) int { return int(k.PID - pid) })
		if before || s.Find(pid) >= 0 || len(perhaps) == tooManyHidden {
			continue
		}
		perhaps = append(perhaps, pid)
		if slices.Contains(h.perhaps, pid) {
			unseen = append(unseen, pid)
		} else {
			h.next = now.Add(confirmAfter)
		}
	}
	h.perhaps, h.unseen = perhaps, unseen
}
