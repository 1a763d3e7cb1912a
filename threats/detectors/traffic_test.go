package detectors

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/threatstest"
)

// TestTrafficKnowsSocketsAsAMapWould compares the cursor with a plain set of
// cookies while sockets come, go, return and change their order.
func TestTrafficKnowsSocketsAsAMapWould(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	tr := &traffic{}
	var list []metrics.Socket
	missing := map[uint64]int{} // by cookie: the listings since it was there
	cookie := uint64(0)
	for round := range 400 {
		switch r.IntN(8) {
		case 0:
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		case 1:
			if len(list) > 0 { // some are left out for once
				list = list[:len(list)-r.IntN(len(list))/2]
			}
		default:
			for range r.IntN(5) {
				cookie++
				at := r.IntN(len(list) + 1)
				list = append(list[:at:at], append([]metrics.Socket{{Cookie: cookie, Proto: metrics.TCP, State: metrics.Established}}, list[at:]...)...)
			}
			if len(list) > 0 {
				at := r.IntN(len(list))
				list = append(list[:at:at], list[at+1:]...)
			}
		}
		if len(list) == 0 {
			continue
		}
		snap := &metrics.Snapshot{At: threatstest.Now.Add(time.Duration(round) * time.Second), Sockets: list}
		tr.look(threats.NewInput(snap.At, snap, nil, nil, nil))
		fresh := map[uint64]bool{}
		for _, i := range tr.fresh {
			fresh[list[i].Cookie] = true
		}
		now := map[uint64]bool{}
		for i := range list {
			c := list[i].Cookie
			now[c] = true
			gone, known := missing[c]
			if isNew := !known || gone > flowGrace; isNew != fresh[c] {
				t.Fatalf("round %d: socket %d is new: %v, found new: %v", round, c, isNew, fresh[c])
			}
			f, ok := tr.flowOf(int32(i))
			if at, there := tr.socket(f); !ok || !there || at != int32(i) {
				t.Fatalf("round %d: socket %d is at %d, not %d", round, c, at, i)
			}
			missing[c] = 0
		}
		for c := range missing {
			if !now[c] {
				missing[c]++
			}
		}
	}
}

func TestTrafficWithoutCookies(t *testing.T) {
	tr := &traffic{}
	for n := range 3 {
		s := &metrics.Snapshot{At: threatstest.Now.Add(time.Duration(n) * time.Second), Sockets: []metrics.Socket{
			{Inode: 7, Proto: metrics.TCP}, {Proto: metrics.TCP, State: metrics.TimeWait}, {Inode: 8, Proto: metrics.UDP}}}
		tr.look(threats.NewInput(s.At, s, nil, nil, nil))
		if want := map[int]int{0: 2}[n]; len(tr.fresh) != want {
			t.Errorf("look %d: %d new sockets, want %d", n, len(tr.fresh), want)
		}
	}
	if _, ok := tr.flowOf(1); ok {
		t.Error("a socket without cookie and inode is followed")
	}
}

func TestTrafficIsBounded(t *testing.T) {
	tr := &traffic{}
	snap := &metrics.Snapshot{At: threatstest.Now, Sockets: make([]metrics.Socket, maxFlows+1000)}
	for i := range snap.Sockets {
		snap.Sockets[i] = metrics.Socket{Cookie: uint64(i + 1), Proto: metrics.TCP, State: metrics.Established}
	}
	tr.look(threats.NewInput(snap.At, snap, nil, nil, nil))
	if len(tr.ids) != maxFlows || len(tr.order) != len(snap.Sockets) {
		t.Errorf("%d sockets are followed, %d are in order", len(tr.ids), len(tr.order))
	}
	if b := tr.Bytes(); b > 6<<20 {
		t.Errorf("%d bytes", b)
	}
}

func TestHistoriesAreBounded(t *testing.T) {
	var h history
	var b beacons
	for i := range 3 * maxTalkers {
		s := &metrics.Socket{Owner: metrics.ProcKey{PID: int32(i + 1)}, RemoteIP: [16]byte{10: 0xff, 11: 0xff, 12: 8, 13: byte(i >> 8), 14: byte(i), 15: 1}, Family: 2}
		for j := range 2 * maxRecent {
			s.RemotePort = uint16(j)
			h.add(s, moment(i))
			b.add(s.Owner, "/opt/x", s, moment(i))
		}
	}
	if len(h.talkers) > maxTalkers || len(b.all) > maxBeacons || len(b.all) < maxBeacons/2 {
		t.Errorf("%d talkers, %d beacons", len(h.talkers), len(b.all))
	}
	if n := h.bytes() + b.bytes(); n > 4<<20 {
		t.Errorf("%d bytes", n)
	}
	h.prune(1 << 20)
	if len(h.talkers) != 0 {
		t.Errorf("%d talkers are kept for longer than a minute", len(h.talkers))
	}
}

// TestTrafficDoesNotAllocate: nothing new, nothing allocated.
func TestTrafficDoesNotAllocate(t *testing.T) {
	s := threatstest.Crowd(1000, 2000)
	tr := &traffic{}
	in := threats.NewInput(s.At, s, nil, nil, nil)
	tr.look(in)
	in.Look = nil
	if n := testing.AllocsPerRun(20, func() {
		s.At = s.At.Add(time.Second)
		tr.look(in)
	}); n > 0 {
		t.Errorf("%v allocations for 2,000 unchanged sockets", n)
	}
}

// BenchmarkTraffic18000 is the one pass that all detectors of the network share,
// over sockets of which one in a thousand is new.
func BenchmarkTraffic18000(b *testing.B) {
	for _, churn := range []int{0, 18} {
		b.Run(fmt.Sprintf("new=%d", churn), func(b *testing.B) {
			list := seconds(2)
			tr := &traffic{}
			in := threats.NewInput(list[0].At, list[0], nil, nil, nil)
			tr.look(in)
			in.Look = nil
			in.Owner(0)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				list[0].At = list[0].At.Add(time.Second)
				for i := range churn {
					list[0].Sockets[i*1000+500].Cookie += 1 << 32
				}
				tr.look(in)
			}
		})
	}
}
