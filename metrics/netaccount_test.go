package metrics

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func netSocket(cookie uint64, owner ProcKey, rx, tx uint64) Socket {
	return Socket{Cookie: cookie, Owner: owner, RxBytes: rx, TxBytes: tx, HasInfo: true, Proto: TCP}
}

func TestNetAccount(t *testing.T) {
	a, b := ProcKey{PID: 10, Start: 1}, ProcKey{PID: 20, Start: 2}
	reborn := ProcKey{PID: 10, Start: 9}
	type sums map[ProcKey][2]uint64
	steps := []struct {
		why   string
		procs []ProcKey
		socks []Socket
		want  sums // without a process: HasNet is not set
	}{
		{"the first listing is the beginning", []ProcKey{a, b}, []Socket{netSocket(1, a, 1000, 2000)}, sums{a: {0, 0}}},
		{"what moved since", []ProcKey{a, b}, []Socket{netSocket(1, a, 1010, 2020)}, sums{a: {10, 20}}},
		{"a new socket counts from its start", []ProcKey{a, b}, []Socket{netSocket(2, a, 5, 7), netSocket(1, a, 1010, 2020)}, sums{a: {15, 27}}},
		{"bytes of a closed socket stay", []ProcKey{a, b}, []Socket{netSocket(1, a, 1011, 2020)}, sums{a: {16, 27}}},
		{"a socket without an owner waits", []ProcKey{a, b}, []Socket{netSocket(1, a, 1011, 2020), netSocket(3, ProcKey{}, 100, 0)}, sums{a: {16, 27}}},
		{"until the owner is known", []ProcKey{a, b}, []Socket{netSocket(3, b, 130, 1), netSocket(1, a, 1011, 2020)}, sums{a: {16, 27}, b: {130, 1}}},
		{"a socket that changes hands counts from there", []ProcKey{a, b}, []Socket{netSocket(3, a, 140, 1), netSocket(1, a, 1011, 2020)}, sums{a: {26, 27}, b: {130, 1}}},
		{"counters that fall count nothing", []ProcKey{a, b}, []Socket{netSocket(1, a, 1, 1)}, sums{a: {26, 27}, b: {130, 1}}},
		{"and go on from there", []ProcKey{a, b}, []Socket{netSocket(1, a, 3, 1)}, sums{a: {28, 27}, b: {130, 1}}},
		{"a listing that failed", []ProcKey{a, b}, nil, sums{a: {28, 27}, b: {130, 1}}},
		{"does not make its sockets new", []ProcKey{a, b}, []Socket{netSocket(1, a, 4, 1)}, sums{a: {29, 27}, b: {130, 1}}},
		{"others are not looked at", []ProcKey{a, b}, []Socket{{Cookie: 9, Owner: a, RxBytes: 7}, netSocket(0, a, 50, 50)}, sums{a: {29, 27}, b: {130, 1}}},
		{"a pid that is used again is another process", []ProcKey{reborn, b}, []Socket{netSocket(1, reborn, 6, 1)}, sums{reborn: {2, 0}, b: {130, 1}}},
		{"nothing remains of processes that are gone", []ProcKey{a}, []Socket{netSocket(1, a, 6, 1)}, sums{a: {0, 0}}},
	}
	var acct NetAccount
	for _, step := range steps {
		var procs []Process
		for _, k := range step.procs {
			procs = append(procs, Process{Key: k})
		}
		acct.Apply(procs, step.socks)
		for _, p := range procs {
			want, has := step.want[p.Key]
			if p.Has(HasNet) != has || p.NetRxBytes != want[0] || p.NetTxBytes != want[1] {
				t.Errorf("%s: %v received %d and sent %d (known: %v), want %v", step.why, p.Key, p.NetRxBytes, p.NetTxBytes, p.Has(HasNet), want)
			}
		}
	}
}

// Whatever the order of the lists, and whoever comes and goes, each byte counts
// once, and the memory follows the number of sockets.
func TestNetAccountAgainstTheSimpleWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	procs := make([]Process, 50)
	for i := range procs {
		procs[i].Key = ProcKey{PID: int32(i + 1), Start: 1}
	}
	var acct NetAccount
	var socks []Socket
	want := make(map[ProcKey]uint64)
	next := uint64(1)
	acct.Apply(procs, []Socket{{}})
	for round := range 300 {
		socks = slices.DeleteFunc(socks, func(Socket) bool { return rng.IntN(5) == 0 })
		for range rng.IntN(40) {
			at := rng.IntN(len(socks) + 1)
			socks = slices.Insert(socks, at, netSocket(next, procs[rng.IntN(len(procs))].Key, 0, 0))
			next++
		}
		if round%10 == 9 {
			rng.Shuffle(len(socks), func(i, j int) { socks[i], socks[j] = socks[j], socks[i] })
		}
		for i := range socks {
			n := uint64(rng.IntN(1000))
			socks[i].RxBytes += n
			want[socks[i].Owner] += n
		}
		acct.Apply(procs, socks)
		if round%7 == 0 {
			acct.shrink()
		}
		for _, p := range procs {
			if p.NetRxBytes != want[p.Key] {
				t.Fatalf("round %d: %v received %d, want %d", round, p.Key, p.NetRxBytes, want[p.Key])
			}
		}
	}
	if len(acct.slots) > 1000 {
		t.Errorf("%d slots for about 100 sockets", len(acct.slots))
	}
}

func TestNetAccountDoesNotAllocate(t *testing.T) {
	procs, socks := netCrowd(100, 1000)
	var acct NetAccount
	for range 3 {
		acct.Apply(procs, socks)
	}
	if n := testing.AllocsPerRun(20, func() { acct.Apply(procs, socks) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func netCrowd(nprocs, nsocks int) ([]Process, []Socket) {
	procs := make([]Process, nprocs)
	for i := range procs {
		procs[i].Key = ProcKey{PID: int32(i + 1), Start: 1}
	}
	socks := make([]Socket, nsocks)
	for i := range socks {
		socks[i] = netSocket(uint64(i+1), procs[i%min(nprocs, 200)].Key, 1, 1)
	}
	return procs, socks
}

func BenchmarkNetAccount(b *testing.B) {
	procs, socks := netCrowd(10000, 18000)
	var acct NetAccount
	acct.Apply(procs, socks)
	b.ReportAllocs()
	for b.Loop() {
		acct.Apply(procs, socks)
	}
}
