package threats

import (
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const keepGone = 30 * time.Second

// trackKey is what makes two findings of different cycles the same.
type trackKey struct {
	detector string
	subject  Subject
}

func keyOf(f *Finding) trackKey { return trackKey{f.Info.ID, f.Subject} }

// track is one finding over time.
type track struct {
	f         Finding // as last seen
	group     string  // id of the joined finding it belongs to
	cycle     uint32  // when it was last seen
	confirmed bool

	allowVersion uint64 // of the list that SuppressedBy was decided with
	recheck      time.Time
}

// tracks follows findings from the first sight until a while after the last.
type tracks struct {
	all   map[trackKey]*track
	list  []*track          // confirmed ones, for the report
	fresh []metrics.ProcKey // processes with a finding that is new in this cycle
	room  quota
	left  int // findings for which there was no room in this cycle
}

func (t *tracks) init() {
	t.all = make(map[trackKey]*track)
	t.room.reset()
}

// update takes in what a cycle found.
func (t *tracks) update(in *Input, cycle uint32, found []Finding) {
	t.fresh, t.left = t.fresh[:0], 0
	for i := range found {
		t.see(in, cycle, &found[i])
	}
	clear(t.list)
	t.list = t.list[:0]
	for k, x := range t.all {
		if x.cycle != cycle {
			if !x.confirmed || in.Now.Sub(x.f.Last) > keepGone {
				delete(t.all, k)
				t.room.give(&x.f)
				continue
			}
			x.f.Gone = true
		}
		if x.confirmed {
			t.list = append(t.list, x)
		}
	}
}

func (t *tracks) see(in *Input, cycle uint32, f *Finding) {
	k := keyOf(f)
	x := t.all[k]
	if x == nil {
		if !t.room.take(f) {
			t.left++
			return
		}
		x = &track{f: *f}
		x.f.ID = stableID(k)
		x.f.First = in.Now
		x.f.Ancestry = ancestry(in, f.Process)
		t.all[k] = x
		if f.Subject.Key.PID != 0 {
			t.fresh = append(t.fresh, f.Subject.Key)
		}
	} else if x.cycle != cycle {
		x.renew(f)
	} else {
		if f.Severity > x.f.Severity { // twice in a cycle: what weighs more stays
			x.renew(f)
		}
		return
	}
	x.cycle = cycle
	x.f.Last = in.Now
	x.f.Count++
	x.f.Gone = false
	x.confirmed = x.confirmed || x.f.Last.Sub(x.f.First) >= f.Info.Confirm
}

// renew takes over what a detector says now.
func (x *track) renew(f *Finding) {
	old, p := &x.f, f.Process
	if p != nil && old.Process != nil && p.ID == old.Process.ID {
		p = old.Process // it may know the hash by now
	}
	id, first, last, count, above, by := old.ID, old.First, old.Last, old.Count, old.Ancestry, old.SuppressedBy
	x.f = *f
	x.f.Process = p
	x.f.ID, x.f.First, x.f.Last, x.f.Count, x.f.Ancestry, x.f.SuppressedBy = id, first, last, count, above, by
}

func ancestry(in *Input, p *ProcessRef) (refs []ProcessRef) {
	if p == nil {
		return nil
	}
	i := in.Find(p.Key.PID)
	if i < 0 || in.Process(i).Key != p.Key {
		return nil
	}
	in.Ancestors(i, func(j int32) bool {
		refs = append(refs, *in.Ref(j))
		return true
	})
	return refs
}

// stableID names a finding by detector and subject: the same in every cycle, and
// for another monitor on the same machine until it is rebooted.
func stableID(k trackKey) string {
	h := fnv.New64a()
	var b [13]byte
	b[0] = byte(k.subject.Kind)
	binary.LittleEndian.PutUint32(b[1:], uint32(k.subject.Key.PID))
	binary.LittleEndian.PutUint64(b[5:], k.subject.Key.Start)
	h.Write(b[:])
	h.Write([]byte(k.detector))
	h.Write([]byte{0})
	h.Write([]byte(k.subject.Name))
	return k.detector + "-" + hex.EncodeToString(h.Sum(nil)[:6])
}

func (t *tracks) bytes() int64 { return int64(len(t.all)) * (findingBytes + 200) }
