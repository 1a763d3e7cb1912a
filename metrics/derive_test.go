package metrics

import (
	"testing"
	"time"
)

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// two returns an empty pair of snapshots, seconds apart.
func two(seconds float64) (a, b *Snapshot) {
	t1 := t0.Add(time.Duration(seconds * float64(time.Second)))
	return &Snapshot{At: t0, ProcessesAt: t0, SocketsAt: t0}, &Snapshot{At: t1, ProcessesAt: t1, SocketsAt: t1}
}

func proc(pid int32, start, cpuNS uint64) Process {
	return Process{Key: ProcKey{pid, start}, UserNS: cpuNS / 2, SystemNS: cpuNS - cpuNS/2, ID: &Identity{}}
}

func TestDeriveMatchesProcessesByPidAndStart(t *testing.T) {
	a, b := two(2)
	a.Processes = []Process{proc(1, 1, 1e9), proc(5, 10, 4e9), proc(9, 3, 0)}
	b.Processes = []Process{proc(1, 1, 2e9), proc(5, 20, 5e8), proc(7, 2, 0), proc(9, 3, 4e9)}
	r := Derive(&Rates{}, a, b, nil)
	for i, want := range []ProcessRate{
		{CPU: 50},
		{CPU: 25, New: true}, // a reused pid: all it ever did, it did since
		{New: true},
		{CPU: 200},
	} {
		if r.Processes[i] != want {
			t.Errorf("pid %d: %+v, want %+v", b.Processes[i].Key.PID, r.Processes[i], want)
		}
	}
}

func TestDeriveTakesUnknownForNoChange(t *testing.T) {
	a, b := two(1)
	a.Processes = []Process{proc(1, 1, 0), proc(2, 1, 0)}
	b.Processes = []Process{proc(1, 1, 0), proc(2, 1, 0)}
	b.Processes[0].ReadBytes, b.Processes[0].Have = 1e9, HasIO
	a.Processes[1].ReadBytes, a.Processes[1].Have = 500, HasIO
	b.Processes[1].ReadBytes, b.Processes[1].Have = 1500, HasIO
	r := Derive(&Rates{}, a, b, nil)
	if got := r.Processes[0].ReadBps; got != 0 {
		t.Errorf("a counter that became readable counts as %g bytes per second", got)
	}
	if got := r.Processes[1].ReadBps; got != 1000 {
		t.Errorf("read rate %g", got)
	}
}

func TestDeriveTakesAFallenCounterForNoChange(t *testing.T) {
	a, b := two(1)
	a.System.Networks = []Network{{Name: "eth0", RxBytes: 100, TxBytes: 100}}
	b.System.Networks = []Network{{Name: "eth0", RxBytes: 10, TxBytes: 300}}
	r := Derive(&Rates{}, a, b, nil)
	if n := r.Networks[0]; n.RxBps != 0 || n.TxBps != 200 {
		t.Errorf("rates %+v", n)
	}
}

func TestDeriveMatchesDevicesByName(t *testing.T) {
	a, b := two(1)
	a.System.DiskIO = []DiskIO{{Name: "sda", ReadBytes: 1}, {Name: "sdb", ReadBytes: 1000, BusyMillis: 0}}
	b.System.DiskIO = []DiskIO{{Name: "sdb", ReadBytes: 3000, BusyMillis: 500}, {Name: "sdc", ReadBytes: 7000}}
	r := Derive(&Rates{}, a, b, nil)
	if r.DiskIO[0].ReadBps != 2000 || r.DiskIO[0].Busy != 50 {
		t.Errorf("sdb: %+v", r.DiskIO[0])
	}
	if r.DiskIO[1].ReadBps != 0 {
		t.Errorf("a new disk has a rate: %+v", r.DiskIO[1])
	}
}

func TestDeriveCPU(t *testing.T) {
	a, b := two(1)
	a.System.CPU.Total = CPUTimes{User: 10, System: 5, Idle: 100, IOWait: 10}
	b.System.CPU.Total = CPUTimes{User: 13, System: 6, Idle: 105, IOWait: 11}
	a.System.CPU.Cores = []CPUTimes{{}}
	b.System.CPU.Cores = []CPUTimes{{Idle: 1}, {User: 1}} // a core came online
	r := Derive(&Rates{}, a, b, nil)
	if r.CPU.Busy != 40 || r.CPU.User != 30 || r.CPU.System != 10 || r.CPU.IOWait != 10 {
		t.Errorf("%+v", r.CPU)
	}
	if len(r.Cores) != 2 || r.Cores[0].Busy != 0 || r.Cores[1].Busy != 0 {
		t.Errorf("cores %+v", r.Cores)
	}
}

func TestDeriveSocketsByCookie(t *testing.T) {
	a, b := two(2)
	sock := func(cookie, rx uint64) Socket { return Socket{Cookie: cookie, RxBytes: rx, HasInfo: true} }
	a.Sockets = []Socket{sock(1, 0), sock(2, 100), sock(3, 100), sock(4, 100)}
	b.Sockets = []Socket{sock(9, 5000), sock(2, 300), sock(8, 7000), sock(4, 500)}
	r := Derive(&Rates{}, a, b, nil)
	for i, want := range []float32{0, 100, 0, 200} {
		if r.Sockets[i].RxBps != want {
			t.Errorf("cookie %d: %g bytes per second, want %g", b.Sockets[i].Cookie, r.Sockets[i].RxBps, want)
		}
	}
}

func TestDeriveKeepsRatesOfARepeatedReading(t *testing.T) {
	a, b := two(1)
	a.Processes = []Process{proc(1, 1, 0)}
	b.Processes = []Process{proc(1, 1, 1e9)}
	first := Derive(&Rates{}, a, b, nil)
	c := &Snapshot{At: b.At.Add(time.Second), ProcessesAt: b.ProcessesAt, SocketsAt: b.SocketsAt, Processes: b.Processes}
	if r := Derive(&Rates{}, b, c, first); r.Processes[0].CPU != 100 {
		t.Errorf("cpu %g after the source was late, want the 100 of before", r.Processes[0].CPU)
	}
}

func TestSinceStartIsTheLifeOfEachProcess(t *testing.T) {
	s := &Snapshot{At: t0, Uptime: 100 * time.Second}
	s.Processes = []Process{proc(1, 5000, 25e9), proc(2, 10000, 1e7)}
	s.System.CPU.Total = CPUTimes{User: 50, Idle: 150}
	r := SinceStart(&Rates{}, s)
	if r.Processes[0].CPU != 50 || r.Processes[1].CPU != 0 || r.CPU.Busy != 25 || r.Over != 0 {
		t.Errorf("%+v", r)
	}
}

func TestDeriveReusesItsMemory(t *testing.T) {
	a, b := two(1)
	for i := range int32(2000) {
		a.Processes = append(a.Processes, proc(i+1, 1, 0))
		b.Processes = append(b.Processes, proc(i+1, 1, 5))
		a.Sockets = append(a.Sockets, Socket{Cookie: uint64(i + 1), HasInfo: true})
		b.Sockets = append(b.Sockets, Socket{Cookie: uint64(i + 1), HasInfo: true})
	}
	r := Derive(&Rates{}, a, b, nil)
	if n := testing.AllocsPerRun(20, func() { Derive(r, a, b, nil) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkDerive10000(b *testing.B) {
	x, y := two(1)
	for i := range int32(10000) {
		x.Processes = append(x.Processes, proc(i+1, 1, 0))
		y.Processes = append(y.Processes, proc(i+1, 1, 5))
	}
	for i := range 18000 {
		x.Sockets = append(x.Sockets, Socket{Cookie: uint64(i + 1), HasInfo: true})
		y.Sockets = append(y.Sockets, Socket{Cookie: uint64(i + 1), HasInfo: true, RxBytes: 9})
	}
	r := &Rates{}
	b.ReportAllocs()
	for b.Loop() {
		Derive(r, x, y, nil)
	}
}
