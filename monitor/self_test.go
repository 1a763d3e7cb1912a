package monitor

import (
	"runtime"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// Several collections between two cycles are several pauses.
func TestNoPauseIsMissed(t *testing.T) {
	m, _, clock := newTestMonitor(t, Options{})
	first := cycle(t, m)
	n, gcs := len(m.acc.windows[gcPause].ring), first.Self.Runtime.GCs
	if uint64(n) != gcs {
		t.Fatalf("%d pauses of %d collections", n, gcs)
	}
	for range 7 {
		runtime.GC()
	}
	clock.advance(time.Second)
	s := cycle(t, m).Self
	k := s.KPI("gc_pause")
	if got := len(m.acc.windows[gcPause].ring); got < n+7 || uint64(got) != s.Runtime.GCs {
		t.Errorf("%d pauses of %d collections", got, s.Runtime.GCs)
	}
	if k == nil || k.Max != millis(s.Runtime.GCPauseMax) || k.Last != millis(s.Runtime.GCPauseLast) || k.Max < k.P95 {
		t.Errorf("%+v, %+v", k, s.Runtime)
	}
}

// Each drawing and each picture has its value, however many come in a cycle.
func TestNoDrawingIsMissed(t *testing.T) {
	meter := &Meter{}
	m, _, clock := newTestMonitor(t, Options{Meter: meter})
	cycle(t, m)
	for _, ms := range []time.Duration{3, 90, 1, 2} {
		meter.AddRender(ms * time.Millisecond)
	}
	meter.AddPicture(500)
	meter.AddPicture(8000)
	meter.AddPicture(700)
	clock.advance(time.Second)
	s := cycle(t, m).Self
	if k := s.KPI("render"); k == nil || k.Max != 90 || k.Last != 2 || k.P50 != 2 {
		t.Errorf("render %+v", k)
	}
	if k := s.KPI("frame_bytes"); k == nil || k.Max != 8000 || k.Last != 700 || k.P50 != 700 {
		t.Errorf("frame bytes %+v", k)
	}
	for i := range 2*windowLength + 1 {
		meter.AddRender(time.Duration(i) * time.Millisecond)
	}
	s = cycle(t, m).Self
	if k := s.KPI("render"); k.Last != 2*windowLength || k.P50 < windowLength || len(m.acc.windows[renderTime].ring) != windowLength {
		t.Errorf("after a storm: %+v", k)
	}
}

type reporter struct {
	losses  []metrics.Loss
	traffic metrics.Traffic
}

func (r *reporter) Losses() []metrics.Loss   { return r.losses }
func (r *reporter) Traffic() metrics.Traffic { return r.traffic }

func TestLossesAreToldByName(t *testing.T) {
	a := &reporter{losses: []metrics.Loss{{What: "walks", Count: 2}, {What: "answers", Count: 1}}}
	b := &reporter{losses: []metrics.Loss{{What: "walks", Count: 5}}}
	meter := &Meter{}
	m, _, _ := newTestMonitor(t, Options{Meter: meter, Losses: []metrics.LossReporter{a, b}})
	meter.AddLostFrame()
	sub := m.Subscribe()
	defer sub.Close()
	m.publish(cycle(t, m))
	m.publish(cycle(t, m)) // the first was not taken
	s := cycle(t, m).Self
	want := []metrics.Loss{{What: "frames", Count: 2}, {What: "walks", Count: 7}, {What: "answers", Count: 1}}
	if len(s.Lost) != len(want) {
		t.Fatalf("%+v", s.Lost)
	}
	for i := range want {
		if s.Lost[i] != want[i] {
			t.Errorf("%+v, want %+v", s.Lost[i], want[i])
		}
	}
	if k := s.KPI("events_lost"); k.Last != 10 {
		t.Errorf("%+v", k)
	}
}

// What the system does not count as read is counted by who received it.
func TestTrafficOfSocketsCounts(t *testing.T) {
	r, meter := &reporter{}, &Meter{}
	m, _, clock := newTestMonitor(t, Options{Meter: meter, Traffic: []metrics.TrafficReporter{r}})
	clock.advance(time.Second)
	if s := cycle(t, m).Self; !s.IO.Known {
		t.Skip("own I/O is not known here")
	}
	r.traffic = metrics.Traffic{Calls: 1e6, Bytes: 5e6}
	meter.AddNetwork(3000)
	began := clock.Now()
	clock.advance(time.Second)
	s := cycle(t, m).Self
	over := clock.Now().Sub(began).Seconds() // the cycles take their time
	if k := s.KPI("netlink"); k.Last < 5e6/over*0.98 || k.Last > 5e6 || s.IO.NetlinkBytes != 5e6 || s.IO.NetlinkCalls != 1e6 {
		t.Errorf("%+v, %+v", k, s.IO)
	}
	if k := s.KPI(KPIIO); k.Last < 1e6/over*0.98 {
		t.Errorf("calls %+v", k)
	}
	if k := s.KPI("network"); k.Last <= 0 || s.IO.NetworkBytes != 3000 {
		t.Errorf("network %+v", k)
	}
}

// What a cycle hands out at its end is not what it has left to the next.
func TestPoolIsLookedAtWhenTheCycleBegins(t *testing.T) {
	calls := 0
	m, _, _ := newTestMonitor(t, Options{Pool: func() PoolStat {
		calls++
		if calls%2 == 1 {
			return PoolStat{Running: 1, Submitted: 10, Completed: 9}
		}
		return PoolStat{Running: 2, Waiting: 3, Submitted: 20, Completed: 15}
	}})
	if p := cycle(t, m).Self.Pool; p.Running != 1 || p.Waiting != 0 || p.Submitted != 20 || p.Completed != 15 {
		t.Errorf("%+v", p)
	}
}
