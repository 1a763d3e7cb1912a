package threats

import (
	"math"
	"slices"
	"sort"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
)

// verdict is what is known of one program image of one process. A verdict holds
// as long as key, exec and identity stay.
type verdict struct {
	key    metrics.ProcKey
	exec   uint64
	id     *metrics.Identity
	opened *opened
	deepAt uint32 // Engine.second of the last deep look, or screening that spared it; 0 is never

	left, deepLeft uint16 // findings for which there was no room
	suspect        bool   // something has been found, and a look is due before others
	likely         bool   // screening has left it for a look
}

// waits reports whether the process has neither been looked at nor screened.
func (e *verdict) waits() bool { return e.deepAt == 0 && !e.likely }

// opened is the verdict on a process about which there is something to say.
type opened struct{ identity, deep []Finding }

// verdicts is the list of all, sorted by pid like the processes of a snapshot,
// so that one merge finds what is new.
type verdicts struct {
	list         []verdict
	look         []int32 // new ones, as indices into list and into the snapshot
	hits, misses uint64
	room         quota
	left         int // findings for which there was no room
}

// merge brings the list in line with procs and returns the indices of the
// processes that need a verdict. list stays parallel to procs.
func (v *verdicts) merge(procs []metrics.Process) []int32 {
	v.drop(procs)
	v.insert(procs)
	v.hits += uint64(len(procs) - len(v.look))
	v.misses += uint64(len(v.look))
	return v.look
}

// drop takes out the verdicts that do not hold for a process of procs.
func (v *verdicts) drop(procs []metrics.Process) {
	v.room.reset()
	v.left = 0
	n := 0
	for i := range v.list {
		old := &v.list[i]
		for len(procs) > 0 && procs[0].Key.PID < old.key.PID {
			procs = procs[1:]
		}
		if len(procs) == 0 || !old.holds(&procs[0]) {
			continue
		}
		v.left += int(old.left) + int(old.deepLeft)
		if o := old.opened; o != nil {
			v.count(o.identity)
			v.count(o.deep)
		}
		if n != i {
			v.list[n] = *old
		}
		n++
	}
	clear(v.list[n:]) // let go of identities that ended
	v.list = v.list[:n]
}

// insert makes the list, which holds nothing that procs has not, parallel to
// procs, and notes what is new. It fills from the end, so that the list needs no
// second one.
func (v *verdicts) insert(procs []metrics.Process) {
	old := len(v.list)
	if cap(v.list) < len(procs) {
		v.list = append(make([]verdict, 0, len(procs)+len(procs)/16), v.list...)
	}
	v.list = v.list[:len(procs)]
	v.look = resize(v.look, len(procs)-old)
	fresh := len(v.look)
	for i := len(procs) - 1; i >= old; i-- {
		p := &procs[i]
		if old > 0 && v.list[old-1].key == p.Key {
			old--
			v.list[i] = v.list[old]
			continue
		}
		v.list[i] = verdict{key: p.Key, exec: p.ExecID, id: p.ID}
		fresh--
		v.look[fresh] = int32(i)
	}
}

// holds reports whether the verdict is that on the program image of p.
func (e *verdict) holds(p *metrics.Process) bool {
	return e.key == p.Key && e.exec == p.ExecID && e.id == p.ID
}

// find returns the verdict on a process, or nil.
func (v *verdicts) find(k metrics.ProcKey) *verdict {
	i := sort.Search(len(v.list), func(i int) bool { return v.list[i].key.PID >= k.PID })
	if i < len(v.list) && v.list[i].key == k {
		return &v.list[i]
	}
	return nil
}

// add keeps the findings of an Identity detector with their processes.
func (v *verdicts) add(found []Finding) {
	for i := range found {
		e := v.find(found[i].Subject.Key)
		if e == nil || e.has(&found[i]) || !v.take(&found[i], &e.left) {
			continue
		}
		if e.opened == nil {
			e.opened = &opened{}
		}
		e.opened.identity = append(e.opened.identity, found[i])
	}
}

// take makes room for a finding, or counts it among those left out.
func (v *verdicts) take(f *Finding, left *uint16) bool {
	if v.room.take(f) {
		return true
	}
	if *left < math.MaxUint16 {
		*left++
		v.left++
	}
	return false
}

func (v *verdicts) count(list []Finding) {
	for i := range list {
		v.room.count(&list[i])
	}
}

// forget drops what a detector, or a rule that belongs to it, has found.
func (v *verdicts) forget(id string) {
	for i := range v.list {
		if o := v.list[i].opened; o != nil {
			// A new list: the old findings have been published.
			o.identity = slices.DeleteFunc(slices.Clone(o.identity), func(f Finding) bool {
				gone := f.Info.ID == id || f.Info.Set == id
				if gone {
					v.room.give(&f)
				}
				return gone
			})
		}
	}
}

// has tells a finding that a detector makes again because it had to start over.
func (e *verdict) has(f *Finding) bool {
	if e.opened == nil {
		return false
	}
	return slices.ContainsFunc(e.opened.identity, func(g Finding) bool { return keyOf(&g) == keyOf(f) })
}

// setDeep replaces the outcome of the deep look at a process.
func (v *verdicts) setDeep(e *verdict, found []Finding) {
	v.left -= int(e.deepLeft)
	e.deepLeft = 0
	if e.opened == nil && len(found) == 0 {
		return
	}
	if e.opened == nil {
		e.opened = &opened{}
	}
	for i := range e.opened.deep {
		v.room.give(&e.opened.deep[i])
	}
	e.opened.deep = slices.DeleteFunc(found, func(f Finding) bool { return !v.take(&f, &e.deepLeft) })
}

// waiting counts the processes that no deep look has been at, nor needs to be.
func (v *verdicts) waiting() (n int) {
	for i := range v.list {
		if v.list[i].deepAt == 0 {
			n++
		}
	}
	return n
}

// findings appends those of all verdicts.
func (v *verdicts) findings(dst []Finding) []Finding {
	for i := range v.list {
		if o := v.list[i].opened; o != nil {
			dst = append(dst, o.identity...)
			dst = append(dst, o.deep...)
		}
	}
	return dst
}

func (v *verdicts) stat() metrics.CacheStat {
	return metrics.CacheStat{Name: "verdicts", Entries: len(v.list), Bytes: v.bytes(), Hits: v.hits, Misses: v.misses}
}

func (v *verdicts) bytes() int64 {
	n := cap(v.list)*int(unsafe.Sizeof(verdict{})) + cap(v.look)*4 + v.room.all*findingBytes
	return int64(n)
}

// findingBytes is about what one finding with its evidence takes.
const findingBytes = 600
