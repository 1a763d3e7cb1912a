package threats

import (
	"cmp"
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	maxParts  = 32 // of a joined finding
	maxUpward = 4  // generations between two processes that are counted as one tree
)

// correlate joins what belongs together and returns the findings of a report in
// no order. Signals belong together when they concern one process, a process and
// an ancestor in the same service or session, one program of one user, or one
// peer. What is suppressed stays alone.
func correlate(list []*track) []Finding {
	live := make([]*track, 0, len(list))
	out := make([]Finding, 0, len(list))
	for _, x := range list {
		if x.f.SuppressedBy != "" {
			out = append(out, x.f)
		} else {
			live = append(live, x)
		}
	}
	// Oldest first, then by id: groups and their names come out the same each time.
	slices.SortFunc(live, func(a, b *track) int {
		return cmp.Or(a.f.First.Compare(b.f.First), cmp.Compare(a.f.ID, b.f.ID))
	})
	for _, group := range groups(live) {
		out = append(out, join(group))
	}
	return out
}

// groups partitions the tracks; each group keeps their order.
func groups(list []*track) [][]*track {
	root := make([]int, len(list))
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	type programOf struct {
		detector string
		program  program
		uid      uint32
	}
	seen := map[any]int{} // ProcKey, programOf or the peer's address → a track
	link := func(i int, key any) {
		if j, ok := seen[key]; ok {
			a, b := find(i), find(j)
			root[max(a, b)] = min(a, b)
			return
		}
		seen[key] = i
	}
	for i, x := range list {
		if x.f.Subject.Key.PID != 0 {
			link(i, x.f.Subject.Key)
		}
		if a := x.f.Peer; a.IsValid() && !a.IsLoopback() && !a.IsUnspecified() {
			link(i, a)
		}
		if p := x.f.Process; p != nil && p.ID.ExeInode != 0 && (x.f.Info.Cost == Identity || x.f.Info.OfProgram) {
			link(i, programOf{x.f.Info.ID, program{p.ID.ExeDev, p.ID.ExeInode}, p.UID})
		}
	}
	for i, x := range list {
		if k, ok := upward(&x.f, seen); ok {
			link(i, k)
		}
	}
	at := map[int]int{}
	var out [][]*track
	for i, x := range list {
		r := find(i)
		n, ok := at[r]
		if !ok {
			n = len(out)
			at[r] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], x)
	}
	return out
}

// upward returns the nearest ancestor about which there is a finding too. Init
// and what lives in another control group (a container's shim, the ssh server
// above a session) are not of the tree.
func upward(f *Finding, seen map[any]int) (metrics.ProcKey, bool) {
	for i := 0; i < min(len(f.Ancestry), maxUpward); i++ {
		a := &f.Ancestry[i]
		if a.Key.PID == 1 || a.ID.Cgroup.Path != f.Process.ID.Cgroup.Path {
			break
		}
		if _, ok := seen[a.Key]; ok {
			return a.Key, true
		}
	}
	return metrics.ProcKey{}, false
}

// join makes one finding of a group. It keeps the id that it first had, also
// when a later signal weighs more.
func join(group []*track) Finding {
	id := ""
	for _, x := range group {
		if x.group != "" {
			id = x.group
			break
		}
	}
	if id == "" {
		id = group[0].f.ID
	}
	for _, x := range group {
		x.group = id
	}
	if len(group) == 1 {
		f := group[0].f
		f.ID = id
		return f
	}
	byWeight := slices.Clone(group)
	slices.SortStableFunc(byWeight, func(a, b *track) int {
		return cmp.Or(compareBool(a.f.Gone, b.f.Gone), cmp.Compare(b.f.Severity, a.f.Severity), cmp.Compare(b.f.Confidence, a.f.Confidence))
	})
	f := byWeight[0].f
	f.ID = id
	f.Parts = make([]Part, 0, min(len(group), maxParts))
	f.First = group[0].f.First
	for _, x := range byWeight {
		f.Gone = f.Gone && x.f.Gone
		f.Count = max(f.Count, x.f.Count)
		if x.f.Last.After(f.Last) {
			f.Last = x.f.Last
		}
		if len(f.Parts) < maxParts {
			f.Parts = append(f.Parts, Part{
				ID: x.f.ID, Detector: x.f.Info.ID, Title: x.f.Title, Severity: x.f.Severity, Confidence: x.f.Confidence,
				Subject: x.f.Subject, Evidence: x.f.Evidence, Process: x.f.Process, Info: x.f.Info,
			})
		}
	}
	raise(&f, byWeight)
	return f
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// raise lifts a joined finding by one level when two signals about one process
// that do not contain each other weigh as much as the heaviest. Below medium
// nothing rises: such signals are common on healthy machines, and many of them
// prove no more than one.
func raise(f *Finding, byWeight []*track) {
	if f.Severity < Medium {
		return
	}
	for i, a := range byWeight {
		for _, b := range byWeight[i+1:] {
			if a.f.Severity == f.Severity && b.f.Severity == f.Severity && !a.f.Gone && !b.f.Gone &&
				a.f.Subject.Key == b.f.Subject.Key && a.f.Subject.Key.PID != 0 && independent(a.f.Info, b.f.Info) {
				f.Severity = min(f.Severity+1, Critical)
				f.Confidence = min(f.Confidence+1, Strong)
				return
			}
		}
	}
}

// independent reports whether two signals prove more than one. Rules of one set
// often match the same words.
func independent(a, b *Info) bool {
	if a.Set != "" && a.Set == b.Set {
		return false
	}
	return a.ID != b.ID && !slices.Contains(a.Includes, b.ID) && !slices.Contains(b.Includes, a.ID)
}
